--- Where a branch of the script works: in the workspace itself, or, if it is one of
-- several branches and writes, in a work tree of its own.
--
-- Which it is depends on the script's structure, never on what happens to run: the top
-- of the script works in place, and every item of a fan-out that writes gets a tree made
-- from the snapshot that all items of this fan-out share.

local core = require "orch.core"
local task = require "orch.task"

local worktree = {}

local opened = {}              -- root -> branch -> work tree
local bases = {}               -- root -> fan-out -> the tree from which its items start
local opening = {}             -- root -> condition of the task that opens one
local count = 0

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

local function base_of(workspace, branch, parent, waits)
  local root = workspace.root
  bases[root] = bases[root] or {}
  local fan = fan_of(branch)
  if not bases[root][fan] then
    bases[root][fan] = parent and workspace.store:take(parent)
      or workspace:still(waits, function() return workspace.store:take() end)
  end
  return bases[root][fan]
end

local function make(workspace, tree, parent)
  count = count + 1
  local folder = ("%s/trees/%d"):format(workspace.run.folder, count)
  core.make_folder(workspace.run.folder .. "/trees")
  local self = workspace.store:check_out(tree, folder,
    parent and parent.folder or workspace.root)
  self.root, self.base, self.tree, self.parent = workspace.root, tree, tree, parent
  self.workspace, self.records = workspace, {}
  return self
end

local function open(workspace, branch, waits)
  local root = workspace.root
  opened[root] = opened[root] or {}
  if not opened[root][branch] then
    local above = parent_of(branch)
    local parent = above ~= "" and open(workspace, above, waits) or nil
    local self = make(workspace, base_of(workspace, branch, parent, waits), parent)
    self.branch = branch
    opened[root][branch] = self
  end
  return opened[root][branch]
end

--- The work tree of *branch* in *workspace*, made if need be; *waits* is told for whom it
-- waits.
function worktree.open(workspace, branch, waits)
  local root = workspace.root
  while opening[root] do opening[root]:wait() end
  local turn = task.condition()
  opening[root] = turn
  local _ <close> = setmetatable({}, { __close = function()
    opening[root] = nil
    turn:signal()
  end })
  return open(workspace, branch, waits)
end

--- A tree that belongs to no branch and is thrown away: a copy of what *branch* sees.
function worktree.scratch(workspace, branch)
  local parent = worktree.find(workspace.root, branch)
  local self = make(workspace, workspace.store:take(parent), parent)
  self.scratch = true
  return self
end

--- Forget a work tree and remove its folder.
function worktree.drop(self)
  if not self.scratch then opened[self.root][self.branch] = nil end
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
