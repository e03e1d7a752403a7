--- codex: `codex exec` with its brief on stdin, its events on stdout and its last message
--- in a file.

local codex_events = require "orch.agents.codex_events"
local core = require "orch.core"
local paths = require "orch.paths"
local reset = require "orch.agents.reset"

local codex = {
  name = "codex",
  reader = codex_events.reader,
  events = true,               -- success needs its own event of success
  message = "file",
  sandboxed = true,            -- its read-only scope is kept by the kernel
  continues = true,
  tokens_of = "conversation",  -- a continued one reports what it has used in all
  memory = 200 * 1024 * 1024,
}

local NEEDS = {
  "CODEX_HOME", "CODEX_API_KEY", "CODEX_CA_CERTIFICATE",
  "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORGANIZATION", "OPENAI_PROJECT",
}

-- Signs of a cause in its error texts and on stderr, the most telling first.
codex.signs = {
  { "usage limit.-[Tt]ry again at ([^.]+)", "quota", reset.at },
  { "usage limit.-[Tt]ry again in ([^.]+)", "quota", reset.after },
  { "rate limit.-[Tt]ry again in ([%d.]+ ?%a+)", "quota", reset.after },
  { "usage limit", "quota" },
  { "[Qq]uota exceeded", "quota" },
  { "out of credits", "quota" },
  { "status:? 429", "quota" },
  { "rate limit", "quota" },
  { "status:? 401", "auth" },
  { "status:? 403", "auth" },
  { "[Nn]ot logged in", "auth" },
  { "access token could not be refreshed", "auth" },
  { "Missing environment variable", "auth" },
  { "context window", "request" },
  { "at capacity", "overload" },
  { "experiencing high", "overload" },
  { "status:? 5%d%d", "overload" },
  { "stream disconnected", "overload" },
  { "waiting for network", "overload" },
  { "error sending request", "overload" },
  { "Connection failed", "overload" },
  { "status:? 4%d%d", "request" },
  { '^{"error"', "request" },
}

local function home_of(environment)
  local home = environment.CODEX_HOME
  return home and home ~= "" and home or (environment.HOME or "") .. "/.codex"
end

local function settings_of(environment)
  return core.read(home_of(environment) .. "/config.toml") or ""
end

--- The names of the variables it needs, those of its configured providers' keys as well.
function codex.needs(environment)
  local names = table.move(NEEDS, 1, #NEEDS, 1, {})
  for name in settings_of(environment):gmatch 'env_key%s*=%s*["\']([%w_]+)["\']' do
    names[#names + 1] = name
  end
  return names
end

--- Whether the program may be used: it has been logged in, or told of another provider.
function codex.ready(environment)
  if environment.CODEX_API_KEY then return true end
  if core.stat(home_of(environment) .. "/auth.json", true) then return true end
  local provider = ("\n" .. settings_of(environment)):find "\n%s*model_provider%s*="
  if provider then return true end
  return false, "it is not logged in (run: codex login)"
end

--- What the user should know before it is used: below the temporary folder codex makes
-- no helper programs, so that all its commands fail while it says that all is well.
function codex.warning(environment)
  local home = home_of(environment)
  local folder = core.real_path(home) or home
  local temporary = core.host().temporary
  if not paths.inside(folder, core.real_path(temporary) or temporary) then return nil end
  return ("the commands of codex will fail, though it says that all is well: its home "
    .. "'%s' is below the temporary folder '%s'"):format(folder, temporary)
end

local SANDBOX = {
  ["read-only"] = "read-only", scratch = "workspace-write", edit = "workspace-write",
}

--- The root of the repository that *folder* lies in, or nil.
local function root_of(folder)
  repeat
    if core.stat(folder .. "/.git") then return folder end
    folder = folder:match "^(.+)/[^/]*$"
  until not folder
end

--- Settings of the project (its hooks and MCP servers) are not for workers, even where
-- the user trusts them.  codex asks the repository's root, then the folder itself.
local function distrust(folder)
  local parts = {}
  for _, path in ipairs { folder, root_of(folder) } do
    local entry = ("%s={trust_level=\"untrusted\"}"):format(core.json_encode(path))
    if entry ~= parts[1] then parts[#parts + 1] = entry end
  end
  return "projects={" .. table.concat(parts, ",") .. "}"
end

--- The command line for *job*; what belongs to `exec` stands before `resume`.
function codex.argv(job)
  local argv = { job.program, "exec", "--json", "--skip-git-repo-check",
    "-s", SANDBOX[job.scope], "-C", job.folder, "-o", job.last_message,
    "-c", distrust(job.folder),
    "-c", ('web_search="%s"'):format(job.web and "live" or "disabled") }
  local function add(...)
    for _, word in ipairs { ... } do argv[#argv + 1] = word end
  end
  if job.model then add("-m", job.model) end
  if job.conversation then add("resume", job.conversation) end
  add "-"
  return argv
end

return codex
