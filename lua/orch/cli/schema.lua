--- A JSON schema as a page for people: every object, its fields, their types.
--
-- It reads what patterns/result.schema.json uses of the language: objects, arrays, enums,
-- references to `$defs`, and additional properties of one type.

local text = require "orch.text"

local schema = {}

local WIDTH = 90

local function name_of(reference) return reference:match "([^/]+)$" end

--- What a value is, in words.
local function type_of(value)
  if value["$ref"] then return name_of(value["$ref"]) end
  if value.const ~= nil then return tostring(value.const) end
  if value.enum then return table.concat(value.enum, " | ") end
  if value.items then return "list of " .. type_of(value.items) end
  if value.anyOf then
    local kinds = {}
    for i, kind in ipairs(value.anyOf) do kinds[i] = type_of(kind) end
    return table.concat(kinds, " | ")
  end
  local others = value.additionalProperties
  if type(others) == "table" then return "object of " .. type_of(others) end
  return value.type
end

--- The names of the fields, those that are always there first.
local function names_of(object)
  local names, seen = {}, {}
  for i, name in ipairs(object.required or {}) do names[i], seen[name] = name, true end
  for name in text.sorted_pairs(object.properties) do
    if not seen[name] then names[#names + 1] = name end
  end
  return names, seen
end

local function add_wrapped(lines, words)
  local line = "     "
  for word in words:gmatch "%S+" do
    if #line + #word >= WIDTH then lines[#lines + 1], line = line, "     " end
    line = line .. " " .. word
  end
  lines[#lines + 1] = line
end

local function add_fields(lines, object)
  local names, required = names_of(object)
  for _, name in ipairs(names) do
    local field = object.properties[name]
    lines[#lines + 1] = ("  %s%s: %s"):format(name, required[name] and "" or "?",
      type_of(field))
    if field.description then add_wrapped(lines, field.description) end
  end
end

--- The page of *root*, a decoded schema.  A field with a ? may be absent.
function schema.show(root)
  local lines = { root.title, "" }
  add_wrapped(lines, root.description)
  lines[#lines + 1] = ""
  add_fields(lines, root)
  for name, definition in text.sorted_pairs(root["$defs"]) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = name .. (definition.properties and "" or ": "
      .. type_of(definition))
    if definition.description then add_wrapped(lines, definition.description) end
    if definition.properties then add_fields(lines, definition) end
  end
  return table.concat(lines, "\n")
end

return schema
