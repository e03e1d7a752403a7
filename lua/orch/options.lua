--- The options of a script: declared as one table, given as words, read as fields.
--
-- What the script declares wrongly is an error on the script's line.  What the user
-- gives wrongly comes back as `nil, message`: it is no fault of the script.

local declared = require "orch.options.declared"
local help = require "orch.options.help"

local options = {}

local function to_number(spec, word)
  local n = tonumber(word)
  if n and spec.whole then n = math.tointeger(n) end
  if not n or n ~= n or n == math.huge or n == -math.huge then
    return nil, ("%s must be a %snumber, not '%s': %s")
      :format(spec.flag, spec.whole and "whole " or "", word, spec.help)
  end
  return n
end

--- Add the items of `a,b` to *list*.
local function add_items(spec, list, word)
  for item in word:gmatch "[^,]+" do
    local value, message = item:match "^%s*(.-)%s*$", nil
    if value ~= "" then
      if spec.numbers then value, message = to_number(spec, value) end
      if not value then return nil, message end
      list[#list + 1] = value
    end
  end
  return list
end

--- Read the value of one option from its *word* -> value | nil, message.
local function convert(spec, word, before)
  if spec.kind == "list" then return add_items(spec, before or {}, word) end
  if before ~= nil then return nil, spec.flag .. " is given twice" end
  if spec.kind == "number" then return to_number(spec, word) end
  if word == "" and spec.required then
    return nil, ("%s is empty: %s"):format(spec.flag, spec.help)
  end
  return word
end

--- Find the option that *name* means -> spec, the state of a flag.
local function find(specs, name)
  if specs[name] then return specs[name], true end
  local positive = specs[name:match "^no_(.+)$"]
  if positive and positive.kind == "flag" then return positive, false end
end

local function unknown(word, names, about)
  local known, flags = {}, {}
  for i, name in ipairs(names) do known[i], flags[i] = name, declared.flag(name) end
  for _, name in ipairs(about.reserved or {}) do
    known[#known + 1] = declared.name(name)
  end
  local suggestion = declared.suggestion(
    declared.name(word:match "^%-+(.*)$"), known, declared.flag)
  if suggestion == "" then
    suggestion = ("; %s takes %s"):format(about.script or "the script",
      #flags > 0 and table.concat(flags, ", ") or "no options")
  end
  return ("unknown option '%s'"):format(word) .. suggestion
end

--- Read the option at given[i] into *values* -> index of its last word | nil, message.
local function read_option(reader, given, i, values)
  local word = given[i]:match "^[^=]+"
  local inline = given[i]:match "=(.*)$"
  local spec, state = find(reader.specs, declared.name(word:match "^%-%-(.+)$" or word))
  if not spec then return nil, unknown(word, reader.names, reader.about) end
  if spec.kind == "flag" then
    if inline then
      return nil, ("%s takes no value; write %s or --no-%s")
        :format(spec.flag, spec.flag, spec.flag:sub(3))
    end
    values[spec.name] = state
    return i
  end
  if not inline then
    i, inline = i + 1, given[i + 1]
    if not inline or inline:find "^%-%-." then
      return nil, ("%s needs a value: %s"):format(spec.flag, spec.help)
    end
  end
  local value, message = convert(spec, inline, values[spec.name])
  if value == nil then return nil, message end
  values[spec.name] = value
  return i
end

--- Read all words -> values | nil, message.
local function read_all(reader, given)
  local values, i = {}, 1
  while i <= #given do
    if given[i] == "--" or not given[i]:find "^%-[^=]" then
      return nil, ("stray word '%s'; an option is given as --name value"):format(given[i])
    end
    local last, message = read_option(reader, given, i, values)
    if not last then return nil, message end
    i = last + 1
  end
  return values
end

--- Fill the defaults into *values* -> what is still wrong with them, or nil.
local function complete(reader, values)
  local missing = {}
  for _, name in ipairs(reader.names) do
    local spec, value = reader.specs[name], values[name]
    if value == nil and spec.required then
      missing[#missing + 1] = ("%s: %s"):format(spec.flag, spec.help)
    elseif value == nil and type(spec.default) == "table" then
      values[name] = table.move(spec.default, 1, #spec.default, 1, {})
    elseif value == nil then
      values[name] = spec.default
    elseif spec.kind == "number" or spec.kind == "list" then
      local wrong = declared.out_of_bounds(spec, spec.kind == "list" and #value or value)
      if wrong then return ("%s %s: %s"):format(spec.flag, wrong, spec.help) end
    end
  end
  if #missing > 0 then
    return ("%s needs %s")
      :format(reader.about.script or "the script", table.concat(missing, "; and "))
  end
end

--- Make touching a field that is no option an error on the line that does.
local function guard(reader, values)
  local function check(key)
    local name = type(key) == "string" and declared.name(key)
    if reader.specs[name] then return name end
    error(("there is no option '%s'"):format(key)
      .. declared.suggestion(tostring(key), reader.names), 3)
  end
  return setmetatable(values, {
    __index = function(self, key) return rawget(self, check(key)) end,
    __newindex = function(self, key, value) rawset(self, check(key), value) end,
  })
end

--- Read the words *given* as the options *entries* -> opt | nil, message.
-- entries: { name = { help, default, optional=, list=, min=, max= } }.  The default makes
-- the kind: a number (a whole one takes whole numbers only), a boolean a flag, a table a
-- list; without a default, `list` or a bound does.  about: { script = its name in
-- messages, reserved = names that are orch-lua's own, level = the line to blame, as for
-- `error` }.
function options.parse(entries, given, about)
  about = about or {}
  local specs, names = declared.check(entries, about.reserved)
  if not specs then error(names, about.level or 2) end
  local reader = { specs = specs, names = names, about = about }
  local values, message = read_all(reader, given)
  message = message or complete(reader, values)
  if message then return nil, message end
  return guard(reader, values)
end

--- The text of `--help`.  A wrong declaration is an error on the caller's line.
function options.help(header, entries)
  local rendered, message = help.text(header, entries)
  return rendered or error(message, 2)
end

options.header = help.header

return options
