--- What an agent has used: { tokens, input, cached, output, money }.  Pure.
--
-- `tokens` are all of them, input (new and cached) and output; `money` is there only if
-- the agent tells it.  An agent that tells nothing leaves `told` unset.

local usage = {}

--- What *reader* has been told so far.
function usage.of(reader)
  local seen = { tokens = reader.tokens, told = reader.usage ~= nil }
  for name, count in pairs(reader.usage or {}) do seen[name] = count end
  return seen
end

--- What *now* has that *before* had not.
function usage.since(now, before)
  local grown = { told = now.told }
  for name, count in pairs(now) do
    if name ~= "told" then grown[name] = math.max(0, count - (before[name] or 0)) end
  end
  return grown
end

return usage
