--- Takes what the branches of a fan-out wrote over into the place that they came from.
--
-- For each path the place holds what the branch began with, or what it made of it, or
-- something that both can be merged into; else it is a conflict and nothing of this
-- branch is taken over.  What is going to be written is recorded first.

local core = require "orch.core"
local failure = require "orch.failure"
local git = require "orch.workspace.git"
local paths = require "orch.paths"
local text = require "orch.text"
local worktree = require "orch.workspace.worktree"

local landing = {}

local REGULAR = { ["100644"] = true, ["100755"] = true }

-- What is at *path*: its bytes and mode, or the target of a link, or nil.
local function content(path)
  local found = core.stat(path)
  if not found then return nil end
  if found.type == "link" then return { link = core.link_target(path) } end
  if found.type ~= "file" then return nil end
  return { bytes = core.read(path), mode = found.mode & 511 }
end

local function hash_of(piece)
  if not piece then return nil end
  return core.hash(piece.link and "link " .. piece.link or piece.bytes or "")
end

--- Whether *path* can be written in *folder* without leaving it through a link.
local function is_reachable(folder, path)
  for at in path:gmatch "()/" do
    local found = core.stat(folder .. "/" .. path:sub(1, at - 1))
    if found and found.type ~= "folder" then return false end
  end
  local found = core.stat(folder .. "/" .. path)
  return not found or found.type == "file" or found.type == "link"
end

--- What *change* of the branch means for a place that has *other* of the same path:
-- a piece to write, false to remove the path, nil when nothing is to be done; or nil and
-- true for a conflict.
local function merged(self, change, other)
  local mine = content(self.folder .. "/" .. change.path)
  if not other then return change.after and mine or false end
  if other.after == change.after then return nil end
  local files = change.before and change.after and other.after
    and REGULAR[change.mode] and REGULAR[other.mode]
  local bytes = files
    and self.workspace.store:merge(change.before, other.after, change.after)
  if not bytes then return nil, true end
  return { bytes = bytes, mode = mine and mine.mode }
end

--- The steps that take over the changes of *self* in the folder *target*, whose own
-- changes since the snapshot are *others*; or nil and the paths in conflict.
local function plan(self, changes, others, target)
  local by_path, steps, conflicts = {}, {}, {}
  for _, other in ipairs(others) do by_path[other.path] = other end
  for _, change in ipairs(changes) do
    local piece, conflict = merged(self, change, by_path[change.path])
    if conflict or not is_reachable(target, change.path) then
      conflicts[#conflicts + 1] = change.path
    elseif piece ~= nil then
      local old = content(target .. "/" .. change.path)
      steps[#steps + 1] = { path = change.path, piece = piece,
        before = hash_of(old), after = piece and hash_of(piece) or nil }
    end
  end
  if conflicts[1] then return nil, conflicts end
  return steps
end

--- Record what is going to be written: a later execution finishes what this one cannot.
local function record(self, steps, target)
  local list = core.array {}
  for i, step in ipairs(steps) do
    list[i] = { path = step.path, before = step.before, after = step.after }
  end
  self.workspace.run.journal:write({ kind = "landing", branch = self.branch,
    root = self.root, folder = target, changes = list }, { durable = true })
end

-- A file is written under such a name beside its own first.
local BESIDE = "^%.%x%x%x%x%x%x%x%x~$"

--- Remove what an engine that was killed while it wrote a file has left beside it, for
-- all that *past*, the records of its run, says was to be written.
function landing.clear(past)
  for _, begun in text.sorted_pairs(past.landings) do
    for _, change in ipairs(not begun.landed and begun.changes or {}) do
      local path = begun.folder .. "/" .. change.path
      local folder, name = path:match "^(.*)/([^/]*)$"
      for _, other in ipairs(core.list(folder) or {}) do
        local ours = other:sub(1, #name) == name and other:find(BESIDE, #name + 1)
        if ours then core.remove(folder .. "/" .. other) end
      end
    end
  end
end

--- The *changes* that an earlier execution has not written yet, and the paths that were
-- changed by somebody else since it began to.
local function unwritten(self, changes, target)
  local past = self.workspace.run.past
  local begun = past and past:landing(self.branch, self.root)
  if not begun then return changes, {} end
  local done, strangers, rest = {}, {}, {}
  for _, change in ipairs(begun.changes) do
    local hash = hash_of(content(target .. "/" .. change.path))
    done[change.path] = hash == change.after
    if hash ~= change.after and hash ~= change.before then
      strangers[#strangers + 1] = change.path
    end
  end
  for _, change in ipairs(changes) do
    if not done[change.path] then rest[#rest + 1] = change end
  end
  return rest, strangers
end

local function write(step, target)
  local path = target .. "/" .. step.path
  if not step.piece then
    core.remove(path)
    local folder = paths.parent(path)
    while folder ~= target and core.remove(folder) do folder = paths.parent(folder) end
    return true
  end
  core.make_folder(paths.parent(path), { parents = true, mode = 493 })
  if step.piece.link then
    return git.execute({ "ln", "-sfnT", "--", step.piece.link, path }, target)
  end
  return core.write(path, step.piece.bytes, { mode = step.piece.mode, durable = true })
end

local function apply(self, steps, target)
  record(self, steps, target)
  for _, step in ipairs(steps) do
    local ok, message = write(step, target)
    if not ok then
      failure.refuse("disk", "cannot write '%s/%s': %s", target, step.path, message)
    end
  end
  local run = self.workspace.run
  run:note_files({}, true)
  run.journal:write { kind = "landed", branch = self.branch, root = self.root }
end

local function conflict_of(self, conflicts, others)
  local last = self.records[#self.records]
  local patches = {}
  for _, worker in ipairs(self.records) do patches[#patches + 1] = worker.patch end
  table.move(others, 1, #others, #patches + 1, patches)
  return failure.new { state = "failed", cause = "conflict", label = last.label,
    folder = last.folder, paths = conflicts, patches = patches,
    reason = ("what it wrote conflicts with what was written meanwhile in %s; nothing "
      .. "of it was taken over, and the changes are kept in %s"):format(
      table.concat(conflicts, ", "),
      patches[1] and table.concat(patches, " and ") or last.folder) }
end

local function take_over(self, known)
  local store, parent = self.workspace.store, self.parent
  local target = parent and parent.folder or self.root
  local now = store:take(parent)
  local changes, strangers = unwritten(self, store:changes(self.base, self.tree), target)
  if strangers[1] then return conflict_of(self, strangers, known) end
  local steps, conflicts = plan(self, changes, store:changes(self.base, now), target)
  if not steps then return conflict_of(self, conflicts, known) end
  apply(self, steps, target)
  if not parent or not steps[1] then return end
  parent.tree = store:take(parent)
  table.move(self.records, 1, #self.records, #parent.records + 1, parent.records)
end

local function nothing() end

local function land(self, landed)
  local problem
  if self.spoiled then
    problem = failure.new { state = "failed", cause = "scope",
      reason = ("nothing that its branch wrote was taken over, because %s failed in it")
        :format(self.spoiled) }
  elseif self.parent then
    problem = take_over(self, landed)
  else
    self.workspace:still(nothing, function(held)
      held:name ""               -- readers see that somebody writes
      problem = take_over(self, landed)
    end)
  end
  if problem then landing.refuse(self, problem) end
  return problem
end

--- Nothing of *self* was taken over, for the reason *problem*: its workers failed.
function landing.refuse(self, problem)
  local run = self.workspace.run
  for _, worker in ipairs(self.records) do
    worker.state, worker.failure = "failed", problem
    run:tell("worker", worker)
    worker.changed = nil
  end
  run.failures[#run.failures + 1] = problem
end

--- Take over what *branch* wrote; *landed* lists the patches of those before it in its
-- fan-out, and gets its own.  Return nil, or a failure of cause `conflict`.
function landing.land(branch, landed)
  local problem
  for _, self in ipairs(worktree.of_branch(branch)) do
    if self.tree ~= self.base then
      local found = land(self, landed)
      problem = problem or found
      for _, worker in ipairs(self.records) do landed[#landed + 1] = worker.patch end
    end
    worktree.drop(self)
  end
  return problem
end

return landing
