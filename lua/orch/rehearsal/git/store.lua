--- The objects and the index of a repository of the world, as files below its folder.
--
-- An object is a file named by the hash of its kind and bytes; a tree is a flat list of
-- all files below it.  As with the real one, an object that exists is never written
-- again, and one that a power cut has torn is an error.

local text = require "orch.text"

local store = {}
store.__index = store

local ID_LENGTH = 40

--- The repository that the *environment* of a git command names, seen through *files*.
function store.new(files, environment, tools)
  local folder = environment.GIT_DIR
  return setmetatable({
    files = files, folder = folder, tools = tools, top = environment.GIT_WORK_TREE,
    index_file = environment.GIT_INDEX_FILE or folder .. "/index",
  }, store)
end

--- An error of git: *message* goes to standard error, *code* is its exit code.
function store.fail(message, code)
  error({ git = message, code = code or 128 }, 0)
end

local function path_of(folder, id) return folder .. "/objects/" .. id end

--- Keep *bytes* as an object of *kind* ("blob", "tree", "commit").  Return its id.
function store:put(kind, bytes)
  local object = kind .. "\n" .. bytes
  local id = self.tools.hash(object):sub(1, ID_LENGTH)
  local path = path_of(self.folder, id)
  if not self.files:existing(path) then
    local durable = self.synced:find "loose%-object" ~= nil
    local ok, message = self.files:write(path, object, { durable = durable })
    if not ok then store.fail("error: unable to write the object: " .. message) end
  end
  return id
end

local function read(self, id)
  local bytes = self.files:read(path_of(self.folder, id))
  if bytes then return bytes end
  local others = self.files:read(self.folder .. "/objects/info/alternates") or ""
  for folder in others:gmatch "[^\n]+" do
    bytes = self.files:read(folder .. "/" .. id)
    if bytes then return bytes end
  end
end

--- The kind and the bytes of the object *id*.
function store:get(id)
  local object = read(self, id)
  if not object then store.fail("fatal: bad object " .. id) end
  if self.tools.hash(object):sub(1, ID_LENGTH) ~= id then
    store.fail("fatal: the object " .. id .. " is corrupt")
  end
  local kind, at = object:match "^(%a+)\n()"
  return kind, object:sub(at)
end

-- ── lists of files: an index or a tree ──────────────────────────────────────

local function write_list(entries)
  local lines = {}
  for path, entry in text.sorted_pairs(entries) do
    lines[#lines + 1] = ("%s %s %s\0"):format(entry.mode, entry.id, path)
  end
  return table.concat(lines)
end

local function read_list(bytes)
  local entries = {}
  for mode, id, path in bytes:gmatch "(%d+) (%x+) (%Z+)%z" do
    entries[path] = { mode = mode, id = id }
  end
  return entries
end

--- The files of the index: path -> { mode, id }.
function store:index()
  return read_list(self.files:read(self.index_file) or "")
end

function store:write_index(entries)
  local ok, message = self.files:write(self.index_file, write_list(entries),
    { durable = self.synced:find "index" ~= nil })
  if not ok then store.fail("fatal: unable to write the index: " .. message) end
end

--- Keep the list *entries* as a tree.  Return its id.
function store:write_tree(entries)
  return self:put("tree", write_list(entries))
end

--- The files of a tree, or of a commit's.
function store:tree(id)
  local kind, bytes = self:get(id)
  if kind == "commit" then kind, bytes = self:get(bytes:match "^tree (%x+)") end
  if kind ~= "tree" then store.fail(("fatal: %s is not a tree"):format(id)) end
  return read_list(bytes)
end

-- ── the work tree ───────────────────────────────────────────────────────────

--- The mode and the bytes of the file or link at *path* of the work tree, or nil.
function store:look(path)
  local place = self.files:existing(self.top .. "/" .. path)
  local node = place and place.node
  if not node or place.path ~= self.top .. "/" .. path then return nil end
  if node.type == "link" then return "120000", node.target end
  if node.type ~= "file" then return nil end
  return node.mode & 64 ~= 0 and "100755" or "100644", self.files.disk.bytes(node)
end

--- Put the file *path* into *entries* as it is in the work tree, or out of it.
function store:enter(entries, path)
  local mode, bytes = self:look(path)
  entries[path] = mode and { mode = mode, id = self:put("blob", bytes) } or nil
end

--- Write the file of *mode* with *bytes* at *path* of the folder *top*.
function store:write_file(top, path, mode, bytes)
  local files, full = self.files, top .. "/" .. path
  local parent = full:match "^(.*)/[^/]*$"
  files:make_folder(parent, { parents = true, mode = 493 })
  if mode == "120000" then
    local node = files.disk:node("link", 511)
    node.target = bytes
    local place = files:find(full)
    return files.disk:change { { place.folder, place.name, node } }
  end
  return files:write(full, bytes, { mode = mode == "100755" and 493 or 420 })
end

--- Remove *path* of the folder *top*, and the folders that this leaves empty.
function store:remove_file(top, path)
  local files, full = self.files, top .. "/" .. path
  files:remove(full)
  local folder = full:match "^(.*)/[^/]*$"
  while #folder > #top and files:remove(folder) do
    folder = folder:match "^(.*)/[^/]*$"
  end
end

return store
