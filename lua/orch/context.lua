--- The Context Pack: what workers cannot infer, in the guide's seven parts.
--
-- All parts are optional; each is a string or a list.  A pack is bounded, because what is
-- too long is not read, and its pointers can be checked before a worker is paid for.

local markdown = require "orch.reply.markdown"
local items = require "orch.reply.items"
local lists = require "orch.reply.lists"
local text = require "orch.text"

local context = {}

local LIMIT = 16 * 1024
local NAMES = {
  "goal", "non_goals", "constraints", "pointers", "prior_decisions", "success_check",
  "style",
}
local TITLES = {
  goal = "Goal", non_goals = "Non-goals", constraints = "Constraints",
  pointers = "Pointers", prior_decisions = "Prior decisions",
  success_check = "Success check", style = "Style",
}
local STYLES = {
  apa7 = "For manuscripts or scholarly text use APA 7 where appropriate: citations,"
    .. " references, headings, numbers, tables and figures.",
}

local Pack = { __name = "context" }
Pack.__index = Pack

-- ── making one ──────────────────────────────────────────────────────────────

local function writes_itself(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__brief ~= nil
end

--- One item as the pack keeps it: a text, or a value that writes itself.
local function item_of(value, name)
  if type(value) == "string" then
    local item = text.trim((text.utf8(value, true)))
    return name == "style" and STYLES[item:lower():gsub("[ -]", "")] or item
  end
  if type(value) == "number" then return tostring(value) end
  if type(value) ~= "table" then return nil end
  if name == "pointers" and type(value.path) == "string" then
    return value.path .. (type(value.what) == "string" and " - " .. value.what or "")
  end
  if writes_itself(value) then return value end
end

local function part_of(value, name)
  local is_list = type(value) == "table" and value.path == nil
    and not writes_itself(value)
  local part = {}
  for _, one in ipairs(is_list and value or { value }) do
    local item = item_of(one, name)
    if item == nil then
      return nil, ("the context's '%s' must be a text or a list of texts, got a %s")
        :format(name, type(one))
    end
    if item ~= "" then part[#part + 1] = item end
  end
  return part
end

local function check_size(pack, limit)
  local size = #pack:text()
  if size <= limit then return pack end
  local largest, most = nil, -1
  for _, name in ipairs(NAMES) do
    local bytes = #pack:part(name)
    if bytes > most then largest, most = name, bytes end
  end
  return nil, ("the context has %s, %s more than its limit of %s: the largest part is"
    .. " '%s' with %s"):format(text.size(size), text.size(size - limit),
    text.size(limit), largest, text.size(most))
end

--- A pack of *parts*: { goal =, non_goals =, constraints =, pointers =, success_check =,
-- prior_decisions =, style = }; style "apa7" is the note for scholarly text.  A text is
-- parsed, a pack is returned as it is.  options.limit: bytes, 16 KiB if not given.
-- Return nil and a sentence for an unknown part or too much text.
function context.new(parts, options)
  if getmetatable(parts) == Pack then return parts end
  if type(parts) == "string" then return context.parse(parts, options) end
  if type(parts) ~= "table" then
    return nil, ("a context is a table of parts or a text, got a %s"):format(type(parts))
  end
  local pack = setmetatable({ parts = {} }, Pack)
  for name, value in text.sorted_pairs(parts) do
    if not TITLES[name] then
      return nil, ("a context has no part '%s'%s"):format(name, text.suggest(name, NAMES))
    end
    local part, problem = part_of(value, name)
    if not part then return nil, problem end
    if part[1] then pack.parts[name] = part end
  end
  return check_size(pack, options and options.limit or LIMIT)
end

-- ── reading one from Markdown ───────────────────────────────────────────────

local titles = {}
for i, name in ipairs(NAMES) do titles[i] = TITLES[name] end
local opens = markdown.titles(titles) + markdown.heading

local name_of = {}
for name, title in pairs(TITLES) do name_of[title] = name end

local function items_of(body, name)
  body = markdown.tidy(body)
  local is_list = name == "pointers" or lists.is_list(body)
  return is_list and lists.split(body, items.text) or { body }
end

local function is_cover(title)
  return title:lower():find "^context" ~= nil
end

--- A pack from Markdown whose headings (or labels, `Goal: ...`) are the parts.  Without
-- any, the text is the goal.  Return nil and a sentence for another heading.
function context.parse(source, options)
  local s = text.utf8(source, true):gsub("\r\n?", "\n")
  local parts, before = {}, ""
  for title, body in markdown.parts(s, opens) do
    local name = title and name_of[title]
    if name then
      parts[name] = parts[name] or {}
      for _, item in ipairs(items_of(body, name)) do table.insert(parts[name], item) end
    elseif not title or is_cover(title) then
      before = before .. text.trim(body)
    else
      return nil, ("the heading '%s' is no part of a context%s")
        :format(text.shorten(title, 60), text.suggest(title, titles))
    end
  end
  if before ~= "" and next(parts) then
    return nil, ("the text before the first part belongs to none: '%s'; put it under"
      .. " 'Goal'"):format(text.shorten(before:match "^[^\n]*", 60))
  end
  if before ~= "" then parts.goal = before end
  return context.new(parts, options)
end

-- ── what a pack can do ──────────────────────────────────────────────────────

local function write_plainly(item)
  if type(item) == "string" then return item end
  local inline, body = getmetatable(item).__brief(item)
  return table.concat({ inline or body, inline and body }, "\n")
end

--- One part as the pack writes it, "" if it is absent.  *write* makes a text of an item.
function Pack:part(name, write)
  local part = self.parts[name]
  if not part then return "" end
  write = write or write_plainly
  local first = #part == 1 and write(part[1], name)
  local is_short = first and not first:find "\n"
  if is_short then return ("%s: %s\n"):format(TITLES[name], first) end
  local out = { TITLES[name] .. ":\n" }
  for _, item in ipairs(part) do
    out[#out + 1] = "- " .. write(item, name):gsub("\n", "\n  ") .. "\n"
  end
  return table.concat(out)
end

--- The section CONTEXT PACK of a brief, "" for an empty pack.
function Pack:text(write)
  local out = {}
  for i, name in ipairs(NAMES) do out[i] = self:part(name, write) end
  local all = table.concat(out)
  return all ~= "" and "CONTEXT PACK:\n" .. all or ""
end

--- The path that a pointer names, or nil: links, notes and globs are not looked for.
local function path_of(pointer)
  local path = pointer:match "^`([^`\n]+)`"
    or pointer:match "^%[[^%]\n]*%]%(([^)\n]+)%)"
    or pointer:match "^(%S+)$" or pointer:match "^(%S-):? +[-–—]+ "
    or pointer:match "^(%S*[/.]%S*): "
  if not path or path:find "^%a[%w+.-]*://" or path:find "[*?]" then return nil end
  for _, scheme in ipairs { "doi", "mailto", "urn", "arxiv" } do
    if path:lower():sub(1, #scheme + 1) == scheme .. ":" then return nil end
  end
  path = path:gsub("#[^/]*$", ""):gsub(":%d[%d:-]*$", "")
  return path ~= "" and path or nil
end

--- The paths that the pack points to, in order, each once.
function Pack:paths()
  local paths, seen = {}, {}
  for _, pointer in ipairs(self.parts.pointers or {}) do
    local path = type(pointer) == "string" and path_of(pointer)
    if path and not seen[path] then paths[#paths + 1], seen[path] = path, true end
  end
  return paths
end

--- The paths among the pointers for which *exists*(path) is not true.
function Pack:missing(exists)
  local missing = {}
  for _, path in ipairs(self:paths()) do
    if not exists(path) then missing[#missing + 1] = path end
  end
  return missing
end

function Pack.__tostring() return "the context" end

function Pack:__brief() return "the context", self:text(), "context" end

return context
