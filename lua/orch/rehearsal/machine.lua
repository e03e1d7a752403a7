--- What outlives an engine: time, the disk, programs, keepers.

local chance = require "orch.rehearsal.chance"
local clock = require "orch.rehearsal.clock"
local disk = require "orch.rehearsal.disk"
local files = require "orch.rehearsal.files"
local keeper = require "orch.rehearsal.keeper"

local machine = {}
machine.__index = machine

local home = "/home/user"
local epoch = 1767225600     -- 2026-01-01T00:00:00Z
local open_to_all = tonumber("755", 8)

local function merged(defaults, given)
  local result = {}
  for name, value in pairs(defaults) do result[name] = value end
  for name, value in pairs(given or {}) do result[name] = value end
  return result
end

-- Put what the test asked for at *path*: a text, or { text=, mode=, mtime= } |
-- { folder = true } | { link = target } | { type = "fifo" }.
local function place_file(self, path, what)
  if type(what) == "string" then what = { text = what } end
  local fs = self:files_in "/"
  local parent = path:match "^(.+)/[^/]+$"
  local function make(folder, mode)
    assert(fs:make_folder(folder, { parents = true, mode = mode or open_to_all }))
  end
  if parent then make(parent) end
  if what.folder then return make(path, what.mode) end
  local node = fs:create(assert(fs:find(path)), what.mode or tonumber("644", 8))
  node.type = what.link and "link" or what.type or "file"
  node.target = what.link
  if what.text then self.disk:put(node, what.text) end
  node.mtime = what.mtime or node.mtime
  node.synced = what.text or ""
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function furnish(self, given)
  for _, path in ipairs { home, self.host.folder, self.host.temporary, self.host.home } do
    place_file(self, path, { folder = true })
  end
  -- Programs can also be found as files, by whoever searches along PATH.
  for _, name in ipairs(sorted_keys(self.programs)) do
    place_file(self, "/usr/bin/" .. name, { text = "", mode = open_to_all })
  end
  if self.shell then place_file(self, "/bin/sh", { text = "", mode = open_to_all }) end
  for _, path in ipairs(sorted_keys(given)) do place_file(self, path, given[path]) end
  self.disk:sync(self.disk.root)
end

--- A machine for the options of world.new; *tools* is a core that has JSON and hashes.
function machine.new(options, tools)
  local seed = options.seed or 1
  local self = setmetatable({
    seed = seed, tools = tools, faults = {}, hooks = {}, hooks_after = {},
    keepers = {}, engines = {}, last_pid = 1000,
    clock = clock.new(chance.new(seed, "order"), options.epoch or epoch),
    random = chance.new(seed, "random"), order = chance.new(seed, "ready"),
    mishap = chance.new(seed, "mishap"),
    programs = options.programs or {}, shell = options.shell, terminal = options.terminal,
    memory = merged({ total = 16 << 30, available = 8 << 30 }, options.memory), boots = 1,
  }, machine)
  self.host = merged({
    name = "world", user = "user", uid = 1000, cpus = 4, folder = home .. "/project",
    program = "/opt/orch-lua/bin/orch-lua", version = "0.0.0", open_files = 1024,
    keeper = "/opt/orch-lua/libexec/orch-lua/orch-keeper",
    share = "/opt/orch-lua/share/orch-lua", home = home, temporary = "/tmp",
  }, options.host)
  self.environment = merged(
    { HOME = self.host.home, PATH = "/usr/bin:/bin", USER = self.host.user },
    options.environment)
  self.disk = disk.new(self.clock)
  furnish(self, options.files)
  return self
end

--- The disk as a process sees it that stands in *folder*.
function machine:files_in(folder)
  return files.new(self.disk, folder, self.host.uid)
end

function machine:new_pid()
  self.last_pid = self.last_pid + 1
  return self.last_pid
end

--- The function that plays the program of *argv*, or nil when there is no such program.
function machine:program(argv)
  local name = argv[1]:match "[^/]*$"
  if self.shell and (name == "sh" or name == "bash") and argv[2] == "-c" then
    local command = argv[3]
    return function(program) return self.shell(program, command) end
  end
  return self.programs[name]
end

--- Have hook(engine, name, ...) called before each call of the seam, or with *after*
--- behind it, and for what else can fail; a hook before it may return the name of the
--- error with which it is to fail.
function machine:on_call(hook, after)
  self.disturbed = true
  table.insert(after and self.hooks_after or self.hooks, hook)
end

--- Let *what* fail the next *times* times with the error *name*.
function machine:fail(what, name, times)
  self.disturbed = true
  self.faults[what] = { name = name, times = times }
end

--- The name of the error with which *what* must fail now, or nil.
function machine:fault(what, engine, ...)
  for _, hook in ipairs(self.hooks) do
    local err = hook(engine, what, ...)
    if err then return err end
  end
  local fault = self.faults[what]
  if not fault or fault.times <= 0 then return nil end
  fault.times = fault.times - 1
  return fault.name
end

--- Start a session for *spec* in its folder.
function machine:start(spec)
  local folder = self:files_in("/"):existing(spec.folder, true)
  local new = keeper.new(self, spec)
  new.node = folder.node
  self.keepers[folder.node] = new
  return new
end

function machine:forget_keeper(old)
  if self.keepers[old.node] == old then self.keepers[old.node] = nil end
end

--- The power fails: engines, keepers and what was not synced are gone; *chance* decides.
function machine:crash(luck)
  for _, engine in ipairs(self.engines) do engine.dead = true end
  for _, other in pairs(self.keepers) do
    other.connections = {}
    other:leave_machine "lost"
  end
  self.engines, self.keepers, self.clock.queue = {}, {}, {}
  self.disk:crash(luck)
  self.boots = self.boots + 1
end

return machine
