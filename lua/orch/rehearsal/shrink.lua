--- From a rehearsal that breaks a promise to the fewest faults that still break it.
--
-- Faults are armed apart from each other, so any of them can be left out.  First halves
-- are tried, then single ones, until none can go; every step is decided by the order of
-- the list alone, so the same failure always shrinks to the same list.

local function without(list, from, til)
  local rest = {}
  for i, item in ipairs(list) do
    if i < from or i > til then rest[#rest + 1] = item end
  end
  return rest
end

--- Shrink *list*, a list of which fails(list) is true: leave out what is not needed for
-- that.  Return the shorter list.  fails is asked at most about n * n times.
local function shrink(list, fails)
  local size = #list
  while size >= 1 do
    local at, removed = 1, false
    while at <= #list do
      local shorter = without(list, at, at + size - 1)
      if fails(shorter) then
        list, removed = shorter, true
      else
        at = at + size
      end
    end
    if not removed or #list == 0 then size = size // 2 end
    size = math.min(size, #list)
  end
  return list
end

return shrink
