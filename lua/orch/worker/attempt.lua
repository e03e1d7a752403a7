--- One start of one agent on one brief: the session, the capture, the verdict.
--
-- It is recorded before it starts.  One that was recorded by an earlier engine is gone on
-- with where it is: nobody starts it twice.  The brief is a file on stdin, always.  The
-- last message is removed before the start, read only after the exit, and on disk before
-- anybody uses it.

local core = require "orch.core"
local environment = require "orch.session.environment"
local event_stream = require "orch.worker.event_stream"
local failure = require "orch.failure"
local outcome = require "orch.worker.outcome"
local secrets = require "orch.secrets"
local session = require "orch.session"
local task = require "orch.task"
local text = require "orch.text"
local usage = require "orch.worker.usage"

local attempt = {}

local LEASE_MS = 15 * 60 * 1000
local CAP = 256 * 1024 * 1024
local STDERR_MAX = 1024 * 1024
local MESSAGE_MAX = 64 * 1024 * 1024
local TAIL = 1500              -- bytes of output that a failure shows

local function set_state(current, worker, state, waits_for)
  if worker.state == state and worker.waits_for == waits_for then return end
  worker.state, worker.waits_for = state, waits_for
  current:tell("worker", worker)
end

local function refuse(job, message, name)
  failure.refuse("disk", "cannot write in '%s': %s (%s)", job.files, message, name)
end

--- Make the folder of the attempt; a link that somebody put in its place is no folder.
local function make_folder(job)
  local ok, message, name = core.make_folder(job.files, { parents = true })
  if not ok then refuse(job, message, name) end
  for _, folder in ipairs { job.files:match "^(.*)/", job.files } do
    local found = core.stat(folder)
    if not found or found.type ~= "folder" then refuse(job, "it is a link", "ELOOP") end
  end
end

--- The brief; and, for an agent that writes its message into a file, that file, empty and
-- private, since it may hold what the user's files hold.
local function write_files(job)
  make_folder(job)
  local ok, message, name = core.write(job.brief_file, job.brief, { atomic = false })
  core.remove(job.last_message)
  if ok and job.agent.message == "file" then
    ok, message, name = core.write(job.last_message, "", { atomic = false })
  end
  if not ok then refuse(job, message, name) end
end

local function variables(current, worker, agent)
  local own = { ORCH_RUN = current.id, ORCH_WORKER = worker.label }
  for name, value in pairs(agent.sets or {}) do own[name] = value end
  local pass = {}
  for _, names in ipairs { environment.network, agent.needs(core.environment()),
    current.config.pass_env or {} } do
    table.move(names, 1, #names, #pass + 1, pass)
  end
  return environment.of_child(own, pass)
end

local function spec_of(current, worker, job)
  return {
    folder = job.files, name = worker.label, argv = job.agent.argv(job),
    workdir = job.folder, env = variables(current, worker, job.agent), tty = true,
    stdin = job.brief_file, stderr = "file", rows = 50, cols = 200,
    lease_ms = current.config.lease_ms or LEASE_MS,
    deadline_ms = job.deadline_ms, cap = CAP, on_leader_exit = "kill",
    durable = true,
  }
end

--- Record the attempt, its worker too if this is its first.
local function record(current, worker, job)
  worker.step:launch {
    label = worker.label, role = worker.role, edit = job.edit, template = job.template,
    folder = worker.folder:sub(#current.folder + 2), named = worker.named,
    files = worker.files,
  }
  worker.step:attempt(job.number, { agent = job.agent.name, model = job.model,
    boot = core.host().boot })
end

local function start(current, worker, job, spec)
  write_files(job)
  core.write(job.files .. "/spec", core.json_encode(secrets.masked {
    argv = core.array(spec.argv), workdir = job.folder, agent = job.agent.name,
    label = worker.label,
  }, { pretty = true }) .. "\n", { atomic = false })
  if not worker.step.attempts[job.number] then record(current, worker, job) end
  return session.start(spec)
end

--- Whether an earlier engine has started it: it is recorded, or (where the journal lost
-- its end) what is there was started with the same brief.
local function was_started(worker, job)
  if not core.stat(job.files .. "/transcript") then return false end
  if worker.step.attempts[job.number] then return true end
  if core.read(job.brief_file) == job.brief then
    record(worker.step.run, worker, job)
    return true
  end
  core.move(job.files, ("%s.%.0f"):format(job.files, core.time()))
  return false
end

--- The session of the attempt: that of an earlier engine, where one was started.
local function open(current, worker, job)
  local spec = spec_of(current, worker, job)
  worker.followed = was_started(worker, job)
  if worker.followed then return session.adopt(spec) end
  set_state(current, worker, "starting")
  return start(current, worker, job, spec)
end

--- The failure of an attempt whose end may be gone with the machine's power, or nil: only
-- what its events confirm, which the keeper syncs, is whole.
local function torn(worker, job, reader, message)
  if worker.step.attempts[job.number].boot == core.host().boot then return nil end
  local whole = reader.finished == "ok" and reader.message == message
  if whole or reader.finished == "failed" then return nil end
  return { state = "lost", cause = "crash",
    reason = "the machine was switched off before its reply was on disk" }
end

--- What this attempt has used.  An agent may report what its conversation has used in
-- all: a continued one began with what the attempts before had used.
local function used(job, reader)
  local of_all = job.conversation and job.agent.tokens_of == "conversation"
  return usage.since(usage.of(reader), of_all and job.used_before or {})
end

local function follow(current, worker, job, s, reader)
  local stream = event_stream.new(reader)
  local function count() worker.tokens = worker.spent + used(job, reader).tokens end
  repeat
    s:refresh()
    stream:follow(s)
    worker.last_output = s.last_output
    count()
    if s.handle and not s.ended then set_state(current, worker, "running") end
    if not s.ended then task.wait(s:source()) end
  until s.ended
  stream:close()
  count()
end

--- Take the user's keys out of what was captured.  Return nil, or what went wrong.
local function mask(job, reader)
  reader.message = secrets.mask(reader.message)
  reader.errors = secrets.masked(reader.errors)
  local _, problem = secrets.scrub(job.files)
  return problem
end

local UNSYNCED = "its final message could not be synced to disk"

--- The final message, read after the exit and on disk before it is used: from the file
-- that the agent wrote, from its events, or all that it printed.
local function capture(job, reader)
  if job.agent.message == "events" then
    local message = reader.message
    if not message then return nil end
    local ok = core.write(job.last_message, message, { durable = true })
    return ok and message, not ok and UNSYNCED or nil
  end
  local printed = job.agent.message == "output"
  local path = printed and job.files .. "/transcript" or job.last_message
  local found = core.stat(path)
  if not found or found.type ~= "file" then return nil end
  if not core.sync(path) then return nil, UNSYNCED end
  local message = core.read(path, 0, MESSAGE_MAX)
  return printed and message and text.clean(message) or message
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

--- Settle what *job* has used, and add what that cost to what its *worker* has.
local function settle(worker, job, reader, problem)
  local seen = used(job, reader)
  local money = job.permit:settle(seen.told and seen or nil, problem)
  if money then worker.money = (worker.money or 0) + money end
  worker.spent = worker.tokens
  job.permit:close()
end

--- Perform *job*: { number of the attempt, brief, agent, program, folder, scope, edit =
-- paths, template = hash, grammar, files (folder for what is captured), deadline_ms,
-- model, web, conversation and used_before (of the one to go on with), permit (see
-- budget.lua) }.  Return the parsed reply and the message; or nil, a failure, the message
-- and the conversation, as { id, agent, used }.
function attempt.perform(current, worker, job)
  worker.started = worker.started or core.now()
  job.brief = secrets.mask(job.brief)
  secrets.expect(job.files)
  local s <close> = open(current, worker, job)
  job.permit:started(s)
  local reader = job.agent.reader()
  follow(current, worker, job, s, reader)
  local unmasked = mask(job, reader)
  local message, unsynced = capture(job, reader)
  local stderr = core.read(job.files .. "/stderr", 0, STDERR_MAX) or ""
  local reply, problem = outcome.judge {
    status = s.status, spec = s.spec, agent = job.agent, reader = reader,
    message = message, stderr = stderr, grammar = job.grammar,
  }
  local cut = torn(worker, job, reader, message)
  if cut then reply, problem = nil, cut end
  local why = unmasked or unsynced
  if why then reply, problem = nil, { state = "failed", cause = "disk", reason = why } end
  settle(worker, job, reader, problem)
  if reply then return reply, message end
  local failed = describe(problem, worker, job, last_words(job, s, stderr, message))
  return nil, failed, message,
    { id = reader.conversation, agent = job.agent, used = usage.of(reader) }
end

return attempt
