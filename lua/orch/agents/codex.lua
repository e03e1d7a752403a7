--- codex: `codex exec` with its brief on stdin, its events on stdout and its last message
--- in a file.

local core = require "orch.core"
local codex_events = require "orch.agents.codex_events"

local codex = {
  name = "codex",
  reader = codex_events.reader,
  events = true,               -- success needs its own event of success
  sandboxed = true,            -- its read-only scope is kept by the kernel
  continues = true,
  memory = 200 * 1024 * 1024,
  needs = {
    "CODEX_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL", "CODEX_API_KEY", "SSL_CERT_FILE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
  },
}

-- Signs of a limit in error events and on stderr, the most telling first.
codex.limits = {
  { "usage limit", "quota" }, { "quota", "quota" }, { "429", "limit" },
  { "[Rr]ate limit", "limit" }, { "401 Unauthorized", "auth" }, { "[Nn]ot logged in", "auth" },
  { "overloaded", "overload" }, { "503", "overload" }, { "500 Internal", "overload" },
}

--- Whether the program may be used: it has been logged in, or is told of another provider.
function codex.ready(environment)
  local home = environment.CODEX_HOME or (environment.HOME or "") .. "/.codex"
  if environment.OPENAI_API_KEY or environment.CODEX_API_KEY then return true end
  if core.stat(home .. "/auth.json", true) then return true end
  local settings = core.read(home .. "/config.toml") or ""
  if settings:find "model_provider%s*=" then return true end
  return false, "it is not logged in (run: codex login)"
end

local SANDBOX = { ["read-only"] = "read-only", scratch = "workspace-write", edit = "workspace-write" }

--- The command line for *job*: { program, folder, scope, last_message, model, conversation }.
function codex.argv(job)
  local argv = { job.program, "exec", "--json", "--skip-git-repo-check",
    "-s", SANDBOX[job.scope], "-C", job.folder }
  local function add(...)
    for _, word in ipairs { ... } do argv[#argv + 1] = word end
  end
  if job.conversation then add("resume", "--json", "--skip-git-repo-check") end
  if job.model then add("-m", job.model) end
  add("-o", job.last_message)
  if job.conversation then add(job.conversation) end
  add "-"
  return argv
end

return codex
