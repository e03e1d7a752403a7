--- Every change as one JSON object on a line of its own, for programs.

local lines = {}

local View = {}
View.__index = View

local function write(self, kind, record)
  record.event, record.at_ms = kind, math.floor(self.core.now() - self.observer.started)
  local line = self.core.json_encode(record)
  self.core.output(2, line .. "\n")
end

local function span(from, to) return from and math.floor(to - from) or nil end

function View:run(record)
  write(self, "run", { id = record.id, folder = record.folder, name = record.name })
end

function View:plan(steps)
  local copy = {}
  for i, step in ipairs(steps) do copy[i] = { step = step.step, status = step.status } end
  write(self, "plan", { steps = self.core.array(copy) })
end

-- New output alone is no line: it would be one for each read.
local function same(a, b)
  return a and a.state == b.state and a.waits_for == b.waits_for and a.tokens == b.tokens
    and a.agent == b.agent
end

local function failure_of(self, worker)
  local failure = worker.failure
  if not failure then return end
  return { state = failure.state, cause = failure.cause, reason = failure.reason,
    folder = failure.folder, tail = self.core.array(failure.tail) }
end

function View:worker(worker, before)
  if same(before, worker) then return end
  local now = self.core.now()
  write(self, "worker", {
    label = worker.label, about = worker.about, role = worker.role,
    agent = worker.agent, state = worker.state,
    waits_for = worker.waits_for, tokens = worker.tokens, folder = worker.folder,
    elapsed_ms = span(worker.started, worker.ended or now),
    silent_ms = worker.live and span(worker.last_output, now) or nil,
    failure = failure_of(self, worker),
  })
end

function View:check(check)
  write(self, "check", { command = check.command, state = check.state,
    seconds = check.seconds, code = check.code })
end

function View:pause(pause)
  write(self, "pause", { agent = pause.agent, ["until"] = pause.ends, why = pause.why,
    over = not pause.ends or nil })
end

function View:budget(record)
  write(self, "budget", { spent = record.spent, limits = record.limits })
end

function View:note(note) write(self, "note", { text = note }) end

function View:warning(warning) write(self, "warning", { text = warning }) end

function View:message(message) write(self, "message", { text = message }) end

function View.tick() end

function View.clear() end

function View:finish(failed, finish)
  if not finish then return end
  local labels = {}
  for i, worker in ipairs(failed) do labels[i] = worker.label end
  write(self, "end", { outcome = finish.outcome, code = finish.code,
    seconds = finish.seconds, tokens = finish.tokens, workers = finish.workers,
    money = finish.money, folder = finish.folder, failed = self.core.array(labels) })
end

function lines.new(observer)
  return setmetatable({ observer = observer, core = observer.core }, View)
end

return lines
