--- Snapshots of a workspace: trees in a repository of our own, which borrows the objects
--- of the user's and is never seen by it.
--
-- A tree holds uncommitted and untracked work and no ignored file.  It is written through
-- an index of our own, so the user's index, refs and objects stay as they are, and no
-- garbage collection can take a snapshot away.  In a folder without a repository it is
-- the same, only slower at first.

local core = require "orch.core"
local failure = require "orch.failure"
local git = require "orch.workspace.git"
local lay_out = require "orch.workspace.layout"
local repository = require "orch.workspace.repository"
local task = require "orch.task"
local text = require "orch.text"

local snapshot = {}

local MOST_FILES, MOST_BYTES = 20000, 512 * 1024 * 1024   -- that are not in a commit

local CONVERTING = { "%f[%w]text", "%f[%w]crlf", "%f[%w]eol=", "%f[%w]filter=",
  "%f[%w]ident", "%f[%w]working%-tree%-encoding" }

local LIST_MS, LIST_CAP = 10 * 1000, 8 * 1024 * 1024

local Snapshots = {}
Snapshots.__index = Snapshots

local function write(path, bytes)
  local ok, message, name = core.write(path, bytes, { atomic = false })
  if ok then return end
  failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, name)
end

--- Whether git may keep other bytes of a file than those that are in it.
local function converts(self, repo, settings)
  if (settings["core.autocrlf"] or "false") ~= "false" then return true end
  local variables = core.environment()
  local home = variables.XDG_CONFIG_HOME or (variables.HOME or "") .. "/.config"
  local files = { repo.common .. "/info/attributes", home .. "/git/attributes" }
  local printed = git.run(self.folder, self.root,
    { "ls-files", "-z", "--", ".gitattributes", "**/.gitattributes" }, self)
  for path in printed:gmatch "[^%z]+" do files[#files + 1] = self.root .. "/" .. path end
  for _, path in ipairs(files) do
    for line in (core.read(path) or ""):gmatch "[^\n]+" do
      for _, word in ipairs(CONVERTING) do
        if line:find(word) then return true end
      end
    end
  end
  return false
end

--- Why what is not committed here cannot be kept, or nil when it can.
local function too_much(self)
  local printed, said = git.try(self.folder, self.root,
    { "ls-files", "-o", "-z", "--exclude-standard" },
    { index = self.index, cap = LIST_CAP, deadline_ms = LIST_MS })
  if not printed then return "git cannot list its files: " .. text.one_line(said) end
  local files, bytes = 0, 0
  for path in printed:gmatch "[^%z]+" do
    files = files + 1
    if files > MOST_FILES then break end
    bytes = bytes + ((core.stat(self.root .. "/" .. path) or {}).size or 0)
  end
  if files <= MOST_FILES and bytes <= MOST_BYTES then return nil end
  return ("more than %d files or %d MiB are in no commit"):format(MOST_FILES,
    MOST_BYTES // 1048576)
end

--- Begin with the user's index, so that only what has changed is read; return whether
-- that was possible.  With its times: git trusts what is older than the index.
local function borrow_index(self, repo, settings)
  if not repo or not core.stat(repo.own .. "/index") then return false end
  local copied = git.execute({ "cp", "-p", "--", repo.own .. "/index", self.index },
    self.root)
  if not copied or too_much(self) then
    core.remove(self.index)
    return false
  end
  if converts(self, repo, settings) then core.remove(self.index) end
  return true
end

--- Open a store for the workspace *root* in the new folder *folder*.  Return it, or nil
-- and why nothing can be kept.
function snapshot.open(root, folder)
  local self = setmetatable({ root = root, folder = folder,
    index = folder .. "/indexes/root", forced = {}, looks = {} }, Snapshots)
  local repo, settings = repository.open(root), git.settings(root)
  local is_new = not core.stat(folder .. "/HEAD")
  lay_out(folder, root, repo, settings)
  if borrow_index(self, repo, settings) then return self end
  local why = too_much(self)
  if not why then return self end
  if is_new then core.remove(folder, { tree = true }) end
  return nil, why
end

--- Do *fn*() while no other task uses the store's indexes.
function Snapshots:alone(fn)
  while self.busy do self.busy:wait() end
  local turn = task.condition()
  self.busy = turn
  local _ <close> = setmetatable({}, { __close = function()
    self.busy = nil
    turn:signal()
  end })
  return fn()
end

--- Keep *list*, absolute paths, in the snapshots of the workspace from now on, even if
-- they are ignored.  Return whether one of them is.
function Snapshots:must_see(list)
  local words = { "check-ignore", "--" }
  for _, path in ipairs(list) do
    if path ~= self.root then words[#words + 1] = path end
  end
  if not words[3] then return false end
  local ignored = self:alone(function()
    return git.try(self.folder, self.root, words, self)
  end)
  for i = 3, ignored and #words or 0 do self.forced[words[i]] = true end
  return ignored ~= nil
end

--- Put what is ignored and yet worked on into the index of the workspace.
local function add_forced(self, index)
  for path in text.sorted_pairs(self.forced) do
    if core.stat(path) then
      git.try(self.folder, self.root, { "add", "-A", "-f", "--", path }, index)
    end
  end
end

local function tree_of(self, place)
  local folder = place == self and self.root or place.folder
  local index = { index = place.index }
  core.remove(place.index .. ".lock")    -- of a git that was cut short
  local words = { "add", "-A", "--ignore-errors" }
  local done, said = git.try(self.folder, folder, words, index)
  if not done and git.is_full(said) then git.refuse(words, folder, said) end
  if not done then self.unseen = said:match "^[^\n]*" end
  if place == self then add_forced(self, index) end
  return git.run(self.folder, folder, { "write-tree" }, index):match "%x+"
end

--- The tree of *place*, { folder, index }, or of the workspace itself, as it is now.
-- Who asks while another waits for its turn to look there takes what that one finds.
function Snapshots:take(place)
  place = place or self
  local look = self.looks[place]
  if look then
    look.over:wait()
    return look.tree or self:take(place)
  end
  look = { over = task.condition() }
  local function begin() if self.looks[place] == look then self.looks[place] = nil end end
  self.looks[place] = look
  local _ <close> = setmetatable({}, { __close = function()
    begin()
    look.over:signal()
  end })
  return self:alone(function()
    begin()
    look.tree = tree_of(self, place)
    return look.tree
  end)
end

--- What differs between two trees: a list of { path, before, after, mode } in order of
-- paths; before and after are ids, nil where there is no file.
function Snapshots:changes(before, after)
  if before == after then return {} end
  local printed = git.run(self.folder, self.root, { "diff-tree", "-r", "-z", "--raw",
    "--no-renames", "--no-abbrev", before, after })
  local list = {}
  for was, mode, old, new, path in
    printed:gmatch ":(%d+) (%d+) (%x+) (%x+) %u%d*%z([^%z]+)%z" do
    list[#list + 1] = { path = path, before = not old:find "^0+$" and old or nil,
      after = not new:find "^0+$" and new or nil, mode = mode, mode_before = was }
  end
  return list
end

--- The difference of two trees as a patch that `git apply` takes, without the paths of
-- the list *without*.
function Snapshots:patch(before, after, without)
  local words = { "diff-tree", "-r", "-p", "--binary", "--full-index", "--no-color",
    "--no-renames", "--no-ext-diff", "--no-textconv", before, after, "--", "." }
  for _, path in ipairs(without or {}) do
    words[#words + 1] = ":(exclude,top,literal)" .. path
  end
  return git.run(self.folder, self.root, words)
end

--- Whether the snapshot *tree* is still there.
function Snapshots:has(tree)
  return git.try(self.folder, self.root, { "cat-file", "-e", tree }) ~= nil
end

--- The place of the work tree in *folder*, which is there already.
function Snapshots:place_of(folder)
  return { folder = folder,
    index = ("%s/indexes/%s"):format(self.folder, folder:match "[^/]*$") }
end

--- Make a work tree of *tree* in the new folder *folder*.  Return the place.
function Snapshots:check_out(tree, folder)
  return self:alone(function()
    local commit = git.run(self.folder, self.root,
      { "commit-tree", "-m", "The workspace as the worker found it.", tree })
    git.run(self.folder, self.root, { "worktree", "add", "-q", "-f", "--detach", folder,
      commit:match "%x+" })
    local place = self:place_of(folder)
    git.run(self.folder, folder, { "read-tree", tree }, place)
    return place
  end)
end

local function quoted_word(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

--- The command that takes the *patch*, a file, back in the workspace.
function Snapshots:undo_command(patch)
  return ("git -C %s --git-dir=%s --work-tree=. apply -R --whitespace=nowarn %s"):format(
    quoted_word(self.root), quoted_word(self.folder), quoted_word(patch))
end

--- Take the *patch*, a file, back in *place*.
function Snapshots:take_back(place, patch)
  git.run(self.folder, place.folder,
    { "apply", "-R", "--whitespace=nowarn", patch }, place)
  return true
end

--- Merge the file of *ours* and *theirs*, which were both made of *base*; all three are
-- ids.  Return the merged bytes, or nil where they conflict.
function Snapshots:merge(base, ours, theirs)
  local folder = self.folder .. "/merge"
  return self:alone(function()
    core.make_folder(folder)
    local words = { "merge-file", "-p", "-q" }
    for i, id in ipairs { ours, base, theirs } do
      local bytes = git.run(self.folder, self.root, { "cat-file", "blob", id })
      write(folder .. "/" .. i, bytes)
      words[#words + 1] = folder .. "/" .. i
    end
    return (git.try(self.folder, self.root, words))
  end)
end

return snapshot
