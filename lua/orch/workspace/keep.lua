--- Keeps what a worker has changed, in its folder: a list and a patch, for the user and
--- for a later execution of the script.

local core = require "orch.core"
local failure = require "orch.failure"

local function check(what, path, ok, message, name)
  if ok then return end
  failure.refuse("disk", "cannot %s '%s': %s (%s)", what, path, message, name)
end

--- A change in place outlives a power cut, as the record will that says it was made; what
-- is in a tree of its own is safe as a snapshot.
local function sync(path)
  local found = core.stat(path)
  if found and found.type == "file" then check("sync", path, core.sync(path)) end
end

local function list_of(self, changes)
  local where, list = self.tree and self.tree.folder or self.root, core.array {}
  for i, change in ipairs(changes) do
    local path = where .. "/" .. change.path
    local bytes = change.after and core.read(path)
    if not self.tree then sync(path) end
    list[i] = { path = change.path, before = change.before, after = change.after,
      hash = bytes and core.hash(bytes) or nil }
  end
  return list
end

--- Keep the *changes* of the place *self* from its tree `before` to *after*, and a patch
-- of them without the paths of the list *without*.
local function keep(self, changes, after, without)
  local store, folder = self.workspace.store, self.record.folder
  core.make_folder(folder, { parents = true })
  local list = core.json_encode({ root = self.root, before = self.before, after = after,
    changes = list_of(self, changes), tree = self.tree and true }, { pretty = true })
  local path = folder .. "/changes.json"
  check("write", path, core.write(path, list .. "\n", { durable = true }))
  local patch = store:patch(self.before, after, without)
  if not patch then return end
  self.record.patch = folder .. "/changes.patch"
  check("write", self.record.patch,
    core.write(self.record.patch, patch, { durable = true }))
  self.record.undo = store:undo_command(self.record.patch)
end

return keep
