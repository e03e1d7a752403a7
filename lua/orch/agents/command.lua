--- Any command as an agent: words of the user's configuration, with holes for the files.
--
--   agents = { mine = { argv = { "my-agent", "--out", "{{last_message}}" }, events = "none" } }
--
-- The brief is on stdin.  Holes: brief_file, last_message, folder, scope, model.  Without
-- a {{last_message}} the command's output is its reply.

local codex_events = require "orch.agents.codex_events"
local failure = require "orch.failure"

local command = {}

local function without_events()
  return { line = function() end, errors = {}, tokens = 0 }
end

local function fill(word, values, name)
  return (word:gsub("{{%s*([%w_]+)%s*}}", function(hole)
    local value = values[hole]
    if value == nil then
      failure.refuse("environment",
        "the configuration's agent '%s' has an unknown hole '{{%s}}'", name, hole)
    end
    return value
  end))
end

--- An agent named *name* from its entry in the configuration: { argv, events, env, memory }.
function command.new(name, entry)
  local with_events = entry.events == "codex"
  local names_file = table.concat(entry.argv, "\n"):find("{{%s*last_message%s*}}") ~= nil
  local agent = {
    name = name, sandboxed = false, continues = false, needs = entry.env or {},
    memory = entry.memory or 128 * 1024 * 1024, limits = {}, program_word = entry.argv[1],
    reader = with_events and codex_events.reader or without_events,
    events = with_events, output_is_reply = not names_file and not with_events,
  }
  function agent.ready() return true end
  function agent.argv(job)
    local values = { brief_file = job.brief_file, last_message = job.last_message,
      folder = job.folder, scope = job.scope, model = job.model or "" }
    local argv = { job.program }
    for i = 2, #entry.argv do argv[i] = fill(entry.argv[i], values, name) end
    return argv
  end
  return agent
end

return command
