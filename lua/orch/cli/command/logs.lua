--- `orch-lua logs RUN [WORKER]`: what the workers of a run have printed, whoever runs it.
--
-- With -f it goes on until they have ended: as an onlooker, whose coming and going no
-- worker notices.

local captured = require "orch.cli.captured"
local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local task = require "orch.task"

local logs = {
  usage = "logs RUN [WORKER] [-f]",
  summary = "Print what the workers of a run print; -f follows them.",
  help = "WORKER is one of its workers: W1, 'W1 Reviewer', or a role that only one has.\n"
    .. "Without it all of them come in order, each under its name.  -f also waits for\n"
    .. "workers that are still to start.",
}

local LOOK_AGAIN_MS = 1000     -- for what gives no sign: a keeper or an engine that died
local FILES = { "transcript", "stderr" }

local Logs = {}
Logs.__index = Logs

local function title_of(attempt, name)
  local number = attempt.number > 1 and (", attempt %d"):format(attempt.number) or ""
  return attempt.label .. number .. (name == "stderr" and ", stderr" or "")
end

-- The files of the workers that are looked at, in order; new ones are added.
local function gather(self)
  local workers = self.worker and { self.worker } or runs.workers(self.run)
  for _, worker in ipairs(workers) do
    for _, attempt in ipairs(runs.attempts(self.run, worker)) do
      for _, name in ipairs(FILES) do
        local path = attempt.folder .. "/" .. name
        if not self.files[path] and core.stat(path) then
          self.files[path] = captured.new(path, title_of(attempt, name))
          self.order[#self.order + 1] = self.files[path]
          self.sessions[attempt.folder] = self.sessions[attempt.folder] or {}
        end
      end
    end
  end
end

local function advance(self, final)
  gather(self)
  for _, file in ipairs(self.order) do
    local done, message = file:advance(final)
    if not done then return nil, message end
  end
  return true
end

-- Follow every session that lives; return the sources that tell of news.
local function sources_of(self)
  local sources, living = { self.news }, false
  for folder, session in pairs(self.sessions) do
    if not session.handle and runs.is_living(folder) then
      session.handle = core.attach(folder, "look")
      session.errors = core.watch(folder .. "/stderr")
    end
    local state = session.handle and core.status(session.handle).state
    if state and state ~= "ended" and state ~= "lost" then
      living = true
      sources[#sources + 1], sources[#sources + 2] = session.handle, session.errors
    end
  end
  return sources, living
end

-- Whether there may be more to come.
local function goes_on(self, living)
  if living then return true end
  if self.worker and runs.attempts(self.run, self.worker)[1] then
    local row = chosen.worker(runs.read(self.run.path), self.worker.label)
    return row and self.run.alive and row.ended == nil and row.state ~= "ok"
  end
  return self.run.alive
end

-- Print until nobody prints any more.  Return the exit code.
local function follow(self)
  while true do
    gather(self)
    local sources, living = sources_of(self)
    self.run.alive = core.locked(self.run.path .. "/lock") or false
    local over = not goes_on(self, living)
    local done, message = advance(self, over)
    if not done then return say.fail(5, "cannot print: " .. message) end
    if over then return 0 end
    task.wait(sources, LOOK_AGAIN_MS)
  end
end

function logs.run(given, globals)
  local found, wrong = chosen.words(logs, given, { "RUN", "[WORKER]" },
    { ["-f"] = true, ["--follow"] = true })
  if not found then return say.fail(2, wrong) end
  local run, worker = runs.read(found.path), nil
  if found[2] then
    worker, wrong = chosen.worker(run, found[2])
    if not worker then return say.fail(2, wrong) end
  end
  local self = setmetatable({ run = run, worker = worker, files = {}, order = {},
    sessions = {} }, Logs)
  if found.f or found.follow then
    self.news = core.watch(run.path)
    return task.main(function() return follow(self) end)
  end
  local done, message = advance(self, true)
  if not done then return say.fail(5, "cannot print: " .. message) end
  if not self.order[1] and not globals.quiet then
    core.output(2, ("run %s has no %s that printed anything\n"):format(run.id,
      worker and "attempt of " .. worker.label or "worker"))
  end
  return 0
end

return logs
