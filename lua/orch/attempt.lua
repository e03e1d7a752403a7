--- One start of one agent on one brief: the permit, the session, the capture, the verdict.
--
-- The brief is a file on stdin, always.  The last message is removed before the start,
-- read only after the exit, and on disk before anybody uses it.

local core = require "orch.core"
local environment = require "orch.environment"
local failure = require "orch.failure"
local outcome = require "orch.outcome"
local session = require "orch.session"
local task = require "orch.task"
local text = require "orch.text"

local attempt = {}

local LEASE_MS = 15 * 60 * 1000
local DEADLINE_MS = 60 * 60 * 1000
local CAP = 256 * 1024 * 1024
local STEP = 1024 * 1024       -- bytes of events read at once
local LINE_MAX = 64 * STEP     -- a longer line is no event
local MESSAGE_MAX = 64 * STEP
local TAIL = 1500              -- bytes of output that a failure shows

local function set_state(current, worker, state, waits_for)
  if worker.state == state and worker.waits_for == waits_for then return end
  worker.state, worker.waits_for = state, waits_for
  current:tell("worker", worker)
end

local function write_files(job)
  local ok, message, name = core.make_folder(job.files, { parents = true })
  if ok then
    ok, message, name = core.write(job.brief_file, job.brief, { atomic = false })
  end
  if not ok then
    failure.refuse("disk", "cannot write in '%s': %s (%s)", job.files, message, name)
  end
  core.remove(job.last_message)
end

local function variables(current, worker, agent)
  local own = { ORCH_RUN = current.id, ORCH_WORKER = worker.label }
  local pass = table.move(agent.needs, 1, #agent.needs, 1, {})
  for _, name in ipairs(current.config.pass_env or {}) do pass[#pass + 1] = name end
  return environment.of_child(own, pass)
end

local function start(current, worker, job)
  local argv = job.agent.argv(job)
  local spec = {
    folder = job.files, name = worker.label, argv = argv, workdir = job.folder,
    env = variables(current, worker, job.agent), tty = true, stdin = job.brief_file,
    stderr = "file", rows = 50, cols = 200, lease_ms = LEASE_MS,
    deadline_ms = job.deadline_ms or DEADLINE_MS, cap = CAP, on_leader_exit = "kill",
    durable = true,
  }
  core.write(job.files .. "/spec", core.json_encode({
    argv = core.array(argv), workdir = job.folder, agent = job.agent.name, label = worker.label,
  }, { pretty = true }) .. "\n", { atomic = false })
  return session.start(spec)
end

--- Hand the complete lines of what is new in the transcript to the agent's reader.
local function read_events(s, reader, state)
  while state.at < s.status.bytes do
    local bytes = s:read(state.at, STEP)
    if bytes == "" then return end
    state.at = state.at + #bytes
    local rest = state.rest .. bytes
    local from = 1
    for line, after in rest:gmatch "([^\n]*)\n()" do
      reader:line(line)
      from = after
    end
    state.rest = rest:sub(from)
    if #state.rest > LINE_MAX then state.rest = "" end
  end
end

local function follow(current, worker, s, reader)
  local state = { at = 0, rest = "" }
  repeat
    s:refresh()
    read_events(s, reader, state)
    worker.last_output, worker.tokens = s.last_output, worker.spent + (reader.tokens or 0)
    if s.handle and not s.ended then set_state(current, worker, "running") end
    if not s.ended then task.wait(s:source()) end
  until s.ended
  reader:line(state.rest)
end

--- The final message, read after the exit and on disk before it is used.
local function capture(job)
  local path = job.agent.output_is_reply and job.files .. "/transcript" or job.last_message
  local found = core.stat(path)
  if not found or found.type ~= "file" then return nil end
  local ok = core.sync(path) and core.sync(job.files)
  if not ok then return nil, "its final message could not be synced to disk" end
  local message = core.read(path, 0, MESSAGE_MAX)
  return job.agent.output_is_reply and message and text.clean(message) or message
end

--- What the worker said last: on stderr, as its message, or on its terminal.
local function last_words(job, s, stderr, message)
  if stderr:find "%S" then return stderr end
  return message or (not job.agent.events and s:tail(TAIL)) or ""
end

local function describe(problem, worker, job, words)
  problem.label, problem.folder = worker.label, job.files
  problem.transcript = job.files .. "/transcript"
  problem.tail = text.clean(words:sub(-TAIL))
  return failure.new(problem)
end

--- Perform *job*: { brief, agent, program, folder, scope, grammar, files (folder for what
-- is captured), deadline_ms, conversation, model }.  Return the parsed reply, the message
-- and the conversation; or nil, a failure, the message and the conversation.
function attempt.perform(current, worker, job)
  local permit <close> = current.budget:dispatch {
    memory = job.agent.memory,
    waits = function(what) set_state(current, worker, "queued", what) end,
  }
  write_files(job)
  set_state(current, worker, "starting")
  worker.started = worker.started or core.now()
  local s <close> = start(current, worker, job)
  local reader = job.agent.reader()
  follow(current, worker, s, reader)
  permit:close()
  worker.spent = worker.tokens
  local message, unsynced = capture(job)
  local stderr = core.read(job.files .. "/stderr", 0, STEP) or ""
  local reply, problem = outcome.judge {
    state = s.status.state, status = s.status, agent = job.agent, reader = reader,
    message = message, stderr = stderr, grammar = job.grammar,
  }
  if unsynced then reply, problem = nil, { state = "failed", cause = "disk", reason = unsynced } end
  if reply then return reply, message, reader.conversation end
  local failed = describe(problem, worker, job, last_words(job, s, stderr, message))
  return nil, failed, message, reader.conversation
end

return attempt
