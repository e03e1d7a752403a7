--- Checks of the tables that scripts pass in: an unknown or wrong field is an error that
--- names it, at the user's line.

local text = require "orch.text"

local fields = {}

local function unknown(what, name, allowed)
  local names = text.sorted_keys(allowed)
  local near = text.nearest(tostring(name), names)
  return ("%s has no field '%s'%s"):format(what, tostring(name),
    near and ("; did you mean '%s'?"):format(near)
    or ": its fields are " .. table.concat(names, ", "))
end

--- What is wrong with one field, or nil.
local function problem(what, name, value, allowed)
  local checker = allowed[name]
  if not checker then return unknown(what, name, allowed) end
  local wrong = type(checker) == "function" and checker(value)
  if wrong then
    return ("%s: '%s' must be %s, got %s"):format(what, name, wrong, fields.show(value))
  end
end

--- The problem that is told of several: that of the first name.
local function first_problem(what, given, allowed)
  for name, value in text.sorted_pairs(given) do
    local sentence = problem(what, name, value, allowed)
    if sentence then return sentence end
  end
end

--- Raise at *level* above the caller unless every field of *given* is in *allowed*, a
-- set of names or a table of name -> checker(value) -> nil | "what it must be".
function fields.check(what, given, allowed, level)
  level = (level or 1) + 1
  if type(given) ~= "table" then
    error(("%s needs a table of fields, got %s"):format(what, type(given)), level)
  end
  for name, value in pairs(given) do
    if problem(what, name, value, allowed) then
      error(first_problem(what, given, allowed), level)
    end
  end
  return given
end

--- Raise at *level* above the caller unless *given* is a table and those of its fields
-- that *checkers* names are what they must be.  Other fields are not looked at.
function fields.check_some(what, given, checkers, level)
  level = (level or 1) + 1
  local known = {}
  if type(given) == "table" then
    for name in pairs(checkers) do known[name] = given[name] end
  else
    known = given
  end
  fields.check(what, known, checkers, level)
  return given
end

--- A value as an error message quotes it.
function fields.show(value)
  if type(value) == "string" then
    return ("'%s'"):format(text.shorten(text.clean(value), 60))
  end
  if type(value) == "table" then return "a table" end
  return tostring(value)
end

function fields.string(value)
  if type(value) ~= "string" then return "a string" end
end

--- A string that may be passed to a program or name a file.
function fields.word(value)
  if type(value) ~= "string" or value:find "%z" then
    return "a string without a NUL byte"
  end
end

function fields.boolean(value)
  if type(value) ~= "boolean" then return "true or false" end
end

function fields.count(value)
  if math.type(value) ~= "integer" or value < 0 then
    return "a whole number, 0 or more"
  end
end

function fields.positive(value)
  if math.type(value) ~= "integer" or value < 1 then
    return "a whole number, 1 or more"
  end
end

function fields.milliseconds(value)
  if type(value) ~= "number" or value ~= value or value < 0 then
    return "a number of milliseconds, 0 or more"
  end
end

function fields.strings(value)
  if type(value) ~= "table" or #value == 0 then return "a list of strings" end
  for _, word in ipairs(value) do
    if type(word) ~= "string" then return "a list of strings" end
    if word:find "%z" then return "words without a NUL byte" end
  end
end

--- A checker that takes one of the *words*.
function fields.one_of(...)
  local words = { ... }
  return function(value)
    for _, word in ipairs(words) do
      if value == word then return nil end
    end
    return "'" .. table.concat(words, "' or '") .. "'"
  end
end

fields.any = function() end

return fields
