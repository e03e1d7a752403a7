--- Snapshots where there is no git: the hash of every file, within bounds.
--
-- It has the methods of snapshot.lua, but keeps no contents: it tells what has changed
-- and makes copies, and can neither write patches nor merge.

local core = require "orch.core"
local failure = require "orch.failure"
local folders = require "orch.folders"
local git = require "orch.workspace.git"
local text = require "orch.text"

local manifest = {}

local MOST_FILES, MOST_BYTES = 5000, 64 * 1024 * 1024

local Manifest = {}
Manifest.__index = Manifest

--- Note what is at *path* in state.tree; false when it is too much.
local function note(self, state, folder, path)
  local full = folder .. "/" .. path
  local found = core.stat(full)
  if not found or self.own[full] then return true end
  if found.type == "folder" then
    for _, name in ipairs(core.list(full) or {}) do
      if name ~= ".git" and not note(self, state, folder, path .. "/" .. name) then
        return false
      end
    end
  elseif found.type == "link" then
    state.tree[path] = { id = "link " .. (core.link_target(full) or "") }
  elseif found.type == "file" then
    state.files, state.bytes = state.files + 1, state.bytes + found.size
    if state.files > MOST_FILES or state.bytes > MOST_BYTES then return false end
    local bytes = core.read(full)
    state.tree[path] = bytes and { mode = found.mode & 511,
      id = ("%o %s"):format(found.mode & 64, core.hash(bytes)) }
  end
  return true
end

local function look(self, folder)
  local state = { tree = {}, files = 0, bytes = 0 }
  for _, name in ipairs(core.list(folder) or {}) do
    if name ~= ".git" and not note(self, state, folder, name) then return nil end
  end
  return state.tree
end

--- Open it for the workspace *root*.  Return it, or nil and why it cannot be watched.
function manifest.open(root)
  local self = setmetatable({ root = root, own = {} }, Manifest)
  for _, folder in ipairs { folders.runs(), folders.runtime() } do
    self.own[core.real_path(folder) or folder] = true
  end
  if look(self, root) then return self end
  return nil, ("it holds more than %d files or %d MiB, and there is no git")
    :format(MOST_FILES, MOST_BYTES // 1048576)
end

function Manifest:take(place)
  local tree = look(self, place and place.folder or self.root)
  if tree then return tree end
  failure.refuse("environment", "'%s' has become too large to be watched", self.root)
end

function Manifest.changes(_, before, after)
  local list = {}
  local both = setmetatable({}, { __index = before })
  for path in pairs(before) do both[path] = true end
  for path in pairs(after) do both[path] = true end
  for path in text.sorted_pairs(both) do
    local old, new = before[path], after[path]
    if (old and old.id) ~= (new and new.id) then
      list[#list + 1] = { path = path, before = old and old.id, after = new and new.id }
    end
  end
  return list
end

function Manifest.must_see() return false end

function Manifest.patch() return nil end

function Manifest.take_back() return false end

function Manifest.merge() return nil end

function Manifest.has() return false end

function Manifest.place_of() return nil end

--- Make a copy of *tree*, which *from* holds, in the new folder *folder*.
function Manifest.check_out(_, tree, folder, from)
  assert(core.make_folder(folder, { parents = true }))
  for path, entry in text.sorted_pairs(tree) do
    local target = folder .. "/" .. path
    core.make_folder(target:match "^(.*)/", { parents = true })
    local link = entry.id:match "^link (.*)$"
    if link then
      git.execute({ "ln", "-s", "--", link, target }, folder)
    else
      core.write(target, core.read(from .. "/" .. path) or "",
        { mode = entry.mode, atomic = false })
    end
  end
  return { folder = folder }
end

return manifest
