--- The seam's functions on paths, over a disk in memory.
--
-- Modes are kept and shown, but stop nobody: to test a refusal, let the world fail.

local disk = require "orch.rehearsal.disk"
local failure = require "orch.rehearsal.failure"

local files = {}
files.__index = files

local most_links = 40
local private_file, private_folder = tonumber("600", 8), tonumber("700", 8)

--- Files of *store* as a process sees them that stands in *folder*.
function files.new(store, folder, uid)
  return setmetatable({ disk = store, folder = folder, uid = uid }, files)
end

local function split(path)
  local names = {}
  for name in path:gmatch "[^/]+" do names[#names + 1] = name end
  return names
end

-- Put the names of a link's target in place of its own, which is at *i*.
local function splice(target, names, i)
  return table.move(names, i + 1, #names, #split(target) + 1, split(target))
end

-- The folder at *path*, which is absolute; nil and an error's name where there is none;
-- nil alone if the path is not written plainly or leads over a link.
local function plain_folder(self, path)
  local known = self.disk.folders
  local node = known[path]
  if node and not node.gone then return node end
  node = self.disk.root
  for name in path:gmatch "/([^/]*)" do
    if name == "" or name == "." or name == ".." then return nil end
    node = node.entries[name]
    if not node then return nil, "ENOENT" end
    if node.type ~= "folder" then return nil, node.type ~= "link" and "ENOTDIR" or nil end
  end
  known[path] = node
  return node
end

-- The place of a *path* in such a folder, in the same way: most are, and are found fast.
local function find_plainly(self, path)
  if path:byte() ~= 47 then path = self.folder .. "/" .. path end
  local parent, name = path:match "^(.*)/([^/]+)$"
  if not parent or name == "." or name == ".." then return nil end
  local folder, err = plain_folder(self, parent)
  if not folder then return nil, err end
  local node = folder.entries[name]
  if node and node.type == "link" then return nil end
  return { folder = folder, name = name, node = node, path = path }
end

--- Walk to *path*.  Returns a place { folder, name, node, path }, whose node is nil when
--- only the last name is missing; or nil and the name of the error.
function files:find(path, follow)
  local plain, err = find_plainly(self, path)
  if plain or err then return plain, err end
  local names = split(path:sub(1, 1) == "/" and path or self.folder .. "/" .. path)
  local must_be_folder = path:sub(-1) == "/"
  follow = follow or must_be_folder
  local trail, way, links, i = { self.disk.root }, {}, 0, 1
  while i <= #names do
    local name, folder = names[i], trail[#trail]
    if folder.type ~= "folder" then return nil, "ENOTDIR" end
    local node = folder.entries[name]
    if name == ".." then
      if #trail > 1 then trail[#trail], way[#way] = nil, nil end
    elseif name ~= "." and not node then
      if i < #names then return nil, "ENOENT" end
      local at = "/" .. table.concat(way, "/") .. (#way > 0 and "/" or "") .. name
      return { folder = folder, name = name, path = at }
    elseif name ~= "." and node.type == "link" and (follow or i < #names) then
      links = links + 1
      if links > most_links then return nil, "ELOOP" end
      names, i = splice(node.target, names, i), 0
      if node.target:sub(1, 1) == "/" then trail, way = { self.disk.root }, {} end
    elseif name ~= "." then
      trail[#trail + 1], way[#way + 1] = node, name
    end
    i = i + 1
  end
  if must_be_folder and trail[#trail].type ~= "folder" then return nil, "ENOTDIR" end
  return {
    folder = trail[#trail - 1], name = way[#way], node = trail[#trail],
    path = "/" .. table.concat(way, "/"),
  }
end

--- As `find`, for what must be there.  Returns the place, or nil and an error's name.
function files:existing(path, follow)
  local place, err = self:find(path, follow)
  if not place then return nil, err end
  if not place.node then return nil, "ENOENT" end
  return place
end

-- The file at *path*, with links followed; *direct*: a link at its end is refused.
function files:file(path, direct)
  local place, err = self:existing(path, not direct)
  if not place then return nil, err end
  if place.node.type == "link" then return nil, "ELOOP" end
  if place.node.type == "folder" then return nil, "EISDIR" end
  if place.node.type ~= "file" then return nil, "EINVAL" end
  return place.node, nil, place
end

function files:read(path, offset, limit)
  local node, err = self:file(path)
  if not node then return failure(err, path) end
  offset = offset or 0
  return disk.bytes(node):sub(offset + 1, offset + (limit or 64 << 20))
end

-- A folder's watchers are told of what changes in its files, too.
local function changed(self, place)
  if place.folder then self.disk:touch(place.folder) end
end

function files:create(place, mode)
  local node = self.disk:node("file", mode or private_file)
  self.disk:change { { place.folder, place.name, node } }
  return node
end

function files:write(path, bytes, options)
  options = options or {}
  local atomic = options.atomic ~= false
  local place, err = self:find(path)
  local node = place and place.node
  if not place then return failure(err, path) end
  if node and options.exclusive then return failure("EEXIST", path) end
  if node and node.type == "link" and not atomic then return failure("ELOOP", path) end
  if node and node.type == "folder" then return failure("EISDIR", path) end
  if atomic then
    node = self.disk:node("file", options.mode or private_file)
    self.disk:put(node, bytes)
    if options.durable then node.synced = bytes end
    self.disk:change { { place.folder, place.name, node } }
  else
    node = node or self:create(place)
    node.mode = options.mode or private_file
    self.disk:put(node, bytes)
    changed(self, place)
  end
  if options.durable then self.disk:sync(node) end
  return true
end

function files:append(path, bytes, options)
  local place, err = self:find(path)
  if not place then return failure(err, path) end
  local node = place.node or self:create(place, options and options.mode)
  if node.type == "folder" then return failure("EISDIR", path) end
  if node.type == "link" then return failure("ELOOP", path) end
  self.disk:append(node, bytes)
  if options and options.durable then self.disk:sync(node) end
  changed(self, place)
  return node.size
end

function files:sync(path)
  local place, err = self:existing(path, true)
  if not place then return failure(err, path) end
  self.disk:sync(place.node)
  return true
end

function files:overwrite(path, offset, bytes)
  local node, err, place = self:file(path, true)
  if not node then return failure(err, path) end
  local before = disk.bytes(node)
  if offset + #bytes > #before then return failure("EINVAL", path) end
  self.disk:put(node, before:sub(1, offset) .. bytes .. before:sub(offset + #bytes + 1))
  changed(self, place)
  return true
end

function files:truncate(path, size)
  local node, err, place = self:file(path, true)
  if not node then return failure(err, path) end
  local bytes = disk.bytes(node):sub(1, size)
  self.disk:put(node, bytes .. ("\0"):rep(size - #bytes))
  changed(self, place)
  return true
end

function files:list(path)
  local place, err = self:existing(path, true)
  if not place then return failure(err, path) end
  if place.node.type ~= "folder" then return failure("ENOTDIR", path) end
  return disk.names(place.node)
end

function files:stat(path, follow)
  local place, err = self:existing(path, follow)
  if not place then return failure(err, path) end
  local node = place.node
  return {
    type = node.type, mode = node.mode, mtime = node.mtime, inode = node.inode,
    size = node.type == "folder" and 4096 or node.target and #node.target or node.size,
    uid = self.uid, device = 1,
  }
end

function files:make_folder(path, options)
  options = options or {}
  local mode = options.mode or private_folder
  if options.parents then
    local parent = path:match "^(.*[^/])/+[^/]+/*$"
    if parent and not self:existing(parent, true) then
      local made, message, name = self:make_folder(parent, options)
      if not made then return nil, message, name end
    end
  end
  local place, err = self:find(path, options.parents)
  if not place then return failure(err, path) end
  if place.node then
    if options.parents and place.node.type == "folder" then return true end
    return failure("EEXIST", path)
  end
  self.disk:change { { place.folder, place.name, self.disk:node("folder", mode) } }
  return true
end

local function contains(folder, path)
  return path:sub(1, #folder + 1) == folder .. "/"
end

-- Why the node at *from* cannot take the name at *to*: the name of an error, or nil.
local function obstacle(from, to, options)
  local old = to.node
  if not from.folder or (old and not to.folder) then return "EBUSY" end
  if old and options.exclusive then return "EEXIST" end
  if old == from.node then return end
  if contains(from.path, to.path) then return "EINVAL" end
  if contains(to.path, from.path) then return "ENOTEMPTY" end
  if from.node.type == "folder" then
    if old and old.type ~= "folder" then return "ENOTDIR" end
    if old and next(old.entries) then return "ENOTEMPTY" end
  elseif old and old.type == "folder" then
    return "EISDIR"
  end
end

function files:move(from, to, options)
  local source, err = self:find(from)
  if not source then return failure(err, from) end
  local target, trouble = self:find(to)
  if not target then return failure(trouble, to) end
  if not source.node then return failure("ENOENT", from) end
  trouble = obstacle(source, target, options or {})
  if trouble then return failure(trouble, to) end
  if source.node ~= target.node then
    self.disk:change {
      { source.folder, source.name, false }, { target.folder, target.name, source.node },
    }
  end
  return true
end

function files:remove(path, options)
  local place, err = self:existing(path)
  if not place then return failure(err, path) end
  if not place.folder then return failure("EBUSY", path) end
  local full = place.node.type == "folder" and next(place.node.entries)
  if full and not (options and options.tree) then return failure("ENOTEMPTY", path) end
  self.disk:change { { place.folder, place.name, false } }
  return true
end

function files:link_target(path)
  local place, err = self:existing(path)
  if not place then return failure(err, path) end
  if not place.node.target then return failure("EINVAL", path) end
  return place.node.target
end

function files:real_path(path)
  local place, err = self:existing(path, true)
  if not place then return failure(err, path) end
  return place.path
end

return files
