--- The end of the engine itself: `at` counts what it makes durable, that is, its appends
--- and syncs, so that every record of the journal has its turn.
--
-- What comes then is the caller's to do, since only he can make the next engine: his
-- on_kill(fault) is called, and `faults.kill` does to the world what the fault says.

local engine_faults = {}

local COUNTED = { append = true, sync = true, write = true }

local function kind(words, draw)
  return { unit = "record", words = words, draw = draw, ends_engine = true,
    arm = function(self, fault)
      local count = 0
      self.machine:on_call(function(_, name, _, _, options)
        if not COUNTED[name] or self.done[fault] then return end
        if name == "write" and not (options and options.durable) then return end
        count = count + 1
        if count < fault.at then return end
        self.done[fault] = true
        self.tell(fault)
        self.on_kill(fault)
      end, fault.after)
    end }
end

-- The call that it dies at may have been done or not.
local function draw_side(luck, fault) fault.after = luck:one_in(2) end

engine_faults.kill_engine = kind("orch-lua is killed", draw_side)

engine_faults.crash = kind("the power fails", function(luck, fault)
  draw_side(luck, fault)
  fault.seed = luck:below(1 << 31)
end)

return engine_faults
