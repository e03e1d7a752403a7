--- What can go wrong with an agent's account: from the agent start `at` on, every start
--- meets it until it has passed.  The offline agent has none.

local mischief = require "orch.rehearsal.mischief"

local agents = {}

local function refuse(kind, status)
  return function(part) part.error = { kind = kind, status = status } end
end

-- A kind that strikes every start from number `at` on; lasts(fault, now, since) says
-- whether it still does.
local function kind(words, strike, lasts, draw)
  return { unit = "worker", words = words, draw = draw, arm = function(self, fault)
    local armed, since = mischief.of(self.machine), nil
    table.insert(armed.moods, function(part)
      if part.start < fault.at or part.offline then return end
      local now = self.machine.clock.now
      since = since or now
      if not lasts(fault, now, since) then return end
      self.tell(fault, part)
      part.ms = math.min(part.ms, 5000)
      strike(part, fault, self.machine, since)
    end)
  end }
end

local function for_minutes(fault, now, since)
  return now < since + fault.minutes * 60000
end

local function draw_minutes(luck, fault) fault.minutes = luck:between(1, 300) end

agents.limited = kind("is out of quota for %(minutes)s min and says for how long",
  function(part, fault, machine, since)
    part.error = { kind = "limited", status = 429,
      resets = machine.clock.epoch + (since + fault.minutes * 60000) / 1000 }
  end, for_minutes, draw_minutes)

agents.limited_unsaid = kind("is out of quota for %(minutes)s min",
  refuse("limited", 429), for_minutes, draw_minutes)

agents.overload = kind("is overloaded for %(minutes)s min", refuse("overload", 529),
  for_minutes, function(luck, fault) fault.minutes = luck:between(1, 20) end)

agents.auth_lost = kind("is no longer logged in", refuse("auth_lost", 401),
  function() return true end)

return agents
