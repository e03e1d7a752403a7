--- What was in the files that a run has named: skimmed, edited, pointed at or found fault
--- with.  A resumed run trusts its records only if nobody else has changed them since.
--
-- A manifest is { roots = the named paths, files = { path = hash } }.  It is noted when a
-- worker begins, and again when a writer, or a check, may have changed something, so each
-- state that the run itself has made or seen is known.

local core = require "orch.core"
local failure = require "orch.failure"
local git = require "orch.workspace.git"
local paths = require "orch.paths"
local text = require "orch.text"

local named_files = {}

local MOST_FILES = 5000        -- below one named folder; a larger one is not watched
local MOST_BYTES = 16 << 20    -- of a file that is read; a larger one goes by its times
local FRESH_MS = 1000          -- how long a look counts while the run itself is idle
local SETTLED_S = 2            -- a file changed later than this may change unseen again
local SKIPPED = {
  [".git"] = true, [".orch-lua"] = true, node_modules = true, build = true,
}

local Named = {}
Named.__index = Named

--- Watches the files that are named; it keeps its manifests in *folder*.
function named_files.new(folder)
  return setmetatable({ folder = folder, roots = {}, known = {} }, Named)
end

-- ── looking ─────────────────────────────────────────────────────────────────

local function hash_of(self, path, found)
  if found.type == "link" then return "link " .. (core.link_target(path) or "") end
  if found.type ~= "file" then return found.type end
  local stamp = ("%d %d %.6f"):format(found.inode, found.size, found.mtime)
  if found.size > MOST_BYTES then return stamp end
  local known = self.known[path]
  if known and known.stamp == stamp then return known.hash end
  local bytes = core.read(path, 0, MOST_BYTES)
  local hash = bytes and core.hash(bytes) or "unreadable"
  local settled = core.time() - found.mtime > SETTLED_S
  self.known[path] = settled and { stamp = stamp, hash = hash } or nil
  return hash
end

local function walk(folder, list)
  for _, name in ipairs(core.list(folder) or {}) do
    local path = folder .. "/" .. name
    local found = not SKIPPED[name] and core.stat(path)
    if found and found.type == "folder" then
      walk(path, list)
    elseif found then
      list[#list + 1] = path
    end
    if #list > MOST_FILES then return end
  end
end

--- The files below *folder*, those that git ignores left out.
local function files_below(folder)
  local names = git.is_there() and git.listed(folder)
  local list = {}
  if not names then
    walk(folder, list)
    return list
  end
  for i, name in ipairs(names) do list[i] = folder .. "/" .. name end
  return list
end

local function add(self, files, path, follow)
  local found = core.stat(path, follow)
  if not found then return end
  if found.type ~= "folder" then
    files[path] = hash_of(self, path, found)
    return
  end
  local list = files_below(path)
  if #list > MOST_FILES then return end
  for _, inner in ipairs(list) do
    local inside = core.stat(inner)
    if inside and inside.type ~= "folder" then
      files[inner] = hash_of(self, inner, inside)
    end
  end
end

--- The manifest of all that is named so far, as it is now.
function Named:look()
  local files = {}
  for path in text.sorted_pairs(self.roots) do add(self, files, path, true) end
  return { roots = core.array(text.sorted_keys(self.roots)), files = files }
end

-- ── keeping ─────────────────────────────────────────────────────────────────

--- Keep *manifest*; return the name under which it is kept.
local function keep(self, manifest)
  local bytes = core.json_encode(manifest)
  local name = core.hash(bytes)
  core.make_folder(self.folder)
  local path = ("%s/%s.json"):format(self.folder, name)
  if core.stat(path) then return name end
  local ok, message, code = core.write(path, bytes, { durable = true })
  if ok then return name end
  failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, code)
end

--- From now on look at *list*, absolute paths, too.  Return whether one is new.
function Named:watch(list)
  local is_new = false
  for _, path in ipairs(list) do
    is_new = is_new or not self.roots[path]
    self.roots[path] = true
  end
  return is_new
end

--- Keep a manifest of what is in the named files, *list* among them from now on; return
-- its name.  *changed* says that the run itself may have changed some, which is noted in
-- the *journal*.
function Named:note(journal, list, changed)
  local is_new = self:watch(list)
  if not next(self.roots) then return nil end
  local fresh = self.fresh and core.now() < self.fresh
  if fresh and not is_new and not changed then return self.last end
  local name = keep(self, self:look())
  self.fresh = core.now() + FRESH_MS
  self.last = name
  if changed and name ~= self.noted then
    journal:write { kind = "files", manifest = name }
    self.noted = name
  end
  return name
end

--- The manifests of those names that can still be read.
function Named:read(names)
  local list, seen = {}, {}
  for _, name in ipairs(names) do
    local bytes = not seen[name] and core.read(("%s/%s.json"):format(self.folder, name))
    seen[name] = true
    if bytes and core.hash(bytes) == name then
      list[#list + 1] = core.json_decode(bytes)
    end
  end
  return list
end

-- ── comparing ───────────────────────────────────────────────────────────────

--- Whether *path* belongs to what *manifest* has looked at.
local function covers(manifest, path)
  for _, root in ipairs(manifest.roots) do
    if paths.inside(path, root) then return true end
  end
end

local ABSENT = "absent"

--- Whether one of the *manifests* has *path* as it is now.
local function is_known(manifests, path, hash)
  for i = #manifests, 1, -1 do
    local manifest = manifests[i]
    local was = manifest.files[path] or covers(manifest, path) and ABSENT
    if was == hash then return true end
  end
end

--- The paths below *roots* that somebody else has changed: what is there *now* is in none
-- of the *manifests*.  *owned*(path) says that an unfinished writer may have changed it.
function named_files.strangers(manifests, now, roots, owned)
  local all, list = {}, {}
  for path in pairs(now.files) do all[path] = true end
  for _, manifest in ipairs(manifests) do
    for path in pairs(manifest.files) do all[path] = true end
  end
  for path in text.sorted_pairs(all) do
    local hash = now.files[path] or ABSENT
    local ours = not covers({ roots = roots }, path) or owned(path)
      or is_known(manifests, path, hash)
    if not ours then
      list[#list + 1] = path
    end
  end
  return list
end

return named_files
