--- `orch-lua attach RUN WORKER`: watch one worker's terminal, and answer what asks there.
--
-- It looks on: the run does not notice that somebody comes or goes.  The user's terminal
-- is as it was whatever ends this.

local awaiting_input = require "orch.session.awaiting_input"
local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local screen = require "orch.cli.screen"
local silence = require "orch.session.silence"
local task = require "orch.task"

local attach = {
  usage = "attach RUN WORKER",
  summary = "Watch a worker's terminal, and answer what asks there.",
  help = "Ctrl-] leaves, and the worker goes on; so does Ctrl-C, unless the worker is\n"
    .. "interactive.  What is typed while nothing reads it is dropped.",
}

local LEAVE, INTERRUPT = "\29", "\3"
local HISTORY = 8192           -- bytes from before that are shown
local PIECE = 65535
local LOOK_AGAIN_MS = 200      -- its keeper's lock gives no sign
local SIGNALS = { INT = 130, TERM = 143, HUP = 129 }

local function note(self, sentence)
  self.screen:close()
  core.output(2, ("[%s]\n"):format(sentence))
end

-- ── what is typed ───────────────────────────────────────────────────────────

-- Whether the worker's own stdin is the terminal, not a file.
local function is_interactive(pid)
  local stdin = pid and core.link_target(("/proc/%d/fd/0"):format(pid)) or ""
  return stdin:find "^/dev/pts/" ~= nil
end

-- Its engine may look where we may not.
local function engine_says(self)
  local worker = chosen.worker(runs.read(self.run.path), self.worker.label)
  local waits_for = worker and worker.state == "waiting" and worker.waits_for or ""
  return waits_for:sub(1, #silence.REASON) == silence.REASON
end

local function is_read(self, pid)
  return pid and (is_interactive(pid) or awaiting_input.of(pid)) or engine_says(self)
end

local function type_into(self, bytes)
  local pid = core.status(self.handle).pid
  if bytes == "" then return end
  if is_read(self, pid) then
    core.give(self.handle, bytes)
  elseif not self.told then
    self.told = true
    note(self, ("nothing in %s reads what is typed; Ctrl-] leaves")
      :format(self.worker.label))
  end
end

-- Take what was typed.  Return whether the user leaves.
local function take_input(self)
  while true do
    local bytes = core.read("/dev/stdin", 0, PIECE)
    if not bytes then return true end                    -- the terminal is gone
    if bytes == "" then return false end
    local leaves = bytes:find(LEAVE, 1, true)
    local pid = core.status(self.handle).pid
    if not leaves and not is_interactive(pid) then
      leaves = bytes:find(INTERRUPT, 1, true)
    end
    type_into(self, leaves and bytes:sub(1, leaves - 1) or bytes)
    if leaves then return true end
  end
end

-- ── what is shown ───────────────────────────────────────────────────────────

local function show_new(self)
  while true do
    local bytes = core.take(self.handle, self.offset, PIECE) or ""
    if bytes == "" then return end
    self.offset = self.offset + #bytes
    self.screen:show(bytes)
  end
end

local function watch_signals(self)
  core.catch_signals()
  self.signalled = task.condition()
  task.service(function()
    while true do
      local name = task.wait { "INT", "TERM", "HUP" }
      self.signal = name
      self.signalled:signal()
    end
  end)
end

-- Show what comes until the end, or until the user leaves.  Return the exit code.
local function watch(self)
  watch_signals(self)
  while true do
    local state = core.status(self.handle).state
    show_new(self)
    if state == "ended" or state == "lost" then
      note(self, self.worker.label .. " has ended")
      return 0
    end
    if self.signal then return SIGNALS[self.signal] end
    if take_input(self) then
      note(self, ("left %s, which goes on"):format(self.worker.label))
      return 0
    end
    task.wait { self.handle, "input", self.signalled }
  end
end

-- The living session of *worker*, which may be about to start; or nil.
local function session_of(run, worker)
  local news, told = core.watch(run.path), false
  local _ <close> = setmetatable({}, { __close = function() core.release(news) end })
  while true do
    local now = runs.read(run.path)
    local attempts = runs.attempts(run, worker)
    local last = attempts[#attempts]
    if last and runs.is_living(last.folder) then return last.folder end
    local row = now.alive and chosen.worker(now, worker.label)
    if not row or row.ended then return nil end
    if not told then core.output(2, ("[%s is about to start]\n"):format(worker.label)) end
    told = true
    task.wait(news, LOOK_AGAIN_MS)
  end
end

local function attach_to(run, worker, folder)
  local handle, message = core.attach(folder, "look")
  if not handle then
    return say.fail(5, ("cannot attach to '%s': %s"):format(folder, message))
  end
  local self = { run = run, worker = worker, handle = handle, screen = screen.new() }
  self.offset = math.max(0, core.status(handle).bytes - HISTORY)
  note(self, ("%s of %s; Ctrl-] leaves"):format(worker.label, run.id))
  local raw, why = core.terminal(0, true)
  if not raw then return say.fail(5, "cannot use this terminal: " .. why) end
  local _ <close> = setmetatable({}, { __close = function()
    core.terminal(0, false)
    core.release(handle)
  end })
  return watch(self)
end

function attach.run(given)
  local found, wrong = chosen.words(attach, given, { "RUN", "WORKER" })
  if not found then return say.fail(2, wrong) end
  local run = runs.read(found.path)
  local worker, unknown = chosen.worker(run, found[2])
  if not worker then return say.fail(2, unknown) end
  local name = worker.label:match "^%S+"
  if not core.terminal(0) then
    return say.fail(2, ("attach needs a terminal: orch-lua logs -f %s %s follows it "
      .. "without one"):format(run.id, name))
  end
  return task.main(function()
    local folder = session_of(run, worker)
    if folder then return attach_to(run, worker, folder) end
    return say.fail(2, ("%s does not run: orch-lua logs %s %s shows what it printed")
      :format(worker.label, run.id, name))
  end)
end

return attach
