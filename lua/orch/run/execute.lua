--- Executing a script in a run: signals and the deadline stop it, its end awaits every
--- session, and is recorded and told.

local core = require "orch.core"
local ended = require "orch.run.ended"
local failure = require "orch.failure"
local farewell = require "orch.run.farewell"
local leftovers = require "orch.run.leftovers"
local partial = require "orch.deliver.partial"
local resume = require "orch.run.resume"
local session = require "orch.session"
local silence = require "orch.session.silence"
local task = require "orch.task"
local text = require "orch.text"

local TICK_MS = 100
local NEWS_MS = 1000            -- how long a signal that interrupted may be on its way
local SIGNALS = { INT = 2, TERM = 15, HUP = 1 }
local WATCHED = { "INT", "TERM", "HUP" }
local INTERRUPTED = "interrupted"   -- what core.guard raises in a script that computes

--- Where that is what the run has done so far.
local function kept(run)
  return run:is_worth_keeping() and "; what was done is in " .. run.folder or ""
end

local function signal_outcome(run, name)
  local message = name == "HUP"
    and "the terminal is gone; running workers go on under their lease"
    or "stopped by " .. (name == "INT" and "Ctrl-C" or "SIG" .. name)
  return { kind = "signal", code = 128 + SIGNALS[name], message = message .. kept(run) }
end

--- Catch the signals from now on: `last` is the newest one's name, `news` tells of it.
local function catch_signals()
  core.catch_signals()
  local caught = { news = task.condition() }
  task.service(function()
    while true do
      caught.last = task.wait(WATCHED)
      caught.news:signal()
    end
  end)
  return caught
end

--- Wait for the end of the script, a signal or the deadline of the run.
local function await(script, caught, deadline_ms)
  local source = task.wait({ script, caught.news }, deadline_ms)
  if script.ended and script.error == INTERRUPTED and not caught.last then
    caught.news:wait(NEWS_MS)
  end
  if caught.last and (not script.ended or script.error == INTERRUPTED) then
    return caught.last
  end
  return not source and not script.ended and "deadline" or nil
end

local function live_sessions()
  local live = {}
  for _, s in ipairs(session.list()) do
    if not s.ended and s.handle then live[#live + 1] = s end
  end
  return live
end

--- Wait until every session has its record; a further signal skips all graces.
local function drain(run, caught)
  local live, told = live_sessions(), 0
  caught.last = nil
  while #live > 0 do
    if #live ~= told then
      run:tell("note", ("waiting for %d %s to end (Ctrl-C again ends %s at once)")
        :format(#live, #live == 1 and "process" or "processes",
        #live == 1 and "it" or "them"))
      told = #live
    end
    local sources = { caught.news }
    for _, s in ipairs(live) do sources[#sources + 1] = s:source() end
    task.wait(sources)
    if caught.last then
      for _, s in ipairs(live) do core.control(s.handle, "kill") end
    end
    live = live_sessions()
  end
end

local function keep_drawing(run)
  return task.service(function()
    while true do
      task.wait("WINCH", TICK_MS)
      run.progress:tick()
    end
  end)
end

--- Let all parts of the run tidy up; what one cannot do, for want of space, is told.
local function tidy_up(run, well)
  for _, ending in ipairs(run.endings) do
    local ok, problem = pcall(ending, well)
    if not ok and not failure.is(problem) then error(problem, 0) end
    if not ok then run:tell("warning", problem.reason) end
  end
end

local function supervise(run, fn)
  if run.progress.tick then
    keep_drawing(run)
    silence.watch(run)
  end
  local caught = catch_signals()
  local script = task.spawn(function()
    if run.past then resume.examine(run) end
    return fn()
  end)
  local why = await(script, caught, run.options.deadline_ms)
  if why == "HUP" then session.leave_leased() end
  if why then script:cancel() end
  drain(run, caught)
  if why ~= "HUP" then leftovers.stop(run) end
  tidy_up(run, script.ok and not why)
  if why == "deadline" then
    return ended.of_error(failure.new { state = "timed_out", cause = "deadline",
      reason = ("the deadline of the run passed after %s%s")
        :format(text.duration(run.options.deadline_ms), kept(run)) })
  end
  if why then return signal_outcome(run, why) end
  if script.ok then return ended.of_delivery(run.delivered) end
  return ended.of_error(script.error)
end

--- Deliver what is finished where a budget, a limit or the deadline cut the run short.
local function deliver_rest(run, outcome)
  local ok, problem = pcall(partial.deliver, run, outcome.failure)
  if not ok then
    run:tell("warning", "what had finished is not delivered: " .. tostring(problem))
  end
end

--- The numbers of the steps whose failures ended the script: they are done again when it
-- is resumed.
local function because(problem)
  local list = core.array {}
  if not problem then return list end
  for _, one in ipairs(failure.behind(problem).beside or { problem }) do
    list[#list + 1] = failure.behind(one).step
  end
  return list
end

--- Record how the script ended.  Workers that were left to their leases have no end yet.
local function record(run, outcome)
  if session.are_left() or run.past and not run.goes_on then return end
  local ok, problem = pcall(run.journal.write, run.journal, {
    kind = "end", code = outcome.code, outcome = outcome.kind,
    message = outcome.message, because = because(outcome.failure),
  }, { durable = true })
  if not ok then
    run:tell("warning", "the end of the run is not recorded: " .. tostring(problem))
  end
end

--- Execute *fn* as the script of *run*.  Return { kind =, code =, message =,
-- traceback = }.
local function execute(run, fn)
  local outcome = task.main(function() return supervise(run, fn) end)
  record(run, outcome)
  deliver_rest(run, outcome)
  farewell.tell(run, outcome)
  local spent = run.budget:spent()
  run:tell("end", {
    outcome = outcome.message, code = outcome.code,
    money = spent.money, started = spent.workers, limits = run.budget.limits,
    seconds = (core.now() - run.started) / 1000, tokens = run:tokens(),
    workers = #run.workers, folder = run:is_worth_keeping() and run.folder or nil,
  })
  return outcome
end

return execute
