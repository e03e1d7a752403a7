--- Many readers, one writer: where a worker works and what it may edit there.
--
-- A worker that may edit holds the workspace alone: against the other workers of this
-- run, and by a lock file against those of every other orch-lua process.

local core = require "orch.core"
local failure = require "orch.failure"
local folders = require "orch.folders"
local paths = require "orch.paths"
local task = require "orch.task"

local workspace = {}

local KEPT_OUT = {
  [".git"] = true, [".orch-lua"] = true, [".claude"] = true, [".codex"] = true,
}
local LOOK_AGAIN_MS = 250

local Place = {}
Place.__index = Place

local writing = {}             -- folder -> condition of the writer inside

local function path_of(value)
  if type(value) == "table" and type(value.path) == "string" then return value.path end
  if type(value) == "string" and value ~= "" then return value end
end

local function each_path(edit)
  if path_of(edit) or type(edit) ~= "table" then edit = { edit } end
  local list = {}
  for i, value in ipairs(edit) do list[i] = path_of(value) or false end
  return list
end

local function refused_part(path)
  for part in path:gmatch "[^/]+" do
    if KEPT_OUT[part] then return part end
  end
end

--- The deepest folder that holds every path.
local function common_folder(list)
  local folder = core.stat(list[1], true)
  folder = folder and folder.type == "folder" and list[1] or paths.parent(list[1])
  for _, path in ipairs(list) do
    while not paths.inside(path, folder) do folder = paths.parent(folder) end
  end
  return folder
end

--- The scope of a worker: *kind* of its template ("read-only", "edit") and the paths that
-- *edit* names, which may not exist yet.  Return { kind, paths, folder, text }, or nil
-- and what is wrong.
function workspace.scope(kind, edit)
  local here = paths.resolve "."
  if kind ~= "edit" then
    if edit ~= nil then
      return nil, "its template is " .. kind .. " and takes no 'edit'"
    end
    return { kind = kind, paths = {}, folder = here, text = kind }
  end
  local list = each_path(edit)
  if #list == 0 then return nil, "it needs 'edit': the paths that it may edit" end
  for i, path in ipairs(list) do
    if not path then return nil, "'edit' must be a path or a list of paths" end
    list[i] = paths.resolve(path)
    local part = refused_part(list[i])
    if part then
      return nil, ("nobody may edit '%s': it lies in %s"):format(path, part)
    end
  end
  local common = common_folder(list)
  local folder = paths.inside(common, here) and here or common
  local shown = {}
  for i, path in ipairs(list) do shown[i] = paths.relative(path, folder) end
  return { kind = kind, paths = list, folder = folder,
    text = "may edit " .. table.concat(shown, ", ") }
end

local function lock_file(folder)
  local locks = folders.runs() .. "/.locks"
  core.make_folder(locks, { parents = true })
  return locks .. "/" .. core.hash(folder):sub(1, 32)
end

local function become_writer(folder, waits)
  while writing[folder] do
    waits "the writer of this run"
    writing[folder]:wait()
  end
  writing[folder] = task.condition()
  local path = lock_file(folder)
  local lock, message, name = core.lock(path)
  while not lock and name == "EWOULDBLOCK" do
    waits "a writer of another run"
    task.sleep(LOOK_AGAIN_MS)
    lock, message, name = core.lock(path)
  end
  if not lock then
    failure.refuse("environment", "cannot lock '%s': %s (%s)", path, message, name)
  end
  return lock
end

--- Enter the workspace of *scope* and return a place with its `folder`, to be closed when
-- the worker has ended.  A writer waits until no other writes; *waits* is told for what.
function workspace.enter(scope, waits)
  local place = setmetatable({ folder = scope.folder }, Place)
  if scope.kind == "edit" then
    place.root = scope.folder
    -- When the wait is cut short, nobody may find the workspace taken.
    local _ <close> = setmetatable({}, {
      __close = function() if not place.lock then place:close() end end,
    })
    place.lock = become_writer(scope.folder, waits)
  end
  return place
end

--- Leave; the next writer may enter.
function Place:close()
  local condition = self.root and writing[self.root]
  if self.lock then core.unlock(self.lock) end
  self.lock = nil
  if condition then
    writing[self.root] = nil
    condition:signal()
  end
  self.root = nil
end

Place.__close = Place.close

return workspace
