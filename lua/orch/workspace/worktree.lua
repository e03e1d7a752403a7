--- Where a branch of the script works: in the workspace itself, or, if it is one of
-- several branches and writes, in a work tree of its own.
--
-- Which it is depends on the script's structure, never on what happens to run: the top
-- of the script works in place, and every item of a fan-out that writes gets a tree made
-- from the snapshot that all items of this fan-out share.

local core = require "orch.core"
local failure = require "orch.failure"
local task = require "orch.task"

local worktree = {}

local opened = {}              -- root -> branch -> work tree
local bases = {}               -- root -> fan-out -> the tree from which its items start
local opening = {}             -- root -> condition of the task that opens one
local scratches = 0

local function parent_of(branch)
  return branch:match "^(.*)/[^/]*$" or ""
end

local function fan_of(branch)
  return branch:match "^(.*)%.%d+$"
end

--- The work tree in which *branch* works in the workspace *root*: its own or the nearest
-- one above, nil in the workspace itself.
function worktree.find(root, branch)
  local known = opened[root] or {}
  while branch ~= "" do
    if known[branch] then return known[branch] end
    branch = parent_of(branch)
  end
end

--- The work trees of exactly *branch*, one for each workspace, in order of these.
function worktree.of_branch(branch)
  local list = {}
  for _, known in pairs(opened) do list[#list + 1] = known[branch] end
  table.sort(list, function(a, b) return a.root < b.root end)
  return list
end

--- The path without its ending for what is kept of *branch* in the workspace.
local function path_of(workspace, branch)
  local trees = workspace.run.folder .. "/trees"
  core.make_folder(trees)
  return ("%s/%s-%s"):format(trees, branch:gsub("/", "_"),
    core.hash(workspace.root):sub(1, 8))
end

--- The tree that all items of the fan-out of *branch* begin with: the one of an earlier
-- execution, or the workspace as it is now.
local function base_of(workspace, branch, parent, waits)
  local root = workspace.root
  bases[root] = bases[root] or {}
  local fan = fan_of(branch)
  if bases[root][fan] then return bases[root][fan] end
  local run = workspace.run
  local base = run.past and run.past:base(fan, root)
  if not base then
    base = parent and workspace.store:take(parent)
      or workspace:still(waits, function() return workspace.store:take() end)
    if type(base) == "string" then
      run.journal:write { kind = "base", fan = fan, root = root, tree = base }
    end
  end
  bases[root][fan] = base
  return base
end

--- The work tree in *folder*, made of *tree* if an earlier execution has not left it.
-- One that was left before the machine was switched off may not be whole.
local function make(workspace, tree, parent, folder)
  local store = workspace.store
  local ready, boot = folder .. ".ready", core.host().boot
  local self = workspace.run.past and core.read(ready) == boot and core.stat(folder)
    and store:place_of(folder)
  if not self then
    core.remove(folder, { tree = true })
    self = store:check_out(tree, folder, parent and parent.folder or workspace.root)
    core.write(ready, boot)
    self.made = true
  end
  self.root, self.parent = workspace.root, parent
  self.workspace, self.records = workspace, {}
  return self
end

local function open(workspace, branch, waits, written)
  local root = workspace.root
  opened[root] = opened[root] or {}
  if not opened[root][branch] then
    local above = parent_of(branch)
    local parent = above ~= "" and open(workspace, above, waits) or nil
    local base = base_of(workspace, branch, parent, waits)
    local self = make(workspace, written or base, parent, path_of(workspace, branch))
    self.branch, self.base, self.tree = branch, base, base
    opened[root][branch] = self
  end
  return opened[root][branch]
end

--- The work tree of *branch* in *workspace*, made if need be; *waits* is told for whom it
-- waits.  *written* is the tree that it holds when it was written in before.
function worktree.open(workspace, branch, waits, written)
  local root = workspace.root
  if not workspace.store then
    failure.refuse("environment", "there can be no work tree of '%s'", root)
  end
  while opening[root] do opening[root]:wait() end
  local turn = task.condition()
  opening[root] = turn
  local _ <close> = setmetatable({}, { __close = function()
    opening[root] = nil
    turn:signal()
  end })
  return open(workspace, branch, waits, written)
end

local function nothing() end

--- Let *self*, which was made of what the writer before has left, hold *written*.
local function renew(self, written)
  core.remove(self.folder, { tree = true })
  self.workspace.store:check_out(written, self.folder)
end

--- The writer *record* wrote in *branch* before, up to the tree *written*.  If that was
-- taken over, it is a part of the branch above.
function worktree.recall(workspace, branch, written, record)
  local past, above = workspace.run.past, parent_of(branch)
  if not past:has_landed(branch, workspace.root) then
    local self = worktree.open(workspace, branch, nothing, written)
    if self.made and self.tree ~= self.base then renew(self, written) end
    self.tree, self.records[#self.records + 1] = written, record
  elseif above ~= "" and not past:has_landed(above, workspace.root) then
    local parent = worktree.open(workspace, above, nothing)
    parent.tree = workspace.store:take(parent)
    parent.records[#parent.records + 1] = record
  end
end

--- A tree that belongs to no branch and is thrown away: a copy of what *branch* sees.
function worktree.scratch(workspace, branch)
  local parent = worktree.find(workspace.root, branch)
  scratches = scratches + 1
  local folder = ("%s-%d"):format(path_of(workspace, "scratch"), scratches)
  core.remove(folder .. ".ready")
  local self = make(workspace, workspace.store:take(parent), parent, folder)
  self.scratch = true
  return self
end

--- Forget a work tree and remove its folder.
function worktree.drop(self)
  if not self.scratch then opened[self.root][self.branch] = nil end
  core.remove(self.folder .. ".ready")
  core.remove(self.folder, { tree = true })
end

--- Forget all of them; return those in which somebody wrote, in order of branches.
function worktree.forget()
  local left = {}
  for _, known in pairs(opened) do
    for _, self in pairs(known) do
      if self.tree ~= self.base then left[#left + 1] = self end
    end
  end
  table.sort(left, function(a, b)
    return a.branch == b.branch and a.root < b.root or a.branch < b.branch
  end)
  opened, bases = {}, {}
  return left
end

return worktree
