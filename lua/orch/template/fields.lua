--- The fields of a template: what it declares, and the values a script gives.

local text = require "orch.text"

local fields = {}

-- What every ask takes, and what a prompt has anyway.
local RESERVED = {
  context = true, edit = true, material = true, reply = true, agent = true,
  deadline_ms = true,
}
local KEYS = { true, true, optional = true, check = true, foreign = true }
local BUILT_IN = { scope = true, output = true }

--- The line of *source* on which a field is declared, for messages.
local function line_of(source, name)
  local number = 0
  for line in (source .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    if line:find("%f[%w_]" .. name .. "%s*=") then return number end
  end
end

local function read_one(name, given)
  if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
    return nil, ("'%s' cannot be the name of a field"):format(tostring(name))
  end
  if RESERVED[name] or BUILT_IN[name] then
    return nil, ("'%s' may not be declared: it is a %s of every template")
      :format(name, RESERVED[name] and "field" or "hole")
  end
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" or type(given[1]) ~= "string" then
    return nil, ("the field '%s' needs a help text: %s = \"what it is\"")
      :format(name, name)
  end
  for key in text.sorted_pairs(given) do
    if not KEYS[key] then
      return nil, ("the field '%s' has no '%s': expected { help, default, optional =,"
        .. " check =, foreign = }"):format(name, tostring(key))
    end
  end
  return { name = name, help = given[1], default = given[2],
    optional = given.optional == true, check = given.check,
    foreign = given.foreign == true }
end

--- The declared fields by name, and their names in order; or nil, a sentence and a line.
function fields.declare(declared, source)
  if type(declared) ~= "table" then
    return nil, "'fields' must be a table: { name = \"what it is\" }"
  end
  local by_name, names = {}, {}
  for name, given in text.sorted_pairs(declared) do
    local field, problem = read_one(name, given)
    if not field then
      return nil, problem, type(name) == "string" and line_of(source, name) or nil
    end
    field.line = line_of(source, name)
    by_name[name], names[#names + 1] = field, name
  end
  return by_name, names
end

local function is_blank(value)
  return value == nil or type(value) == "string" and not value:find "%S"
end

local function unknown(template, name)
  local message = ("worker '%s' has no field '%s'"):format(template.name, tostring(name))
  local near = text.nearest(tostring(name), template.names)
  if near then return ("%s; did you mean '%s'?"):format(message, near) end
  if #template.names == 0 then return message .. ": it has none" end
  return message .. ": expected " .. text.either(template.names, "and")
end

--- The values for the holes: what was *given*, checked, and defaults.  Return nil and a
-- sentence for a field that is missing, unknown or refused by its check.
function fields.read(template, given)
  for name in text.sorted_pairs(given) do
    if not template.fields[name] and not RESERVED[name] then
      return nil, ("%s (%s)"):format(unknown(template, name), template.where)
    end
  end
  local values = {}
  for _, name in ipairs(template.names) do
    local field, value = template.fields[name], given[name]
    if value == nil then value = field.default end
    if is_blank(value) and not field.optional then
      return nil, ("worker '%s' needs '%s': %s (%s:%d)"):format(template.name, name,
        field.help, template.where, field.line or 1)
    end
    if value ~= nil and field.check then
      local checked, problem = field.check(value)
      if checked == nil then
        return nil, ("worker '%s', field '%s': %s"):format(template.name, name,
          problem or "its value is refused")
      end
      value = checked
    end
    values[name] = value
  end
  return values
end

return fields
