--- The workspaces of a run: each is the root of a repository or a plain folder, with its
--- snapshots, or with the reason why it has none.

local core = require "orch.core"
local failure = require "orch.failure"
local git = require "orch.workspace.git"
local lock = require "orch.workspace.lock"
local manifest = require "orch.workspace.manifest"
local repository = require "orch.workspace.repository"
local snapshot = require "orch.workspace.snapshot"
local task = require "orch.task"

local opened = {}

local Workspace = {}
Workspace.__index = Workspace

local NO_GIT = "there is no git: nothing that a worker changes in '%s' can be taken back "
  .. "by a command, and two changes of one file are a conflict"
local NOT_KEPT = "'%s' is not watched: %s; changes of readers are not noticed, nothing "
  .. "can be taken back, and writers work one after the other"

local function open_store(self)
  local why
  local ok, problem = pcall(function()
    if git.is_there() then
      self.store, why = snapshot.open(self.root, ("%s/snapshots/%s"):format(
        self.run.folder, core.hash(self.root):sub(1, 12)))
    else
      self.store, why = manifest.open(self.root)
      if self.store then self.run:warn_once(NO_GIT:format(self.root)) end
    end
  end)
  if not ok and not failure.is(problem) then error(problem, 0) end
  if not ok then why = problem.reason end
  if not self.store then self.run:warn_once(NOT_KEPT:format(self.root, why)) end
end

--- The workspace *root* of *run*; the first to ask opens it.
function opened.get(run, root)
  run.workspaces = run.workspaces or {}
  local all = run.workspaces
  local self = all[root]
  if self then
    while self.opening do self.opening:wait() end
    return self
  end
  self = setmetatable({ run = run, root = root,
    repository = repository.open(root), opening = task.condition(), left = {} },
    Workspace)
  all[root] = self
  local _ <close> = setmetatable({}, { __close = function()
    local condition = self.opening
    self.opening = nil
    if not self.done then all[root] = nil end
    condition:signal()
  end })
  open_store(self)
  self.done = true
  return self
end

--- Do *fn*(lock) while nobody writes; *waits* is told for whom it waits.
function Workspace:still(waits, fn)
  local held <close> = lock.take(self.root, waits)
  return fn(held)
end

return opened
