--- `--detach`: the run goes on in the background, and the terminal is free.
--
-- The same command line is started once more, as a program of its own that is told the
-- run's id.  It is left alone when its script has got to work: what is wrong with the
-- words, the script or the machine shows before, and is told here.

local beginning = require "orch.run.beginning"
local core = require "orch.core"
local folders = require "orch.folders"
local say = require "orch.cli.say"
local summary = require "orch.run.summary"
local task = require "orch.task"
local text = require "orch.text"
local width = require "orch.progress.width"

local detach = {}

local PATIENCE_MS = 10000      -- a script that computes first is left alone after that
local LOOK_AGAIN_MS = 200      -- the file is closed a moment before its lock is free
local LOG_MAX = 64 * 1024
local KEYS = { "detach", "detached", "line" }

--- Take what concerns this file out of the options of orch-lua, so that the run does not
-- keep it.  Return { wanted = whether to detach, id = of the run that this process is the
-- background of, line = the words of the command line }.
function detach.take(globals)
  local found = { id = globals.detached, line = globals.line }
  found.wanted = globals.detach and not found.id
  for _, key in ipairs(KEYS) do globals[key] = nil end
  return found
end

--- What is wrong with the background process for *spec*, or nil: "last" may mean another
-- run by now than it did at the user's terminal.
function detach.mistake(spec)
  local id = spec.resume and spec.resume.folder:match "[^/]*$"
  if not spec.id or not id or id == spec.id then return nil end
  return ("run %s was to be resumed, but its name means %s now"):format(spec.id, id)
end

-- ── starting it ─────────────────────────────────────────────────────────────

-- What differs when the summary has been written anew.
local function mark_of(folder)
  local found = core.stat(folder .. "/summary.json")
  return found and found.inode
end

local function start(line, folder)
  local self = { folder = folder, log = folder .. "/log", id = folder:match "[^/]*$" }
  local done, message = core.make_folder(folder, { parents = true })
  if not done then return nil, message end
  self.before = mark_of(folder)
  local old = core.stat(self.log)
  self.offset = old and old.size or 0
  local argv = { core.host().program, "--detached", self.id }
  done, message = core.detach(table.move(line, 1, #line, 4, argv), self.log)
  if not done then return nil, message end
  return self
end

-- The summary that the background has written, or nil.
local function news_of(self)
  local mark = mark_of(self.folder)
  return mark and mark ~= self.before and summary.read(self.folder) or nil
end

-- Wait until it is at work or has ended.  Return its summary and whether it lives.
local function settle(self)
  local watch, last = core.watch(self.folder), core.now() + PATIENCE_MS
  while true do
    local lives = core.locked(self.log)
    local found = news_of(self)
    local at_work = found and (found.list[1] or found.steps[1])
    if not lives or at_work or core.now() >= last then
      core.release(watch)
      return found, lives
    end
    task.wait(watch, LOOK_AGAIN_MS)
  end
end

-- ── telling of it ───────────────────────────────────────────────────────────

local function calls(id, lives)
  local list = {
    { "show " .. id, "how it is doing, and its result" },
    { "logs -f " .. id, "what its workers print" },
    { "resume " .. id, "go on, should it be cut short" },
  }
  if lives then table.insert(list, 3, { "stop " .. id, "end it" }) end
  local lines = {}
  for i, call in ipairs(list) do
    lines[i] = ("  orch-lua %s  %s"):format(width.pad(call[1], #id + 8), call[2])
  end
  return table.concat(lines, "\n")
end

local function tell(self, found, lives, globals)
  if globals.json then
    return say.out(core.json_encode { id = self.id, folder = self.folder })
  elseif globals.quiet then
    return say.out(self.id)
  end
  local how = lives and "goes on in the background"
    or "has ended: " .. (found and found.state or "see its log")
  return say.out(("run %s %s\n%s"):format(self.id, how, calls(self.id, lives)))
end

-- It came to nothing: show why where the user sees it, and leave no trace.
local function give_up(self, code, resumed)
  local log = core.read(self.log, self.offset, LOG_MAX) or ""
  if not log:find "%S" then log = "orch-lua: the run ended before it began\n" end
  core.output(2, text.clean(log))
  if not resumed then core.remove(self.folder, { tree = true }) end
  return code
end

--- Start the run of *spec* in the background: *line* is the command line that asks for
-- it.  Return the exit code.
function detach.start(spec, line, globals)
  if globals.dry_run then
    return say.fail(2, "--dry-run starts nothing that could be detached")
  end
  local resumed = spec.resume and spec.resume.folder
  local folder = resumed or folders.runs() .. "/" .. beginning.new_id(spec.name)
  local self, message = start(line, folder)
  if not self then
    if not resumed then core.remove(folder, { tree = true }) end
    return say.fail(5, ("cannot detach: %s"):format(message))
  end
  local found, lives = table.unpack(task.main(function()
    return table.pack(settle(self))
  end), 1, 2)
  local code = found and found.code or 5
  if not lives and (code == 2 or code == 5) then return give_up(self, code, resumed) end
  return tell(self, found, lives, globals)
end

return detach
