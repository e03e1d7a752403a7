--- The user's repository, only looked at: where it is, what it ignores, what guards it.
--
-- Nothing of ours is ever written into it; see snapshot.lua.

local core = require "orch.core"
local paths = require "orch.paths"

local repository = {}

local Repository = {}
Repository.__index = Repository

local function first_line(path)
  local bytes = core.read(path, 0, 4096)
  return bytes and bytes:match "^[^\n]*"
end

--- The folder that holds the settings of the repository whose `.git` is *path*, and the
-- one of this work tree, which may be another.
local function own_folders(path)
  local found = core.stat(path, true)
  if found and found.type == "folder" then return path, path end
  local target = (first_line(path) or ""):match "^gitdir: (.*)$"
  if not target then return nil end
  local own = paths.absolute(target, paths.parent(path))
  local common = first_line(own .. "/commondir")
  return common and paths.absolute(common, own) or own, own
end

--- The repository whose work tree is *root*, or nil: there is none, or it belongs to
-- somebody else, whose settings are not to be trusted.
function repository.open(root)
  if not core.stat(root .. "/.git") then return nil end
  local common, own = own_folders(root .. "/.git")
  local found = common and core.stat(common, true)
  if not found or not core.stat(common .. "/objects", true) then return nil end
  if found.uid ~= core.host().uid then return nil end
  return setmetatable({ root = root, common = common, own = own }, Repository)
end

--- The workspace of *folder*: the root of the repository that it lies in, else itself.
function repository.root(folder)
  local path = folder
  while path ~= "/" do
    if repository.open(path) then return path end
    path = paths.parent(path)
  end
  return folder
end

--- The files of the repository that decide what a later git of the user runs, as a list
-- of { path, bytes }.
function Repository:guarded()
  local list = {}
  local function add(path)
    local found = core.stat(path, true)
    if not found or found.type ~= "file" then return end
    local mode = path:find "/hooks/" and ("%o "):format(found.mode & 73) or ""
    list[#list + 1] = { path = path, bytes = mode .. (core.read(path) or "") }
  end
  add(self.common .. "/config")
  add(self.own .. "/config.worktree")
  add(self.common .. "/info/attributes")
  for _, name in ipairs(core.list(self.common .. "/hooks") or {}) do
    if not name:find "%.sample$" then add(self.common .. "/hooks/" .. name) end
  end
  return list
end

--- The paths that differ between two answers of `guarded`.
function repository.differences(before, after)
  local was, now, list = {}, {}, {}
  for _, file in ipairs(before) do was[file.path] = file.bytes end
  for _, file in ipairs(after) do
    now[file.path] = true
    if was[file.path] ~= file.bytes then list[#list + 1] = file.path end
  end
  for _, file in ipairs(before) do
    if not now[file.path] then list[#list + 1] = file.path end
  end
  return list
end

return repository
