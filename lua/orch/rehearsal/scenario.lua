--- A rehearsal script, NAME.rehearsal.lua: what some workers do, and what must hold.
local scenario = {}

--- A function(part) that changes the part of an agent as the *script* wishes.
function scenario.director(script)
  local _ = script
  return function() end
end

return scenario
