--- What `require` finds inside a user's script: the library, then the script's pack, then
-- modules installed on this machine.  A module is loaded once for each script.
-- The folder one happens to stand in is not searched: a cloned repository must not choose
-- what a script of somebody else loads.

local core = require "orch.core"

local modules = {}

local host = package

local function is_ours(name)
  return name == "orch" or name == "lpeg" or name == "re" or name:find "^orch%." ~= nil
end

-- The file names that *name* may have, by Lua's path templates.
local function candidates(name, templates)
  local files = {}
  for template in templates:gmatch "[^;]+" do
    files[#files + 1] = (template:gsub("%?", (name:gsub("%.", "/"):gsub("%%", "%%%%"))))
  end
  return files
end

local function absolute_only(templates)
  local kept = {}
  for template in templates:gmatch "[^;]+" do
    if template:sub(1, 1) == "/" then kept[#kept + 1] = template end
  end
  return table.concat(kept, ";")
end

local function first_file(files, tried)
  for _, path in ipairs(files) do
    local found = core.stat(path, true)
    if found and found.type == "file" then return path end
    tried[#tried + 1] = ("\n\tno file '%s'"):format(path)
  end
end

-- A module written in C; it is loaded into the process, so it is one for all scripts.
local function c_module(name, tried)
  if not host then return end
  local path = first_file(candidates(name, absolute_only(host.cpath)), tried)
  if not path then return end
  local opener = "luaopen_" .. name:gsub("^.-%-", ""):gsub("%.", "_")
  local open, message = host.loadlib(path, opener)
  if not open then error(("cannot load module '%s': %s"):format(name, message), 0) end
  return open, path
end

-- Find the function that makes module *name*.  Return it and its file, or nil and the
-- places that were looked at.
local function find(name, from)
  local tried = {}
  local pack = from.pack == "." and "" or from.pack == "/" and "/" or from.pack .. "/"
  local templates = ("%slua/?.lua;%slua/?/init.lua;%s?.lua;%s?/init.lua"):format(
    pack, pack, pack, pack)
  if host then templates = templates .. ";" .. absolute_only(host.path) end
  local path = first_file(candidates(name, templates), tried)
  if not path then
    local open, where = c_module(name, tried)
    if open then return open, where end
    return nil, table.concat(tried)
  end
  from.paths[#from.paths + 1] = path
  local source, unreadable = core.read(path)
  if not source then error(("cannot read '%s': %s"):format(path, unreadable), 0) end
  local chunk, wrong = from.compile(path, source)
  if not chunk then error(wrong, 0) end
  return chunk, path
end

-- `package`, as far as it makes sense for one script.
local function package_of(loaded)
  return {
    loaded = loaded, preload = {}, config = host and host.config or "/\n;\n?\n!\n-\n",
    path = host and host.path or "", cpath = host and host.cpath or "",
  }
end

--- Give *environment* a `require` and a `package`.  from: pack = folder, library =
-- function(name) for what is ours, compile = function(path, source), paths = a list to
-- which the file of each module is added.
function modules.install(environment, from)
  local loaded, loading = { _G = environment }, {}
  for key, value in next, environment do
    if type(value) == "table" and key ~= "arg" then loaded[key] = value end
  end
  local own = package_of(loaded)
  environment.package, loaded.package = own, own

  function environment.require(name)
    if type(name) ~= "string" then
      error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
    end
    if loaded[name] ~= nil then return loaded[name] end
    if is_ours(name) then
      loaded[name] = from.library(name)
      return loaded[name]
    end
    if loading[name] then
      error(("module '%s' requires itself, through what it requires"):format(name), 2)
    end
    local make, where = own.preload[name], ":preload:"
    if not make then make, where = find(name, from) end
    if not make then error(("module '%s' not found:%s"):format(name, where), 2) end
    loading[name] = true
    local _ <close> = setmetatable({}, { __close = function() loading[name] = nil end })
    local value = make(name, where)
    if value ~= nil then loaded[name] = value end
    if loaded[name] == nil then loaded[name] = true end
    return loaded[name], where
  end
end

return modules
