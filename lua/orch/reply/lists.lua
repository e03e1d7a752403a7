--- The items of a list section: numbered, bulleted, under headings, or one a line.

local lpeg = require "lpeg"
local markdown = require "orch.reply.markdown"
local text = require "orch.text"
local P, S, Cc = lpeg.P, lpeg.S, lpeg.Cc

local lists = {}

local any_mark = markdown.mark.heading * Cc "heading"
  + markdown.mark.number * Cc "number"
  + markdown.mark.bullet * Cc "bullet"
local any_line = #(1 - S " \t\n") * Cc "line"

--- *body* from its first visible character on, a list that is indented as a whole moved
-- to the left.
local function at_margin(body)
  local first = body:find "%S"
  if not first then return "" end
  local indent = body:sub(1, first - 1):match "^.*\n(.*)$"
  body = body:sub(first)
  if indent and indent ~= "" then body = body:gsub("\n" .. indent, "\n") end
  return body
end

local openers = setmetatable({}, { __mode = "k" })   -- kind -> what may begin its items

local function openers_of(kind)
  local made = openers[kind]
  if made then return made end
  local label = kind.label or P(false)
  made = { any_mark = any_mark - label, line = any_line - label,
    own = kind.opens, open = kind.opens and #kind.opens * Cc "open" }
  for style, mark in pairs(markdown.mark) do made[style] = mark * Cc(style) - label end
  openers[kind] = made
  return made
end

--- What begins an item here: the marks that the list itself uses.  A mark of another
-- kind inside an item, or a label (`- Evidence:`), is part of that item.
local function opener_of(body, kind)
  local made = openers_of(kind)
  if made.own and made.own:match(body) then return made.open end
  for style in markdown.parts(body, made.any_mark) do
    if style then return made[style] end
  end
  return made.line
end

--- Whether *body* is a list: some line of it begins with a mark.
function lists.is_list(body)
  for style in markdown.parts(body, any_mark) do
    if style then return true end
  end
  return false
end

--- The texts of the items in *body*, without their marks.  Text before the first mark is
-- an item of its own if the *kind* keeps it.  No more than *most* are read, if given.
function lists.split(body, kind, most)
  body = at_margin(body)
  local items = {}
  if body == "" then return items end
  for style, part in markdown.parts(body, opener_of(body, kind)) do
    local item = text.trim(part)
    if item ~= "" and (style or kind.keeps_prelude) then
      items[#items + 1] = markdown.outdent(item)
      if #items == most then break end
    end
  end
  return items
end

--- Whether *body* says that the list of the section *name* is empty.
function lists.is_none(body, name)
  local said = text.trim(body)
  if #said > 400 or said:find "\n" then return false end
  said = said:lower():gsub("^%W+", "")
  local rest = said:match "^none(.*)$" or said:match "^n/a(.*)$"
  if not rest and said:sub(1, 3) == "no " and said:sub(4, #name + 3) == name:lower() then
    rest = said:sub(#name + 4)
    return not rest:find "%w"
  end
  return rest ~= nil and (not rest:find "[%w\128-\255]"
    or rest:find "^[.,;:] " ~= nil or rest:find "^ [(–—-]" ~= nil)
end

return lists
