--- A sentence with the line of the script that it is about, whoever is running for it.

--- *sentence* with the place of the innermost function of the running coroutine that is
-- no part of the library, from *level* of the caller's; without one where all are.
local function blame(sentence, level)
  level = (level or 1) + 1
  local at = debug.getinfo(level, "Sl")
  while at and (at.currentline < 0 or at.source:find("lua/orch/", 1, true)) do
    level = level + 1
    at = debug.getinfo(level, "Sl")
  end
  if not at then return sentence end
  return ("%s:%d: %s"):format(at.short_src, at.currentline, sentence)
end

return blame
