--- Values of an agent's events, taken only where they are what they should be.  Pure.
--
-- An event is whatever an agent of any version wrote; null, for one, is no table.

local told = {}

--- A text, or nil.
function told.text(value)
  return type(value) == "string" and value or nil
end

--- The id of a conversation, or nil: it becomes a word of a command line.
function told.id(value)
  return type(value) == "string" and value:find "^%w[%w._-]*$" and value or nil
end

--- An amount of money, or nil.
function told.amount(value)
  local fine = type(value) == "number" and value >= 0 and value < math.huge
  return fine and value or nil
end

--- The sum of the counts called *names* in *usage*; what is no count counts as 0.
function told.sum(usage, names)
  local total = 0
  if type(usage) ~= "table" then return total end
  for _, name in ipairs(names) do
    local count = usage[name]
    total = total + (math.type(count) == "integer" and count > 0 and count or 0)
  end
  return math.max(total, 0)
end

return told
