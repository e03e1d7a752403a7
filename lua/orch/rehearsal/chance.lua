--- Random numbers that a seed decides (splitmix64).
--
-- Each use has a stream of its own, told apart by a name: drawing random bytes for a
-- script then never changes the order of events.

local chance = {}
chance.__index = chance

--- A stream of numbers for the integer *seed* and the use *name*.
function chance.new(seed, name)
  local self = setmetatable({ state = seed }, chance)
  for i = 1, #name do self.state = self:next() ~ name:byte(i) end
  return self
end

--- The next integer, all 64 bits of it.
function chance:next()
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

--- An integer from 0 to n - 1.
function chance:below(n)
  return (self:next() >> 1) % n
end

--- An integer from *low* to *high*.
function chance:between(low, high)
  return low + self:below(high - low + 1)
end

--- Whether this is the one time in *n*.
function chance:one_in(n)
  return self:below(n) == 0
end

--- A member of *list*.
function chance:pick(list)
  return list[self:below(#list) + 1]
end

--- A string of *n* bytes.
function chance:bytes(n)
  local parts = {}
  for _ = 1, n, 8 do parts[#parts + 1] = string.pack("<i8", self:next()) end
  return table.concat(parts):sub(1, n)
end

return chance
