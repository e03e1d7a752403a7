--- `orch-lua stop RUN`: ends a run that goes on, or what a dead engine has left behind.
--
-- A living engine is asked to stop, as Ctrl-C does; workers without one are ended by the
-- ladder of their keepers.

local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local summary = require "orch.run.summary"
local task = require "orch.task"
local text = require "orch.text"

local stop = {
  usage = "stop RUN",
  summary = "End a run and all its workers.",
  help = "A run that goes on is asked to end, as Ctrl-C would.  Of one that was\n"
    .. "interrupted the workers that are left are ended.",
}

local LOOK_AGAIN_MS = 200      -- the lock of an engine that ends gives no sign

local function tell(sentence) core.output(2, sentence .. "\n") end

local function names_of(sessions)
  local names, seen = {}, {}
  for _, session in ipairs(sessions) do
    if not seen[session.label] then names[#names + 1] = session.label end
    seen[session.label] = true
  end
  return text.either(names, "and")
end

local function say_ended(run, what)
  return say.out(("%s\nto take it up again: orch-lua resume %s"):format(what, run.id))
end

-- ── a living engine ─────────────────────────────────────────────────────────

-- Wait until nobody holds the lock, and tell once for whom.
local function await_engine(run)
  local news, told = core.watch(run.path), nil
  while core.locked(run.path .. "/lock") do
    local names = names_of(runs.living(run))
    if names ~= "" and names ~= told then tell("waiting for " .. names .. " to end") end
    told = names
    task.wait(news, LOOK_AGAIN_MS)
  end
  core.release(news)
end

local function stop_engine(run)
  local done, message, name = core.signal(run.path .. "/lock", "TERM")
  if not done and name ~= "ESRCH" then
    return say.fail(5, ("cannot stop run %s: %s"):format(run.id, message))
  end
  await_engine(run)
  local after = core.stat(run.path) and runs.read(run.path)
  if not after then return say.out(("run %s has ended"):format(run.id)) end
  if after.state ~= "stopped" and after.state ~= "interrupted" then
    return say.out(("run %s has ended by itself: %s"):format(run.id, after.state))
  end
  return say_ended(run, ("run %s is stopped"):format(run.id))
end

-- ── a dead one ──────────────────────────────────────────────────────────────

local function end_sessions(sessions)
  for _, session in ipairs(sessions) do
    session.handle = core.attach(session.folder, "look")
    if session.handle then core.control(session.handle, "stop", {}) end
  end
  for _, session in ipairs(sessions) do
    while session.handle do
      local state = core.status(session.handle).state
      if state == "ended" or state == "lost" then break end
      task.wait(session.handle)
    end
    if session.handle then core.release(session.handle) end
  end
end

-- Nobody else may take the run up meanwhile.
local function stop_left_behind(run)
  local lock, message, name = core.lock(run.path .. "/lock")
  if name == "EWOULDBLOCK" then return stop_engine(run) end
  if not lock then
    return say.fail(5, ("cannot lock run %s: %s"):format(run.id, message))
  end
  local living = runs.living(run)
  if living[1] then
    tell("waiting for " .. names_of(living) .. " to end")
    end_sessions(living)
  end
  summary.stopped(run, living)
  core.unlock(lock)
  return say_ended(run, living[1]
    and ("run %s is stopped: %s ended"):format(run.id, names_of(living))
    or ("run %s is stopped: nothing of it was running"):format(run.id))
end

local function stop_run(run)
  if run.alive then return stop_engine(run) end
  if run.state == "interrupted" or runs.living(run)[1] then
    return stop_left_behind(run)
  end
  tell(("run %s has ended already: %s"):format(run.id, run.state))
  return 0
end

function stop.run(given)
  local found, wrong = chosen.words(stop, given, { "RUN" })
  if not found then return say.fail(2, wrong) end
  local run = runs.read(found.path)
  return task.main(function() return stop_run(run) end)
end

return stop
