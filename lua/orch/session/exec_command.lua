--- The guide's two primitives, with the names and meanings that Codex gives them.
--
-- exec_command starts a command and returns its output, or a session id when it still
-- runs after `yield_time_ms`; write_stdin types into it, or polls it when there is
-- nothing to type.  The exit is told once; then the id is unknown.

local core = require "orch.core"
local environment = require "orch.session.environment"
local failure = require "orch.failure"
local fields = require "orch.fields"
local folders = require "orch.folders"
local session = require "orch.session"
local shell = require "orch.session.shell"
local task = require "orch.task"
local view = require "orch.session.view"

local exec_command = {}

local DEFAULT_CAP = 256 * 1024 * 1024
local INTERRUPT = "\3"

local here = core.host().folder
local known = {}               -- session id -> session whose exit was not told yet

local function stdin_of(value)
  if value == "tty" then return nil end
  local kind = type(value) == "table" and next(value)
  if (kind == "file" or kind == "text") and next(value, kind) == nil
    and type(value[kind]) == "string" then
    return nil
  end
  return "'tty', { file = path } or { text = string }"
end

local function variables(value)
  if type(value) ~= "table" then return "a table of names and values" end
  for name, content in pairs(value) do
    if type(name) ~= "string" or name:find "[=%z]" or name == ""
      or (content ~= false and fields.word(content)) then
      return "a table { NAME = 'value' }, or NAME = false to take one away"
    end
  end
end

local START = {
  cmd = fields.word, argv = fields.strings, workdir = fields.word, env = variables,
  tty = fields.boolean, stdin = stdin_of, stderr = fields.one_of("file", "merge"),
  name = fields.string, rows = fields.positive, cols = fields.positive,
  yield_time_ms = fields.milliseconds, max_output_tokens = fields.count,
  deadline_ms = fields.milliseconds, on_leader_exit = fields.one_of("kill", "keep"),
}

local TYPE = {
  session_id = fields.positive, chars = fields.string,
  yield_time_ms = fields.milliseconds, max_output_tokens = fields.count,
}

-- ── from the user's table to a session ──────────────────────────────────────

local function argv_of(given)
  if (given.cmd == nil) == (given.argv == nil) then
    error("exec_command needs either 'cmd', a command line, or 'argv', a list of words",
      4)
  end
  if given.cmd and not given.cmd:find "%S" then
    error("exec_command: 'cmd' is empty; say what to run", 4)
  end
  if given.argv and given.argv[1] == "" then
    error("exec_command: the first word of 'argv' is empty; say what to run", 4)
  end
  return given.argv or shell(given.cmd)
end

--- *path* from the folder in which orch-lua was started.
local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return here .. "/" .. path
end

local count = 0

local function new_folder()
  count = count + 1
  local folder = ("%s/%d"):format(folders.runtime(), count)
  local ok, message, name = core.make_folder(folder)
  if not ok then
    failure.refuse("start", "cannot make the folder '%s': %s (%s)", folder, message, name)
  end
  return folder
end

local function keep(path, bytes)
  local ok, message, name = core.write(path, bytes, { atomic = false })
  if not ok then
    failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, name)
  end
end

local function stdin_path(stdin, folder)
  if stdin == nil or stdin == "tty" then return stdin or "null" end
  if stdin.file then return absolute(stdin.file) end
  keep(folder .. "/stdin", stdin.text)
  return folder .. "/stdin"
end

local function describe(spec)
  return core.json_encode {
    argv = core.array(spec.argv), workdir = spec.workdir, tty = spec.tty,
    stdin = spec.stdin, started = core.time(),
  } .. "\n"
end

local function spec_of(given)
  local argv = argv_of(given)
  local folder = new_folder()
  local spec = {
    folder = folder, argv = argv, name = given.name,
    workdir = absolute(given.workdir or here),
    env = environment.of_child(given.env),
    tty = given.tty ~= false, stdin = stdin_path(given.stdin, folder),
    stderr = given.stderr or "merge", rows = given.rows or 24, cols = given.cols or 80,
    lease_ms = 0, deadline_ms = given.deadline_ms or 0, cap = DEFAULT_CAP,
    on_leader_exit = given.on_leader_exit or "kill",
  }
  if spec.stdin == "tty" and not spec.tty then
    error("exec_command: stdin = 'tty' needs tty = true", 4)
  end
  keep(folder .. "/spec", describe(spec))
  return spec
end

-- ── from a session to the user's table ──────────────────────────────────────

local SIGNALS = {
  SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7,
  SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10, SIGSEGV = 11, SIGUSR2 = 12, SIGPIPE = 13,
  SIGALRM = 14, SIGTERM = 15, SIGXCPU = 24, SIGXFSZ = 25, SIGSYS = 31,
}

--- The code of the exit; 128 + the number for a death by signal, as shells say it.
local function exit_code(status)
  if status.signal then return 128 + (SIGNALS[status.signal] or 0) end
  return status.code
end

local function tell(self, max_tokens, began)
  local status = self:refresh()
  local from, ended = self.cursor, self.ended ~= nil
  local read = function(offset, n) return self:read(offset, n) end
  local output, next_offset = view.show(read, from, status.bytes, max_tokens, ended)
  self.cursor = next_offset
  local state, reason = self:outcome()
  if ended then known[self.id] = nil end
  return {
    output = output, wall_time = (core.now() - began) / 1000,
    original_token_count = view.tokens(status.bytes - from),
    state = state, reason = reason, exit_code = exit_code(status),
    session_id = not ended and self.id or nil, signal = status.signal, next = next_offset,
    dropped = status.dropped ~= 0 and status.dropped or nil,
  }
end

local Turn = {}

function Turn.__close(turn)
  turn.session.busy = false
  turn.session.turn:signal()
end

--- Hold *self* for one caller at a time; the next waits for its turn.
local function take_turn(self)
  self.turn = self.turn or task.condition()
  while self.busy do self.turn:wait() end
  self.busy = true
  return setmetatable({ session = self }, Turn)
end

local function raise_if_not_started(self)
  local status = self.status
  if self.ended and status.ended_by == "start" then
    known[self.id] = nil
    failure.refuse("start", "%s", self:start_error())
  end
end

-- ── the two primitives ──────────────────────────────────────────────────────

--- Run a command.  See types.lua for the fields.  Return { output, wall_time (seconds),
-- original_token_count, state, exit_code or session_id, signal, next }.  A command that
-- cannot start raises a failure with the cause `start`.
function exec_command.exec_command(given)
  fields.check("exec_command", given, START, 2)
  local began = core.now()
  local self = session.start(spec_of(given))
  self.command = given.cmd or table.concat(given.argv, " ")
  known[self.id] = self
  local _ <close> = take_turn(self)
  self:settle(given.yield_time_ms or 10000)
  raise_if_not_started(self)
  return tell(self, given.max_output_tokens or 10000, began)
end

local function live_ids()
  local ids = {}
  for id in pairs(known) do ids[#ids + 1] = id end
  table.sort(ids)
  return #ids == 0 and "none is running" or "running: " .. table.concat(ids, ", ")
end

local function type_into(self, chars)
  if chars == "" or self:refresh() and self.ended then return end
  if chars == INTERRUPT then
    self:interrupt()
  elseif self.spec.stdin ~= "tty" then
    error(("session %d reads no terminal: start it with stdin = 'tty' to type into it")
      :format(self.id), 4)
  else
    local ok, reason = self:write(chars)
    if not ok and self.status.state == "running" then
      error(("session %d: %s"):format(self.id, reason), 4)
    end
  end
end

--- Type *chars* into a session, or poll it when they are empty; wait `yield_time_ms`
-- (default 250) for its output.  Returns what exec_command returns.
function exec_command.write_stdin(given)
  fields.check("write_stdin", given, TYPE, 2)
  if given.session_id == nil then
    error("write_stdin needs 'session_id': what exec_command returned", 2)
  end
  local began = core.now()
  local self = known[given.session_id]
  if not self then
    error(("no session has the id %s: an id is forgotten once its exit was told; %s")
      :format(tostring(given.session_id), live_ids()), 2)
  end
  local _ <close> = take_turn(self)
  type_into(self, given.chars or "")
  self:settle(given.yield_time_ms or 250)
  return tell(self, given.max_output_tokens or 10000, began)
end

return exec_command
