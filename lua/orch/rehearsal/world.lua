--- A second orch.core: a machine in memory, with virtual time and a seed.
--
--     local core = world.new {
--       seed = 1,
--       files = { ["/p"] = "text" },
--       programs = { codex = function(program) program:print "hi\n" end },
--       shell = function(program, command) ... end,       -- what `sh -c command` does
--     }
--
-- Nothing waits: `poll` goes to the next event.  The same seed gives the same events, in
-- the same order.  What only a test may do is in `core.world`.

local chance = require "orch.rehearsal.chance"
local engine = require "orch.rehearsal.engine"
local machine = require "orch.rehearsal.machine"
local seam = require "orch.rehearsal.seam"

local world = {}

-- What a test sees of one engine and does to it from outside.  Fields that follow the
-- engine: output (output[1], output[2]: what was written there), stuck (the last poll
-- would have waited for ever), died (the signal that ended the engine, or nil).
local hand = {}

local views = {
  output = function(self) return self.engine.output_of end,
  stuck = function(self) return self.engine.stuck end,
  died = function(self) return self.engine.died end,
}

local hand_of = {
  __index = function(self, name)
    return hand[name] or views[name] and views[name](self)
  end,
}

local function new_core(on)
  local self = engine.new(on)
  local core = seam.bind(self)
  core.null = on.tools.null
  core.world = setmetatable({ engine = self, machine = on }, hand_of)
  return core
end

--- Call fn() after *ms* of virtual time.
function hand:after(ms, fn)
  return self.machine.clock:after(ms, fn)
end

--- Send the engine the signal *name*: "INT", "TERM", "HUP" or "WINCH".
function hand:signal(name)
  self.engine:inject(name)
end

--- Type *text* at the engine's own terminal.
function hand:type(text)
  self.engine.typed = self.engine.typed .. text
  self.engine:mark "input"
end

--- Give the engine's own terminal another size.
function hand:resize(rows, cols)
  self.machine.terminal = { rows = rows, cols = cols }
  if self.engine.catches then self.engine:mark "WINCH" end
end

local PARTS = { pty = true, exec = true, transcript = true }

--- Let *what* fail the next *times* times (default 1) with the error *name*.  *what* is a
-- function of the seam, "pty" (the terminal of a session), "exec" (the start of its
-- program) or "transcript" (its output).
function hand:fail(what, name, times)
  if not (seam.signatures[what] or PARTS[what]) then
    error(("nothing called '%s' can fail"):format(what), 2)
  end
  self.machine:fail(what, name, times or 1)
end

--- Kill the keeper of the session *handle*, and with it the session: it is lost.
function hand:kill_keeper(handle)
  local keeper = self.engine:object(handle).keeper
  if keeper and not keeper.over then
    keeper:leave_machine "lost"
  end
end

--- Another engine on this machine, beside this one.  Returns its core.
function hand:engine_beside()
  return new_core(self.machine)
end

--- Kill this engine as `kill -9` does: its locks are free, its sessions fall under their
-- leases.  Returns the core of an engine that comes after it.
function hand:kill_engine()
  local killed = self.engine
  killed.dead = true
  for handle = 1, killed.last_handle do
    local kind = killed:kind_of(handle)
    if kind == "lock" then killed:object(handle).lock = nil end
    if kind == "session" then killed:object(handle):close() end
  end
  return new_core(self.machine)
end

--- Cut the power: what was not synced may be gone, as *seed* decides (default: the
-- world's own); all engines and sessions are.  Returns the core of an engine that comes
-- after it.
function hand:crash(seed)
  local luck = seed and chance.new(seed, "crash") or self.machine.mishap
  self.machine:crash(luck)
  return new_core(self.machine)
end

local allowed = {
  seed = true, files = true, programs = true, shell = true, environment = true,
  host = true, memory = true, terminal = true, epoch = true, core = true,
}

--- A new world; returns its core.  Options, all of which may be left out: seed (1), files
-- { path = text | { text=, mode=, mtime= } | { folder = true } | { link = path } },
-- programs, shell, environment, host (fields of core.host()), memory { total =,
-- available = }, terminal { rows =, cols = } (none), epoch (seconds), and core: whose
-- JSON and hashes to use (the real one).
function world.new(options)
  options = options or {}
  for name in pairs(options) do
    if not allowed[name] then
      error(("unknown field '%s' of a world"):format(tostring(name)), 2)
    end
  end
  return new_core(machine.new(options, options.core or require "orch.core"))
end

return world
