--- What a script declares about its options, checked and made into specs.

local text = require "orch.text"

local declared = {}

local FIELDS = { "list", "max", "min", "optional" }

--- `max-rounds` and `max_rounds` are one name.
function declared.name(word)
  return (word:gsub("%-", "_"))
end

function declared.flag(name)
  return "--" .. name:gsub("_", "-")
end

--- `; did you mean '--top'?`, or nothing.  as(name) says how the name is written.
function declared.suggestion(word, names, as)
  local nearest = text.nearest(word, names)
  return nearest and ("; did you mean '%s'?"):format(as and as(nearest) or nearest) or ""
end

--- Say how *size*, a number or the length of a list, breaks the bounds, or nil.
function declared.out_of_bounds(spec, size)
  local low, high = spec.min, spec.max
  if (not low or size >= low) and (not high or size <= high) then return nil end
  local range = low and high and ("%s to %s"):format(low, high)
    or low and ("at least %s"):format(low)
    or ("at most %s"):format(high)
  return (spec.kind == "list" and "must have %s items, not %s" or "must be %s, not %s")
    :format(range, size)
end

local function kind_of(entry)
  local default = type(entry[2])
  if entry.list or default == "table" then return "list" end
  if default == "boolean" then return "flag" end
  if default == "number" or default == "nil" and (entry.min or entry.max) then
    return "number"
  end
  return "text"
end

local function is_field(key)
  if key == 1 or key == 2 then return true end
  for _, field in ipairs(FIELDS) do
    if key == field then return true end
  end
  return false
end

--- What is wrong with the shape of *entry*, or nil.
local function mistake_in(entry)
  if type(entry) ~= "table" or type(entry[1]) ~= "string" then
    return "must be { help, default }, with a line of help first"
  end
  for key in text.sorted_pairs(entry) do
    if not is_field(key) then
      return ("has an unknown field '%s'; it may have "):format(key)
        .. table.concat(FIELDS, ", ") .. declared.suggestion(tostring(key), FIELDS)
    end
  end
  local kind, default = kind_of(entry), type(entry[2])
  if kind == "list" and default ~= "table" and default ~= "nil" then
    return ("is a list, but its default is a %s"):format(default)
  elseif kind == "text" and default ~= "string" and default ~= "nil" then
    return ("cannot have a %s as its default"):format(default)
  elseif (entry.min or entry.max) and kind ~= "number" and kind ~= "list" then
    return "has a bound, but only numbers and lists have one"
  end
end

local function all_integers(items)
  for _, item in ipairs(items) do
    if math.type(item) ~= "integer" then return false end
  end
  return #items > 0
end

local function specify(name, entry)
  local kind, default = kind_of(entry), entry[2]
  local items = kind == "list" and (default or {}) or { default }
  return {
    name = name, flag = declared.flag(name), help = entry[1],
    kind = kind, default = default, required = default == nil and not entry.optional,
    min = entry.min, max = entry.max,
    numbers = kind == "number" or type(items[1]) == "number",
    whole = all_integers(items),
  }
end

local function bad_default(spec)
  local default = spec.default
  if default == nil or spec.kind ~= "number" and spec.kind ~= "list" then return nil end
  local wrong = declared.out_of_bounds(spec, spec.kind == "list" and #default or default)
  return wrong and "has a default that breaks its bounds: it " .. wrong
end

--- Find a flag whose negation is spelled like another option.
local function ambiguous(specs, names)
  for _, name in ipairs(names) do
    local positive = specs[name:match "^no_(.+)$"]
    if positive and positive.kind == "flag" then
      return ("option '%s' cannot be told from the flag '%s' switched off")
        :format(name, positive.name)
    end
  end
end

local function required_first(specs)
  return function(a, b)
    if specs[a].required ~= specs[b].required then return specs[a].required end
    return a < b
  end
end

--- Check all declarations -> { name = spec }, names | nil, what is wrong.
-- The names are sorted, required options first.
function declared.check(entries, reserved)
  if type(entries) ~= "table" then return nil, "options are declared in a table" end
  local specs, names, taken = {}, {}, {}
  for _, name in ipairs(reserved or {}) do taken[declared.name(name)] = true end
  for key, entry in text.sorted_pairs(entries) do
    if type(key) ~= "string" or not key:find "^%a[%w_%-]*$" then
      return nil, ("'%s' cannot be the name of an option"):format(key)
    end
    local name = declared.name(key)
    local mistake = taken[name] and "is an option of orch-lua itself; choose another name"
      or specs[name] and "is declared twice"
      or mistake_in(entry)
    if not mistake then
      specs[name], names[#names + 1] = specify(name, entry), name
      mistake = bad_default(specs[name])
    end
    if mistake then return nil, ("option '%s' %s"):format(key, mistake) end
  end
  local clash = ambiguous(specs, names)
  if clash then return nil, clash end
  table.sort(names, required_first(specs))
  return specs, names
end

return declared
