--- Faults: what can go wrong in a rehearsal, as plain data that a seed draws.
--
--     local list = faults.draw(chance, { "hang", "disk_full" })
--     --> { { kind = "hang", at = 2 }, ... }
--     faults.arm(core, list, print, { on_kill = function(fault) ... end })
--
-- Each is armed by itself and knows nothing of the others, so that any part of a list
-- can be left out.

local text = require "orch.text"

local faults = {}

local kinds = {}
for _, part in ipairs { "workers", "agents", "machine", "engine" } do
  local more = require("orch.rehearsal.faults." .. part)
  for name, kind in pairs(more) do kinds[name] = kind end
end

--- The names of all kinds, sorted.
faults.names = text.sorted_keys(kinds)

-- How far a run usually gets, by the unit of a fault's `at`; most have few workers, and
-- are over soon.
local HORIZON = { worker = 6, record = 40, minute = 40 }
local MOSTLY_EARLY = { worker = true, minute = true }
local WHEN = {
  worker = "agent start %d ", record = "at record %d: ", call = "at call %d: ",
  minute = "at minute %d: ",
}
local MOST = 3                 -- faults that come together

--- What is wrong with the kinds that somebody named, as a sentence, or nil.
function faults.mistake(names)
  for _, name in ipairs(names) do
    if not kinds[name] then
      return ("there is no fault '%s'%s"):format(name, text.suggest(name, faults.names))
    end
  end
end

-- A few kinds: often none or one, sometimes several at once.
local function draw_kinds(chance, names)
  local list = {}
  for i = 1, chance:below(MOST + 1) do list[i] = chance:pick(names) end
  return list
end

local function draw_at(chance, kind, horizon)
  local last = horizon and horizon[kind.unit] or kind.last or HORIZON[kind.unit]
  if MOSTLY_EARLY[kind.unit] then last = chance:between(1, math.max(1, last)) end
  return chance:between(1, math.max(1, last))
end

--- Draw a list of faults of the *names* (default: all) by *chance*.  horizon = { worker =
-- agent starts, record = appends and syncs, call = calls of the seam, minute = minutes
-- that a run may take }: `at` is never later; any of them may be left out.
function faults.draw(chance, names, horizon)
  local list = {}
  for i, name in ipairs(draw_kinds(chance, names or faults.names)) do
    local kind = kinds[name]
    list[i] = { kind = name, at = draw_at(chance, kind, horizon) }
    if kind.draw then kind.draw(chance, list[i]) end
  end
  return list
end

--- One fault in words, such as "agent start 2 hangs".
function faults.describe(fault)
  local kind = kinds[fault.kind]
  local words = kind.words:gsub("%%%((%w+)%)s", function(name)
    return tostring(fault[name])
  end)
  return WHEN[kind.unit]:format(fault.at) .. words
end

local function no_kill(fault)
  error(("nobody said what follows the fault '%s': give on_kill"):format(fault.kind), 0)
end

--- Arm the faults of *list* on the machine of *core*, a world's, before its run begins.
-- tell(sentence, fault) hears of each when it strikes; options.on_kill(fault) is called
-- where the engine is to end: it must do so with `faults.kill`, and may then use the core
-- that this returned; the killed engine's call raises.
function faults.arm(core, list, tell, options)
  local machine = core.world.machine
  local armed = {
    machine = machine, list = list, done = {},
    on_kill = options and options.on_kill or no_kill,
    tell = function(fault, part)
      if tell then tell(faults.describe(fault), fault, part and part.name) end
    end,
  }
  machine.armed = armed
  for _, fault in ipairs(list) do kinds[fault.kind].arm(armed, fault) end
end

-- The clock has lost its events in a power cut.
local function arm_again(armed)
  for _, fault in ipairs(armed.list) do
    local kind = kinds[fault.kind]
    if kind.unit == "minute" and not armed.done[fault] then kind.arm(armed, fault) end
  end
end

--- Do what *fault*, a kill_engine or a crash, does to the world of *core*.  Return the
-- core of the engine that comes after it, on which the run can be resumed.
function faults.kill(core, fault)
  if fault.kind ~= "crash" then return core.world:kill_engine() end
  local next_core = core.world:crash(fault.seed)
  if core.world.machine.armed then arm_again(core.world.machine.armed) end
  return next_core
end

return faults
