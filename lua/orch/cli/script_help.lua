--- `SCRIPT --help`: what a script says about itself, and the options it declares.
--
-- The options are data inside the script, so the script is run as far as it declares them
-- and not a step further: anything that would start, ask, read or write ends it.

local options = require "orch.options"
local script = require "orch.script"

local script_help = {}

-- What reaches outside; a script that comes to one of these declared no options before.
local acts = { "all", "ask", "check", "deliver", "each", "exec_command", "plan", "race",
  "sessions", "skim", "sleep", "start", "try", "verify", "wait", "write_stdin" }

local Ended = { __tostring = function() return "the help was asked for" end }

local function finish(declared)
  error(setmetatable({ declared = declared }, Ended), 0)
end

local function refuse() finish(nil) end

-- The library as the script sees it here.
local function harmless(orch)
  local seen = { options = finish }
  for _, name in ipairs(acts) do seen[name] = refuse end
  return setmetatable(seen, { __index = orch })
end

-- The script's own way to the outside.
local function disarm(environment)
  local safe = { clock = true, date = true, difftime = true, getenv = true, time = true }
  for _, name in ipairs { "io", "os" } do
    for key, value in script.pairs(environment[name] or {}) do
      local acting = type(value) == "function" and not safe[key]
      if acting then environment[name][key] = refuse end
    end
  end
end

--- The help of the script at *path*: its text, or nil, a message and a traceback.
function script_help.of(path)
  local orch
  local loaded, message = script.load(path, {
    require = function(name)
      if name ~= "orch" then return require(name) end
      orch = orch or harmless(require "orch")
      return orch
    end,
  })
  if not loaded then return nil, message end
  local header, declared = options.header(loaded.source), nil
  if loaded.source:find "options" then
    disarm(loaded.environment)
    local co = coroutine.create(loaded.run)
    local fine, stopped = coroutine.resume(co)
    local known = not fine and getmetatable(stopped) == Ended and stopped
    if not fine and not known then
      message = loaded.positions(tostring(stopped))
      return nil, message, loaded.positions(debug.traceback(co, message))
    end
    declared = known and known.declared
  end
  if not declared then
    if header and header ~= "" then return header end
    return ("'%s' has neither a header comment nor options"):format(path)
  end
  return options.help(header, declared)
end

return script_help
