--- The Context Pack of a run, read from a file before anything is started.

local context = require "orch.context"
local core = require "orch.core"
local paths = require "orch.paths"

local context_file = {}

local MOST = 1024 * 1024       -- bytes; more is no context, and may have no end

--- What is wrong with where *pack* points, or nil.
function context_file.mistake(pack)
  local missing = pack:missing(function(path)
    return core.stat(paths.absolute(path), true) ~= nil
  end)
  if missing[1] then
    return ("the context points to '%s', which does not exist; nothing was started")
      :format(missing[1])
  end
end

--- The pack in the file at *path*, or nil and a sentence.
function context_file.read(path)
  local found, message = core.stat(path, true)
  if found and found.type ~= "file" then
    return nil, ("the context '%s' is a %s: a file was expected"):format(path, found.type)
  end
  local source
  if found then source, message = core.read(path, 0, MOST) end
  if not source then
    return nil, ("cannot read the context '%s': %s"):format(path, message)
  end
  local pack, problem = context.parse(source)
  if not pack then return nil, ("the context '%s': %s"):format(path, problem) end
  problem = context_file.mistake(pack)
  if problem then return nil, problem end
  return pack
end

return context_file
