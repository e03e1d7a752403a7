--- Any command as an agent: words of the user's configuration, with holes for the files.
--
--   agents = { mine = { argv = { "my-agent", "--out", "{{last_message}}" } } }
--
-- The brief is on stdin.  Holes: brief_file, last_message, folder, scope, model.
-- `events` says what it prints: "codex" or "claude" for those streams, "none" (the
-- default) for text.  Its reply is the file {{last_message}} if a word names it, else the
-- last message of its events, else all that it prints.  `env` names the variables it may
-- see, `memory` the bytes it needs, `signs` the texts on its stderr that mean a limit or
-- a login.

local claude = require "orch.agents.claude"
local claude_events = require "orch.agents.claude_events"
local codex = require "orch.agents.codex"
local codex_events = require "orch.agents.codex_events"
local reset = require "orch.agents.reset"

local command = {}

local MEMORY = 128 * 1024 * 1024

-- A reader of nothing: what such a command prints is text.
local function without_events() return { errors = {}, tokens = 0 } end

local READERS = {
  none = without_events, codex = codex_events.reader, claude = claude_events.reader,
}

-- What most programs say of the commonest causes; the user's own signs come before them,
-- and those of the agent whose events it speaks.
local SIGNS = {
  { "limit.-[Tt]ry again in ([%d.]+ ?%a+)", "quota", reset.after },
  { "limit.-[Tt]ry again at ([^.]+)", "quota", reset.at },
  { "[Rr]ate limit", "quota" }, { "[Uu]sage limit", "quota" }, { "[Qq]uota", "quota" },
  { "%f[%d]429%f[%D] Too Many", "quota" }, { "401 Unauthorized", "auth" },
  { "[Nn]ot logged in", "auth" }, { "[Oo]verloaded", "overload" },
}

local SIGNS_OF = { codex = codex.signs, claude = claude.signs }

local function fill(word, values)
  return (word:gsub("{{%s*([%w_]+)%s*}}", values))
end

--- The user's own signs come first; his functions are given what was captured alone, so
-- that `tonumber` is one.
local function signs_of(entry)
  local signs = {}
  for i, own in ipairs(entry.signs or {}) do
    local time_of = own[3]
    signs[i] = { own[1], own[2],
      time_of and function(captured) return time_of(captured) end }
  end
  for _, known in ipairs { SIGNS_OF[entry.events] or {}, SIGNS } do
    table.move(known, 1, #known, #signs + 1, signs)
  end
  return signs
end

--- An agent named *name* from its entry in the configuration.
function command.new(name, entry)
  local events = entry.events or "none"
  local names_file = table.concat(entry.argv, "\n"):find("{{%s*last_message%s*}}") ~= nil
  local agent = {
    name = name, program_word = entry.argv[1], reader = READERS[events],
    events = events ~= "none", sandboxed = false, continues = false,
    signs = signs_of(entry),
    money = events == "claude" and "told" or nil, model = entry.model,
    tokens_of = "process", memory = entry.memory or MEMORY,
    message = names_file and "file" or events == "none" and "output" or "events",
  }
  function agent.needs() return entry.env or {} end
  function agent.ready() return true end
  function agent.argv(job)
    local values = { brief_file = job.brief_file, last_message = job.last_message,
      folder = job.folder, scope = job.scope, model = entry.model or job.model or "" }
    local argv = { job.program }
    for i = 2, #entry.argv do argv[i] = fill(entry.argv[i], values) end
    return argv
  end
  return agent
end

return command
