--- What can go wrong with the machine and what people do meanwhile.  `at` is a minute of
--- virtual time, or the number of a call of the seam.

local machine_faults = {}

-- ── at a minute ─────────────────────────────────────────────────────────────

-- A kind whose strike(machine, fault) comes when its minute does.  After a power cut,
-- which stops the clock's events, it is armed again.
local function kind(words, strike, draw)
  return { unit = "minute", words = words, draw = draw, arm = function(self, fault)
    local clock = self.machine.clock
    clock:after(math.max(0, fault.at * 60000 - clock.now), function()
      self.tell(fault)
      self.done[fault] = true
      strike(self.machine, fault)
    end)
  end }
end

-- The newest engine that lives.
local function engine_of(machine)
  for i = #machine.engines, 1, -1 do
    if not machine.engines[i].dead then return machine.engines[i] end
  end
end

machine_faults.ctrl_c = kind("Ctrl-C is pressed", function(machine)
  local engine = engine_of(machine)
  if engine then engine:inject "INT" end
end)

machine_faults.clock_jump = kind("the clock jumps by %(minutes)s min",
  function(machine, fault)
    machine.clock.epoch = machine.clock.epoch + fault.minutes * 60
  end, function(luck, fault) fault.minutes = luck:between(-600, 600) end)

machine_faults.no_memory = kind("%(minutes)s min without memory",
  function(machine, fault)
    local available = machine.memory.available
    machine.memory.available = 16 << 20
    machine.clock:after(fault.minutes * 60000, function()
      machine.memory.available = available
    end)
  end, function(luck, fault) fault.minutes = luck:between(1, 30) end)

machine_faults.own_edit = kind("the user edits '%(path)s'", function(machine, fault)
  local folder = machine.host.folder
  local files = machine:files_in(folder)
  local text = files:read(fault.path)
  if fault.path:find "/" and not files:stat(fault.path:match "^(.*)/") then return end
  files:write(fault.path, "my own line\n" .. (text or ""), { mode = 420, atomic = false })
end, function(luck, fault)
  fault.path = luck:pick { "src/parse.c", "README.md", "my-notes.txt", "docs/format.md" }
end)

-- ── at a call of the seam ───────────────────────────────────────────────────

-- A kind that makes the calls of *names* fail with *err*: `times` of them, from the
-- at-th on, which is at most the *last*: a run makes few of some.
local function refusal(words, names, err, last, draw)
  local strikes = {}
  for _, name in ipairs(names) do strikes[name] = true end
  local function arm(self, fault)
    local count = 0
    self.machine:on_call(function(_, name)
      if not strikes[name] then return end
      count = count + 1
      if count < fault.at or count >= fault.at + fault.times then return end
      if count == fault.at then self.tell(fault) end
      return err
    end)
  end
  return { unit = "call", words = words, last = last, draw = draw, arm = arm }
end

local function draw_times(luck, fault) fault.times = luck:between(1, 12) end

machine_faults.disk_full = refusal("the disk is full for %(times)s writes",
  { "write", "append", "make_folder", "sync" }, "ENOSPC", 120, draw_times)

machine_faults.output_lost = refusal("%(times)s writes of a transcript fail",
  { "transcript" }, "ENOSPC", 60, function(luck, fault)
    fault.times = luck:between(1, 3)
  end)

machine_faults.no_terminals = refusal("%(times)s agents find no terminal",
  { "pty" }, "ENOSPC", 6, draw_times)

machine_faults.no_descriptors = refusal("%(times)s sessions find no descriptor",
  { "start" }, "EMFILE", 20, draw_times)

return machine_faults
