--- claude: `claude -p` with its brief on stdin and its events, the last of which holds
--- its last message, on stdout.

local claude_events = require "orch.agents.claude_events"
local core = require "orch.core"

local claude = {
  name = "claude",
  reader = claude_events.reader,
  events = true,               -- success needs its own event of success
  message = "events",          -- there is no file for its last message
  sandboxed = false,           -- a reader is kept by its tools, not by the kernel
  continues = true,
  tokens_of = "process",
  money = "told",              -- its costs are in its events
  memory = 350 * 1024 * 1024,
  sets = { DISABLE_AUTOUPDATER = "1" },
}

local NEEDS = {
  "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL",
  "ANTHROPIC_CUSTOM_HEADERS", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_MAX_RETRIES", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "API_TIMEOUT_MS",
  "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY",
  "AWS_REGION", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "CLOUD_ML_REGION",
  "ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_APPLICATION_CREDENTIALS",
}
local LOGINS = {
  "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY",
}

-- Signs of a cause in its error texts (the reader begins them with the status) and on
-- stderr, the most telling first.  When a limit ends is in its events, not in the text.
claude.signs = {
  { "^usage limit", "quota" },
  { "You've hit your", "quota" },
  { "Credit balance is too low", "quota" },
  { "^status 429", "quota" },
  { "^status 40[13]", "auth" },
  { "Please run /login", "auth" },
  { "^status 5%d%d", "overload" },
  { "Unable to connect", "overload" },
  { "Connection to the API was lost", "overload" },
  { "empty or malformed response", "overload" },
  { "^status unknown: unknown, attempt", "overload" },
  { "^status 4%d%d", "request" },
}

function claude.needs() return NEEDS end

--- Whether the program may be used: a key in the environment, or it has been logged in.
function claude.ready(environment)
  for _, name in ipairs(LOGINS) do
    if environment[name] and environment[name] ~= "" then return true end
  end
  local home = environment.HOME or ""
  local own = environment.CLAUDE_CONFIG_DIR
  local folder = own or home .. "/.claude"
  if core.stat(folder .. "/.credentials.json", true) then return true end
  local settings = core.read(folder .. "/settings.json") or ""
  if settings:find '"apiKeyHelper"' or settings:find '"ANTHROPIC_A[%u_]+"' then
    return true
  end
  local state = core.read((own or home) .. "/.claude.json") or ""
  if state:find '"primaryApiKey"' then return true end
  return false, "it is not logged in (run: claude /login)"
end

-- A reader has no tool that could change anything.  A writer's edits are accepted within
-- its folder only; its commands are not confined.  Neither can start other workers.
local READS = { "Read", "Grep", "Glob" }
local WRITES = { "Read", "Grep", "Glob", "Edit", "Write", "NotebookEdit", "Bash" }
local WEB = { "WebFetch", "WebSearch" }
local KEPT_OUT = {
  "Edit(.git/**)", "Edit(.claude/**)", "Edit(.codex/**)", "Edit(.orch-lua/**)",
}

local function joined(...)
  local words = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #words + 1, words) end
  return table.concat(words, ",")
end

--- The command line for *job*.  Settings of the project (its hooks) and all MCP servers
-- are not for workers.
function claude.argv(job)
  local writes = job.scope ~= "read-only"
  local web = job.web and WEB or {}
  local argv = { job.program, "-p", "--output-format", "stream-json", "--verbose",
    "--setting-sources", "user", "--strict-mcp-config",
    "--permission-mode", writes and "acceptEdits" or "default",
    "--tools", joined(writes and WRITES or READS, web),
    "--allowedTools", joined(READS, writes and { "Bash" } or {}, web),
    "--disallowedTools", joined(KEPT_OUT, writes and {} or { "Bash", "Edit", "Write" }) }
  local function add(...)
    for _, word in ipairs { ... } do argv[#argv + 1] = word end
  end
  if job.model then add("--model", job.model) end
  if job.conversation then add("--resume", job.conversation) end
  return argv
end

return claude
