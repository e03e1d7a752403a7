-- rig.lua - runs orch-lua with the real codex and claude against the scripted model.
--
-- Every rig has a folder of its own in the build folder: homes, a workspace, the state of
-- the runs and the temporary files.  Nothing of the user's is seen, nothing but loopback
-- is asked.  codex makes no helper programs below the temporary folder: TMPDIR is told.

local core = require "orch.core"

local rig = {}
local Rig = {}
Rig.__index = Rig

local outside = core.environment()
local AGENTS = assert(outside.ORCH_AGENTS, "ORCH_AGENTS names the installed agents")
local SOURCE = outside.ORCH_SOURCE
local NODE = outside.ORCH_NODE
local WAIT_MS = 100000         -- after which a test is broken

local CODEX_SETTINGS = [[
model = "gpt-5.5"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:%s/v1"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
stream_idle_timeout_ms = 60000
[features]
plugins = false
]]

local function write(path, bytes) assert(core.write(path, bytes, { atomic = false })) end

--- Start *argv* in a session of its own with exactly the variables *env*.
function Rig:start(argv, env, options)
  options = options or {}
  self.sessions = self.sessions + 1
  local folder = ("%s/session-%d"):format(self.folder, self.sessions)
  assert(core.make_folder(folder))
  local words = {}
  for name, value in pairs(env) do words[#words + 1] = name .. "=" .. value end
  table.sort(words)
  local handle = assert(core.start {
    folder = folder, argv = argv, env = words,
    workdir = options.workdir or self.workspace, tty = false, stdin = "null",
    stderr = "file", lease_ms = 0, deadline_ms = WAIT_MS, cap = 64 * 1024 * 1024,
    on_leader_exit = options.on_leader_exit or "kill",
    interrupt_ms = 20000, terminate_ms = 2000,
  })
  local started = { handle = handle, folder = folder, at = core.now() }
  self.open[started] = true
  return started
end

--- Wait until *done*() holds; fail the test with *what* after *ms*.
function rig.wait(what, done, ms)
  local deadline = core.now() + (ms or WAIT_MS)
  while true do
    local value = done()
    if value then return value end
    if core.now() > deadline then error("still waiting for " .. what, 2) end
    core.poll(20)
  end
end

--- Wait for the end of what was started: { code, signal, out, err, seconds }.
function Rig:finish(started)
  local status
  rig.wait("an end", function()
    status = core.status(started.handle)
    return status.state == "ended" or status.state == "lost"
  end)
  self.open[started] = nil
  core.release(started.handle)
  return { code = status.code, signal = status.signal, ended_by = status.ended_by,
    seconds = (core.now() - started.at) / 1000,
    out = core.read(started.folder .. "/transcript") or "",
    err = core.read(started.folder .. "/stderr") or "" }
end

local function start_server(self, rules)
  local folder = self.folder .. "/server"
  assert(core.make_folder(folder))
  write(folder .. "/rules.json", core.json_encode(core.array(rules)))
  self.server = self:start({ NODE, SOURCE .. "/tests/agents/model_server.mjs",
    folder .. "/rules.json", folder }, { PATH = outside.PATH }, { workdir = folder })
  self.port = rig.wait("the model server", function()
    local bytes = core.read(folder .. "/port")
    return bytes and bytes:match "%d+"
  end)
end

--- A rig whose model answers by *rules*, or by what rules(workspace) returns; see
-- model_server.mjs.  Options: `config` = the user's configuration, `env` = variables,
-- `refused` = nobody listens where the model should be.
function rig.new(rules, options)
  options = options or {}
  local name = core.hash(core.random(16)):sub(1, 8)
  local folder = ("%s/rigs/%s"):format(core.real_path(AGENTS), name)
  local self = setmetatable({ folder = folder, sessions = 0, open = {},
    workspace = folder .. "/workspace" }, Rig)
  for _, part in ipairs {
    "workspace", "home/.config/orch-lua", "codex", "claude", "tmp",
  } do
    assert(core.make_folder(folder .. "/" .. part, { parents = true }))
  end
  start_server(self, type(rules) == "function" and rules(self.workspace) or rules)
  if options.refused then self:stop_server() end
  write(folder .. "/codex/config.toml", CODEX_SETTINGS:format(self.port))
  write(folder .. "/home/.config/orch-lua/config.lua", options.config or "return {}\n")
  self.env = {
    PATH = ("%s/bin:%s:/usr/local/bin:/usr/bin:/bin"):format(AGENTS, NODE:match "^(.*)/"),
    HOME = folder .. "/home", TMPDIR = folder .. "/tmp", LANG = "C.UTF-8",
    ORCH_STATE_DIR = folder .. "/state", CODEX_HOME = folder .. "/codex",
    CLAUDE_CONFIG_DIR = folder .. "/claude", ANTHROPIC_API_KEY = "sk-ant-none",
    ANTHROPIC_BASE_URL = "http://127.0.0.1:" .. self.port,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC = "1", CLAUDE_CODE_MAX_RETRIES = "0",
  }
  for key, value in pairs(options.env or {}) do self.env[key] = value or nil end
  return self
end

--- Write a file of the workspace.
function Rig:file(name, bytes) write(self.workspace .. "/" .. name, bytes) end

function Rig:read(name) return core.read(self.workspace .. "/" .. name) end

--- Start orch-lua with these words.
function Rig:orch(words, options)
  local argv = { outside.ORCH_LUA, "--progress", "json", table.unpack(words) }
  return self:start(argv, self.env, options)
end

--- Run orch-lua with these words to its end.
function Rig:run(words, options) return self:finish(self:orch(words, options)) end

--- Run git in the workspace; return what it printed.
function Rig:git(...)
  local result = self:finish(self:start({ "git", "-c", "user.name=Nobody",
    "-c", "user.email=nobody@example.org", ... }, self.env))
  assert(result.code == 0, result.err)
  return result.out
end

--- Make the workspace a repository whose only commit holds all that is there.
function Rig:repository()
  self:git("init", "-q")
  self:git("add", "-A")
  self:git("commit", "-q", "-m", "As it was.")
end

--- Run a script whose text is *source*.
function Rig:script(source, words)
  write(self.folder .. "/script.lua", source)
  return self:run { self.folder .. "/script.lua", table.unpack(words or {}) }
end

--- The newest of what orch-lua told of each worker, by its label.
function rig.workers(result)
  local workers = {}
  for line in result.err:gmatch "[^\n]+" do
    local event = core.json_decode(line)
    if type(event) == "table" and event.label then workers[event.label] = event end
  end
  return workers
end

--- How many requests the model was answering at once at most.
function Rig:at_once()
  local most = 0
  for _, request in ipairs(self:requests()) do most = math.max(most, request.open) end
  return most
end

--- The requests for answers that the model got, in order.
function Rig:requests()
  local list = {}
  for line in (core.read(self.folder .. "/server/requests") or ""):gmatch "[^\n]+" do
    local request = assert(core.json_decode(line))
    if request.prompt then list[#list + 1] = request end
  end
  return list
end

--- The pids of the processes of whose words one is *word*.
function rig.processes(word)
  local pids = {}
  for _, name in ipairs(core.list "/proc") do
    local bytes = name:find "^%d+$" and core.read("/proc/" .. name .. "/cmdline")
    if bytes and ("\0" .. bytes):find("\0" .. word .. "\0", 1, true) then
      pids[#pids + 1] = math.tointeger(tonumber(name))
    end
  end
  return pids
end

function Rig:stop_server()
  core.control(self.server.handle, "kill")
  self:finish(self.server)
end

--- End all that runs and remove the folder.
function Rig:close()
  for started in pairs(self.open) do core.control(started.handle, "kill") end
  for started in pairs(self.open) do self:finish(started) end
  core.remove(self.folder, { tree = true })
end

Rig.__close = Rig.close

return rig
