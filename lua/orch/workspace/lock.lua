--- One writer at a time per workspace: in this run, and between all orch-lua processes.
--
-- Beside the lock a file names the session that writes.  The lock of an engine that died
-- is free while its writer still writes: that session must have ended, too.

local core = require "orch.core"
local failure = require "orch.failure"
local folders = require "orch.folders"
local task = require "orch.task"

local lock = {}

local LOOK_AGAIN_MS = 250
local LIVE = { queued = true, starting = true, running = true, exited = true }

local Lock = {}
Lock.__index = Lock

local holders = {}             -- folder -> condition of the writer inside

local function path_of(folder)
  local all = folders.runs() .. "/.locks"
  core.make_folder(all, { parents = true })
  return all .. "/" .. core.hash(folder):sub(1, 32)
end

--- Wait until the session that the last writer named has ended, whoever started it.
local function await_session(path, waits)
  local files = core.read(path .. ".writer")
  local handle = files and files ~= "" and core.stat(files .. "/transcript")
    and core.attach(files, "look")
  if not handle then return end
  local _ <close> = setmetatable({}, {
    __close = function() core.release(handle) end,
  })
  while LIVE[core.status(handle).state] do
    waits "a writer that was left behind"
    task.wait(handle, LOOK_AGAIN_MS)
  end
end

local function lock_file(path, waits)
  local handle, message, name = core.lock(path)
  while not handle and name == "EWOULDBLOCK" do
    waits "a writer of another run"
    task.sleep(LOOK_AGAIN_MS)
    handle, message, name = core.lock(path)
  end
  if handle then return handle end
  failure.refuse("environment", "cannot lock '%s': %s (%s)", path, message, name)
end

--- Become the writer of *folder*: wait until nobody else is; *waits* is told for whom.
-- Return a lock, to be closed.
function lock.take(folder, waits)
  while holders[folder] do
    waits "the writer of this run"
    holders[folder]:wait()
  end
  local self = setmetatable({ folder = folder, path = path_of(folder) }, Lock)
  holders[folder] = task.condition()
  -- When the wait is cut short, nobody may find the workspace taken.
  local _ <close> = setmetatable({}, {
    __close = function() if not self.taken then self:close() end end,
  })
  self.handle = lock_file(self.path, waits)
  await_session(self.path, waits)
  self.taken = true
  return self
end

--- Name the session that is to write: the folder *files*.
function Lock:name(files)
  self.named = true
  core.write(self.path .. ".writer", files)
end

--- Free it; the next writer may enter.  With { left = true } the session that it names
-- may still live, and the next one waits for that.
function Lock:close(options)
  local condition = holders[self.folder]
  if self.named and not (type(options) == "table" and options.left) then
    core.write(self.path .. ".writer", "")
  end
  if self.handle then core.unlock(self.handle) end
  self.handle = nil
  if condition and not self.closed then
    holders[self.folder] = nil
    condition:signal()
  end
  self.closed = true
end

Lock.__close = Lock.close

--- A mark that changes whenever a writer enters or leaves *folder*.
function lock.mark(folder)
  local found = core.stat(path_of(folder) .. ".writer")
  return found and ("%d %.6f"):format(found.inode, found.mtime) or ""
end

--- Whether anybody writes in *folder* now.
function lock.is_taken(folder)
  local path = path_of(folder)
  if holders[folder] or not core.stat(path) then return holders[folder] ~= nil end
  local handle = core.lock(path)
  if handle then core.unlock(handle) end
  return handle == nil
end

return lock
