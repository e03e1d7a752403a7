--- The stay of one worker in its workspace, and what is made of what it changed there.

local core = require "orch.core"
local failure = require "orch.failure"
local keep = require "orch.workspace.keep"
local paths = require "orch.paths"
local repository = require "orch.workspace.repository"
local scope = require "orch.workspace.scope"
local suspects = require "orch.workspace.suspects"
local worktree = require "orch.workspace.worktree"

local Place = {}
Place.__index = Place

local SHOWN = 5                -- paths that a sentence names

local function names_of(list)
  local shown = table.move(list, 1, math.min(#list, SHOWN), 1, {})
  local more = #list > SHOWN and (" and %d more"):format(#list - SHOWN) or ""
  return "'" .. table.concat(shown, "', '") .. "'" .. more
end

local function paths_of(changes)
  local list = {}
  for i, change in ipairs(changes) do list[i] = change.path end
  return list
end

--- Where the worker works, for a folder of the workspace.
function Place:folder_of(folder)
  if not self.tree then return folder end
  local path = self.tree.folder
  if folder ~= self.root then
    path = path .. "/" .. paths.relative(folder, self.root)
    core.make_folder(path, { parents = true, mode = 493 })
  end
  return path
end

--- The brief as this worker reads it: paths of the workspace are those of its tree.
function Place:words(brief)
  if not self.tree or self.root == "/" then return brief end
  local root = self.root:gsub("%p", "%%%0")
  return (brief:gsub("([%w._/-]?)" .. root .. "%f[^%w._-]", function(before)
    return before == "" and self.tree.folder or nil
  end))
end

--- Name the session that is to write: the folder *files*.
function Place:name(files)
  if self.lock then self.lock:name(files) end
end

--- Where a writer that does not come to its end began.
local function remember(self)
  core.make_folder(self.record.folder, { parents = true })
  core.write(self.record.folder .. "/workspace.json", core.json_encode({
    root = self.root, before = self.before, folder = self.tree and self.tree.folder,
    snapshots = self.workspace.store.folder }, { pretty = true }) .. "\n",
    { durable = true })
end

--- The tree with which this writer began in an earlier execution that did not see its
-- end, or nil.
local function first_tree(self)
  local folder = self.writes and self.record.step:began_in()
  local bytes = folder and core.read(folder .. "/workspace.json")
  local kept = bytes and core.json_decode(bytes)
  local known = type(kept) == "table" and kept.root == self.root
    and self.workspace.store:has(kept.before)
  return known and kept.before or nil
end

--- Begin to watch: what is here now is what the worker found.
function Place:watch()
  local repo = self.workspace.repository
  self.visit = suspects.enter(self.tree and self.tree.folder or self.root,
    self.record.label)
  self.guarded = repo and repo:guarded()
  local store = self.workspace.store
  if store and not self.scratch then
    self.before = first_tree(self)
    self.resumed = self.before ~= nil
    self.before = self.before or store:take(self.tree)
  end
  if store and store.unseen then
    self.run:warn_once(("not all of '%s' can be watched: %s"):format(self.root,
      store.unseen))
  end
  if self.writes and type(self.before) == "string" then remember(self) end
end

local function is_inside(self, change)
  if scope.refused_part(change.path) then return false end
  for _, path in ipairs(self.scope.paths) do
    if paths.inside(self.root .. "/" .. change.path, path) then return true end
  end
  return false
end

--- What this worker may have changed since it came: all changes, those of them that are
-- outside of its scope, the tree of now, and the paths that somebody else changes.
local function look(self)
  local store = self.workspace.store
  if not store then return {}, {} end
  local after = store:take(self.tree)
  local where = self.tree and self.tree.folder or self.root
  local changes, outside = {}, {}
  for _, change in ipairs(store:changes(self.before, after)) do
    local list = is_inside(self, change) and changes or outside
    list[#list + 1] = change
  end
  local strays, without = suspects.divide(outside, where)
  table.move(strays, 1, #strays, #changes + 1, changes)
  return changes, paths_of(strays), after, without
end

--- The files of the repository's own that have changed, put aside as they were before.
local function broken_guards(self)
  if not self.guarded then return {} end
  local list = repository.differences(self.guarded, self.workspace.repository:guarded())
  for _, path in ipairs(list) do
    for _, file in ipairs(self.guarded) do
      if file.path == path then
        core.write(("%s/before.%s"):format(self.record.folder, path:match "[^/]*$"),
          file.bytes)
      end
    end
  end
  return list
end

local function fail(self, cause, reason, list)
  local record = self.record
  return failure.new { state = "failed", cause = cause, reason = reason, paths = list,
    label = record.label, folder = record.folder, patch = record.patch,
    undo = record.undo }
end

local function guard_failure(self, guards)
  return fail(self, self.writes and "scope" or "wrote", ("while it ran, %s changed, "
    .. "which decides what git runs on this machine; what was there before is kept in "
    .. "'%s'"):format(names_of(guards), self.record.folder), guards)
end

local function tell_undo(self)
  local record = self.record
  self.run.needs_snapshots = true       -- for that command
  local where = self.tree and "its changes were not taken over"
    or "its changes are still there"
  local how = not self.tree and record.undo and "; undo them with:\n  " .. record.undo
    or ""
  self.run:tell("warning", ("%s failed and %s; they are kept in '%s'%s"):format(
    record.label, where, record.patch or record.folder .. "/changes.json", how))
end

--- A failed worker's tree goes back to what it was; where it cannot, nothing of it may
-- be taken over.
local function take_back(self)
  local store, tree = self.workspace.store, self.tree
  if self.record.patch and store:take_back(tree, self.record.patch) then return end
  tree.spoiled = self.record.label
end

--- What changed outside of its scope while no engine watched may be anybody's work.
local function excuse(self, strays)
  if not self.resumed or not strays[1] then return strays end
  self.run:tell("warning", ("while %s went on alone, %s changed: it may have done it, or "
    .. "somebody else"):format(self.record.label, names_of(strays)))
  return {}
end

local function judge_writer(self, failed)
  local changes, strays, after, without = look(self)
  strays = excuse(self, strays)
  if changes[1] then keep(self, changes, after, without) end
  local problem = strays[1] and fail(self, "scope", ("it changed %s, which its scope "
    .. "(%s) does not name"):format(names_of(strays), self.scope.text), strays) or nil
  if changes[1] and (problem or failed) then
    tell_undo(self)
    if self.tree then take_back(self) end
  elseif self.tree and changes[1] then
    self.tree.tree = after
    self.tree.records[#self.tree.records + 1] = self.record
  end
  return problem
end

local function judge_reader(self)
  local changes, list, after, without = look(self)
  if not changes[1] then return nil end
  local others = suspects.others(self.visit)
  if others and not self.tree then
    self.run:tell("warning", ("while %s read, %s changed: it may have done it, or %s")
      :format(self.record.label, names_of(list), others))
    return nil
  end
  keep(self, changes, after, without)
  if self.tree then take_back(self) end
  self.run.needs_snapshots = true
  local undo = not self.tree and self.record.undo
  return fail(self, "wrote", ("it was to read only, and %s changed while it ran%s")
    :format(names_of(list), undo and "; undo it with: " .. undo or ""), list)
end

--- The worker has ended, *failed* or well.  Return a failure if it changed what it may
-- not change.
function Place:settle(failed)
  self.settled = true
  if not self.visit or self.scratch and not self.guarded then return nil end
  local guards = broken_guards(self)
  local problem
  if not self.scratch then
    local judge = self.writes and judge_writer or judge_reader
    problem = judge(self, failed or guards[1] ~= nil)
  end
  return guards[1] and guard_failure(self, guards) or problem
end

--- The file in which the next leftover is kept; those of earlier executions stay.
local function leftover_path(self)
  local number = 1
  local function path() return ("%s/left.%d.patch"):format(self.record.folder, number) end
  while core.stat(path()) do number = number + 1 end
  return path()
end

--- Before this writer is started again: what it left in its scope when it was cut short
-- is kept as a patch and taken back.
function Place:restore()
  local store = self.workspace and self.workspace.store
  if not self.writes or type(self.before) ~= "string" then return end
  local now, outside, count = store:take(self.tree), {}, 0
  for _, change in ipairs(store:changes(self.before, now)) do
    if is_inside(self, change) then
      count = count + 1
    else
      outside[#outside + 1] = change.path
    end
  end
  if count == 0 then return end
  local path = leftover_path(self)
  local ok, message = core.write(path, store:patch(self.before, now, outside),
    { durable = true })
  if not ok then failure.refuse("disk", "cannot write '%s': %s", path, message) end
  store:take_back(self.tree or { folder = self.root, index = store.index }, path)
  self.run:tell("note", ("%s starts again from where it began; what it had left is kept "
    .. "in '%s'"):format(self.record.label, path))
end

--- Whether this writer's work tree was made anew, so that what an earlier execution had
-- it do there is gone.
function Place:is_anew() return self.writes and self.tree and self.tree.made end

--- Leave; the next writer may enter.  What a writer that was cut short has changed in
-- place is looked at when its processes have ended; its work tree stays for a resume.
function Place:close()
  if self.closed then return end
  self.closed = true
  local cut_short = self.writes and self.before and not self.settled
  if cut_short and self.lock then
    local left = self.workspace.left
    left[#left + 1] = self
  end
  if cut_short and self.tree then self.run.needs_trees = true end
  if self.visit then suspects.leave(self.visit) end
  if self.lock then self.lock:close { left = not self.settled } end
  if self.scratch and self.tree then worktree.drop(self.tree) end
end

Place.__close = Place.close

--- Look at what this writer, which was cut short, has changed.
function Place:settle_late()
  if not self.settled then self:settle(true) end
end

return Place
