-- support.lua - what several specs need: scratch folders, worlds, fresh libraries.

local support = {}

local SHARE = "/opt/orch-lua/share/orch-lua"   -- where a world keeps what is installed

--- A scratch folder, removed when the variable that holds it is closed.
function support.folder()
  local core = require "orch.core"
  local name = core.hash(core.random(16)):sub(1, 12)
  local path = core.real_path(core.host().temporary) .. "/orch-test-" .. name
  assert(core.make_folder(path))
  return setmetatable({ path = path }, { __close = function()
    core.remove(path, { tree = true })
  end })
end

--- A world; *options* as for world.new.
function support.world(options)
  options = options or {}
  options.core = options.core or require "orch.core"
  options.programs = options.programs or {}
  return require "orch.rehearsal.world".new(options)
end

--- The files of this tree's worker templates, for a world in their place.
function support.templates()
  local core = require "orch.core"
  local source = core.environment().ORCH_SOURCE or core.host().folder
  local folder, files = source .. "/worker-templates", {}
  for _, name in ipairs(assert(core.list(folder))) do
    local path = SHARE .. "/worker-templates/" .. name
    files[path] = assert(core.read(folder .. "/" .. name))
  end
  return files
end

--- A function that loads modules of a fresh library over *core*.
function support.library(core)
  return select(2, require "orch.load"(core))
end

return support
