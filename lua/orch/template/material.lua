--- How values write themselves into a brief: in a sentence, in place, or under MATERIAL.
--
-- What the script wrote itself goes in as it is.  What came from replies, files and
-- commands is foreign: it goes between two lines that its author could not have guessed,
-- so that it cannot pretend to be over and speak for the script.

local text = require "orch.text"

local material = {}
material.__index = material

local LIMIT = 256 * 1024         -- bytes of a foreign value
local MOST_INLINE = 400
local EXPECTED = "expected a text, a number, a list or a value of orch"

--- A collector of blocks.  options: hash(bytes) -> hex, secret, is_foreign(text), limit.
function material.new(options)
  return setmetatable({
    hash = options.hash, secret = options.secret or "",
    is_foreign = options.is_foreign or function() return false end,
    limit = options.value_limit or LIMIT,
    outside = {},                          -- names whose texts are always foreign
    blocks = {}, by_name = {},             -- by_name: the body of each block
  }, material)
end

--- Raise a mistake of the user; whoever renders turns it into nil and the message.
local function refuse(message, ...)
  error({ problem = message:format(...) }, 0)
end

-- ── what a value is ─────────────────────────────────────────────────────────

local function of_text(self, value, name)
  local s = text.utf8(value, true):gsub("%z", "\u{FFFD}"):gsub("\r\n", "\n")
  local foreign = self.is_foreign(value) or self.outside[name] or false
  if not foreign and not s:find("\n[^\n]") then
    return { inline = (s:gsub("\n+$", "")) }
  end
  return { body = s, foreign = foreign }
end

local function of_object(value, write)
  local inline, body, name = write(value)
  inline = inline and text.utf8(tostring(inline), true):gsub("[%c]+", " ")
  local form = { inline = inline and text.shorten(inline, MOST_INLINE), name = name,
    foreign = true }
  if body and body ~= "" then form.body = text.utf8(body, true):gsub("%z", "\u{FFFD}") end
  local path = rawget(value, "path")
  form.path = type(path) == "string" and path or nil
  return form
end

local form_of

local function of_list(self, list, name)
  local form = { items = {} }
  for key in next, list do
    if math.type(key) ~= "integer" or key < 1 or key > #list then
      refuse("'%s' has the field '%s': %s", name, tostring(key), EXPECTED)
    end
  end
  for i, item in ipairs(list) do form.items[i] = form_of(self, item, name) end
  if #list == 0 then form.inline = "none" end
  return form
end

--- A value as { inline, body, name, foreign, path } or { items }.
function form_of(self, value, name)
  local kind = type(value)
  if kind == "string" then return of_text(self, value, name) end
  if kind == "number" or kind == "boolean" then return { inline = tostring(value) } end
  if kind ~= "table" then
    refuse("'%s' is a %s: %s", name, kind, EXPECTED)
  end
  local meta = getmetatable(value)
  local write = type(meta) == "table" and meta.__brief
  if write then return of_object(value, write) end
  return of_list(self, value, name)
end

-- ── blocks ──────────────────────────────────────────────────────────────────

--- The beginning of *body* that is within the limit, and a note on what is left out.
local function bounded(self, body, path)
  if #body <= self.limit then return body, "" end
  local kept = text.utf8(body:sub(1, self.limit))
  kept = kept:match "^(.*\n)[^\n]*$" or kept
  return kept, ("\n(cut here: %s of %s left out%s)"):format(text.size(#body - #kept),
    text.size(#body), path and "; the whole is in " .. path or "")
end

--- *body* without the newlines at its end.  (Linear, which "\n+$" is not.)
local function trimmed(body)
  return body:sub(1, (body:match "^.*[^\n]()" or 1) - 1)
end

local function fenced(self, name, form)
  local body, note = bounded(self, form.body, form.path)
  body = trimmed(body)
  local fence = self.hash(self.secret .. body):sub(1, 16)
  while body:find(fence, 1, true) do
    fence = self.hash(self.secret .. fence):sub(1, 16)
  end
  return ("<<<%s %s\n%s\n%s %s>>>%s"):format(name, fence, body, fence, name, note)
end

--- The name of a block with this *body*: a number is added if another one has the name.
local function claim(self, wanted, body)
  local base = wanted:upper():gsub("[^%w]+", "_"):gsub("^_", ""):sub(1, 32):gsub("_$", "")
  if base == "" then base = "TEXT" end
  local name, n = base, 1
  while self.by_name[name] and self.by_name[name] ~= body do
    n = n + 1
    name = base .. "_" .. n
  end
  local is_new = not self.by_name[name]
  self.by_name[name] = body
  return name, is_new
end

--- Put a form's body under MATERIAL, once; return its name there.
local function put(self, form, name)
  local block, is_new = claim(self, form.name or name, form.body)
  if is_new then
    local own = not form.foreign and text.indent(trimmed(form.body), 2)
    table.insert(self.blocks, own and block .. ", written by the ORCHESTRATOR:\n" .. own
      or fenced(self, block, form))
  end
  return block
end

-- ── the three places ────────────────────────────────────────────────────────

local function write_inline(self, form, name)
  if form.items and form.items[1] then
    local parts = {}
    for i, item in ipairs(form.items) do parts[i] = write_inline(self, item, name) end
    return table.concat(parts, ", ")
  end
  if not form.body then return form.inline end
  local block = put(self, form, name)
  return form.inline or ("the text '%s' below"):format(block)
end

local function write_block(self, form, name, indent)
  if form.items and form.items[1] then
    local parts = {}
    for i, item in ipairs(form.items) do
      local part = write_block(self, item, name, "")
      parts[i] = item.foreign and item.body and part
        or indent .. "- " .. part:gsub("\n", "\n" .. indent .. "  ")
    end
    return table.concat(parts, "\n")
  end
  if not form.body then return indent .. form.inline end
  if not form.foreign then return text.indent(trimmed(form.body), indent) end
  return fenced(self, claim(self, form.name or name, form.body), form)
end

--- *value* in the middle of a sentence.
function material:inline(value, name)
  return write_inline(self, form_of(self, value, name), name)
end

--- *value* on lines of its own, moved right by *indent*.
function material:block(value, name, indent)
  return write_block(self, form_of(self, value, name), name, indent)
end

--- *value* where lines may follow: the script's own text whole, else as inline.
function material:plain(value, name)
  local form = form_of(self, value, name)
  if form.body and not form.foreign then return trimmed(form.body) end
  return write_inline(self, form, name)
end

--- Add *value* to the MATERIAL section alone.
function material:add(value, name)
  local form = form_of(self, value, name)
  local function add(one)
    for _, item in ipairs(one.items or {}) do add(item) end
    if one.body then put(self, one, name)
    elseif not one.items then table.insert(self.blocks, "- " .. one.inline) end
  end
  add(form)
end

--- The section MATERIAL, "" if there is none.
function material:text()
  if #self.blocks == 0 then return "" end
  return "MATERIAL:\n" .. table.concat(self.blocks, "\n") .. "\n"
end

return material
