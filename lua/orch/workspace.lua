--- Many readers, one writer: where a worker works and what it may edit there.
--
-- A single writer edits in place after a snapshot, and holds the workspace alone; one of
-- several branches works in a tree of its own, which is taken over when the fan-out
-- returns.  A reader that could write is watched; one that its agent confines costs
-- nothing.

local Place = require "orch.workspace.place"
local core = require "orch.core"
local failure = require "orch.failure"
local landing = require "orch.workspace.landing"
local lock = require "orch.workspace.lock"
local opened = require "orch.workspace.opened"
local repository = require "orch.workspace.repository"
local session = require "orch.session"
local task = require "orch.task"
local worktree = require "orch.workspace.worktree"

local workspace = { scope = require "orch.workspace.scope".of }

--- The script has ended, *well* or not: look at what was not looked at, and tidy up.
local function finish(run, well)
  if session.are_left() then return end
  for _, place in ipairs(workspace.left(run)) do place:settle_late() end
  for _, tree in ipairs(worktree.forget()) do
    for _, record in ipairs(tree.records) do
      if record.state == "ok" then
        run:tell("warning", ("what %s changed was not taken over; it is kept in '%s'")
          :format(record.label, record.patch or record.folder .. "/changes.json"))
        record.changed = nil
      end
    end
  end
  if not run.needs_trees then core.remove(run.folder .. "/trees", { tree = true }) end
  if well and not run.needs_snapshots then
    core.remove(run.folder .. "/snapshots", { tree = true })
  end
end

--- The writers of *run* that were cut short and not looked at since.
function workspace.left(run)
  local list = {}
  for _, self in pairs(run.workspaces or {}) do
    table.move(self.left, 1, #self.left, #list + 1, list)
    self.left = {}
  end
  return list
end

local function open(run, root)
  if not run.workspaces then
    run.endings[#run.endings + 1] = function(well) finish(run, well) end
  end
  return opened.get(run, root)
end

local function enter_in_place(place, waits)
  local own = place.workspace
  place.lock = lock.take(place.root, waits)
  local left = own.left
  own.left = {}
  for _, other in ipairs(left) do other:settle_late() end
end

local function enter_to_write(place, waits)
  local own = place.workspace
  local ignored = own.store and own.store:must_see(place.scope.paths)
  if task.branch() ~= "" and own.store and not ignored then
    place.tree = worktree.open(own, task.branch(), waits)
  else
    enter_in_place(place, waits)
  end
  place:watch()
end

local function enter_scratch(place)
  local own = place.workspace
  if not own.store then
    failure.refuse("environment", "there can be no throw-away copy of '%s'", place.root)
  end
  place.scratch = true
  place.tree = worktree.scratch(own, task.branch())
  place:watch()
end

--- Enter the workspace for the worker *record* of *run*: { run, scope, agent, record,
-- waits }.  Return a place: its `folder` is where to work, `words` gives the brief for
-- it, `settle` judges what was changed; it is to be closed.  A writer waits until no
-- other writes; waits(what) is told for what.
function workspace.enter(given)
  local scope = given.scope
  local place = setmetatable({ run = given.run, scope = scope, record = given.record,
    root = repository.root(scope.folder), writes = scope.kind == "edit" }, Place)
  local done
  local _ <close> = setmetatable({}, {
    __close = function() if not done then place:close() end end,
  })
  if scope.kind == "read-only" then
    place.tree = worktree.find(place.root, task.branch())
    if given.agent.sandboxed ~= true then
      place.workspace = open(given.run, place.root)
      place:watch()
    end
  else
    place.workspace = open(given.run, place.root)
    local enter = place.writes and enter_to_write or enter_scratch
    enter(place, given.waits)
  end
  place.folder = place:folder_of(scope.folder)
  done = true
  return place
end

--- Where the running branch sees the folder *folder*, which may be a tree of its own.
function workspace.seen(folder)
  local root = repository.root(folder)
  return setmetatable({ root = root, tree = worktree.find(root, task.branch()) }, Place)
    :folder_of(folder)
end

--- The place of a worker of *scope* that is not run.
function workspace.anywhere(scope)
  return setmetatable({ folder = scope.folder }, Place)
end

--- Make ready for a writer in *branch*, which starts beside the script: it begins with
-- what is there now.
function workspace.prepare(run, scope, branch)
  if scope.kind ~= "edit" or branch == "" then return end
  local own = open(run, repository.root(scope.folder))
  if not own.store or own.store:must_see(scope.paths) then return end
  worktree.open(own, branch, function() end)
end

--- The writer *record* of *scope* has answered before, in an earlier execution of *run*:
-- what it wrote in a tree of its own is there again, to be taken over if it was not.
function workspace.recall(run, scope, record)
  local branch = task.branch()
  if scope.kind ~= "edit" or branch == "" then return end
  local bytes = core.read(record.folder .. "/changes.json")
  local kept = bytes and core.json_decode(bytes)
  if type(kept) ~= "table" or not kept.tree then return end
  worktree.recall(open(run, kept.root), branch, kept.after, record)
end

--- Take over what *branch* wrote; see landing.lua.
workspace.land = landing.land

return workspace
