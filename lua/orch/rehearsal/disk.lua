--- Files in memory, and what a power cut leaves of them.
--
-- A file has its bytes and those that were synced.  The tree of names has a journal of
-- the changes since the last sync.  Syncing one file makes its bytes and the whole
-- journal safe, as journalling file systems do.  A power cut keeps a beginning of the
-- journal; of each file it keeps what was synced and a beginning of what was appended
-- since, or, if the file was rewritten in place, either the old bytes or the new.

local disk = {}
disk.__index = disk

--- An empty disk whose times come from *clock*.
function disk.new(clock)
  local self = setmetatable({ clock = clock, inodes = 1, journal = {},
    folders = {} }, disk)        -- by path, those that are `gone` as well
  self.root = self:node("folder", tonumber("755", 8))
  return self
end

--- A new file, folder or link ("file", "folder", ...) that no folder holds yet.
function disk:node(kind, mode)
  self.inodes = self.inodes + 1
  local node = {
    type = kind, mode = mode, inode = self.inodes, mtime = self.clock:time(), version = 0,
    size = 0,
  }
  if kind == "folder" then
    node.entries, node.synced_entries = {}, {}
  else
    node.parts, node.synced = {}, ""
  end
  return node
end

function disk:touch(node)
  node.mtime = self.clock:time()
  node.version = node.version + 1
end

--- All bytes of a file.
function disk.bytes(node)
  if #node.parts > 1 then node.parts = { table.concat(node.parts) } end
  return node.parts[1] or ""
end

--- Replace all bytes of a file.
function disk:put(node, bytes)
  node.parts, node.size = { bytes }, #bytes
  self:touch(node)
end

function disk:append(node, bytes)
  node.parts[#node.parts + 1] = bytes
  node.size = node.size + #bytes
  self:touch(node)
end

-- The folder *node* and those in it have no path any more.
local function leave(node)
  node.gone = true
  for _, child in pairs(node.entries) do
    if child.type == "folder" then leave(child) end
  end
end

--- Change names, all at once: each change is { folder, name, node or false for none }.
function disk:change(changes)
  for _, change in ipairs(changes) do
    local folder, name, node = change[1], change[2], change[3]
    local old = folder.entries[name]
    if old and old.type == "folder" then
      if #changes > 1 then self.folders = {} else leave(old) end
    end
    folder.entries[name] = node or nil
    self:touch(folder)
  end
  self.journal[#self.journal + 1] = changes
end

local function keep(self, count)
  for i = 1, count do
    for _, change in ipairs(self.journal[i]) do
      local folder, name, node = table.unpack(change)
      folder.synced_entries[name] = node or nil
    end
  end
  self.journal = {}
end

--- Make the bytes of *node*, and every name so far, outlive a power cut.
function disk:sync(node)
  if node.type == "file" then node.synced = disk.bytes(node) end
  keep(self, #self.journal)
end

--- The names in a folder, sorted.
function disk.names(folder)
  local names = {}
  for name in pairs(folder.entries) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function surviving_bytes(node, chance)
  local synced, bytes = node.synced, disk.bytes(node)
  if bytes:sub(1, #synced) == synced then
    return bytes:sub(1, #synced + chance:below(#bytes - #synced + 1))
  end
  return chance:below(2) == 0 and synced or bytes
end

local function restore(node, chance)
  node.lock, node.gone = nil, nil
  if node.type == "file" then
    local bytes = surviving_bytes(node, chance)
    node.parts, node.size, node.synced = { bytes }, #bytes, bytes
  elseif node.type == "folder" then
    node.entries = {}
    for name, child in pairs(node.synced_entries) do node.entries[name] = child end
    for _, name in ipairs(disk.names(node)) do
      restore(node.entries[name], chance)
    end
  end
  node.version = node.version + 1
end

--- The power fails: *chance* decides what of the unsynced is left.  Locks are gone.
function disk:crash(chance)
  keep(self, chance:below(#self.journal + 1))
  self.folders = {}
  restore(self.root, chance)
end

return disk
