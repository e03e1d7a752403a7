--- Where things are kept: runs in the state folder, plain commands in the runtime folder.

local core = require "orch.core"
local failure = require "orch.failure"
local paths = require "orch.paths"

local folders = {}

local STALE_SECONDS = 3600

local function refuse(path, message, name)
  failure.refuse("environment",
    "cannot write in '%s': %s (%s); set ORCH_STATE_DIR to a folder of yours",
    path, message, name)
end

local function make(path, options)
  local ok, message, name = core.make_folder(path, options)
  if not ok and name ~= "EEXIST" then refuse(path, message, name) end
  return path
end

--- A folder that only this user can write, or a failure: another user could otherwise
-- put a link in its place.
local function make_private(path)
  make(path, { parents = true })
  local found = core.stat(path)
  if not found or found.type ~= "folder" then
    refuse(path, "it is no folder", "ENOTDIR")
  elseif found.uid ~= core.host().uid then
    refuse(path, "it belongs to somebody else", "EPERM")
  end
  return path
end

--- The folder that holds all runs, made if need be.
function folders.runs()
  local environment = core.environment()
  local own = environment.ORCH_STATE_DIR
  if own and own ~= "" then return make_private(paths.absolute(own)) end
  local state = environment.XDG_STATE_HOME
  if not state or state:sub(1, 1) ~= "/" then
    state = (environment.HOME or core.host().home or "/nonexistent") .. "/.local/state"
  end
  return make_private(state .. "/orch-lua/runs")
end

local function sweep(parent)
  for _, name in ipairs(core.list(parent) or {}) do
    local path = parent .. "/" .. name
    local found = core.stat(path .. "/lock")
    local stale = found and core.time() - found.mtime > STALE_SECONDS
    local lock = stale and core.lock(path .. "/lock")
    if lock then
      core.remove(path, { tree = true })
      core.unlock(lock)
    end
  end
end

local own_runtime   -- the folder of this process, once it is needed
local own_lock

--- A folder of this process for what need not outlive it; gone after folders.forget().
function folders.runtime()
  if own_runtime then return own_runtime end
  local host = core.host()
  local base = core.environment().XDG_RUNTIME_DIR
  local usable = base and base:sub(1, 1) == "/" and core.stat(base, true)
  local parent = usable and base .. "/orch-lua"
    or ("%s/orch-lua-%d"):format(paths.absolute(host.temporary), host.uid)
  make_private(parent)
  sweep(parent)
  local unique = core.hash(core.random(16)):sub(1, 8)
  own_runtime = make(("%s/%d-%s"):format(parent, host.pid, unique))
  own_lock = core.lock(own_runtime .. "/lock")
  return own_runtime
end

--- Remove the runtime folder of this process.
function folders.forget()
  if not own_runtime then return end
  core.remove(own_runtime, { tree = true })
  if own_lock then core.unlock(own_lock) end
  own_runtime, own_lock = nil, nil
end

-- A program that never says so leaves nothing behind either, when its Lua state closes.
folders.at_end = setmetatable({}, { __gc = folders.forget })

return folders
