--- offline: the agent of a machine without any other, built into orch-lua.  It does
--- honest mechanical work and says what it cannot do.

local codex_events = require "orch.agents.codex_events"
local core = require "orch.core"

local offline = {
  name = "offline",
  reader = codex_events.reader,
  events = true,               -- success needs its own event of success
  sandboxed = true,            -- it writes nothing but what its scope names
  continues = false,
  money = "free",
  memory = 16 * 1024 * 1024,
  message = "file",
  needs = function() return {} end,
  signs = {},
}

--- It is part of this program, so it is always there.
function offline.find()
  return core.host().program or nil, "it is a part of the program orch-lua"
end

function offline.ready() return true end

--- The command line for *job*, see agents/codex.lua.
function offline.argv(job)
  return { job.program, "agent", "offline", "exec", "--json", "-s",
    job.scope == "edit" and "workspace-write" or "read-only",
    "-C", job.folder, "-o", job.last_message, "-" }
end

return offline
