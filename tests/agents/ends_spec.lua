-- What a real agent's tool started dies with its worker, however that one ends.
--
-- The tool hides as tools do: `setsid nohup sleep` is in a session of its own, and bash
-- and the agent are gone before it.

local core = require "orch.core"
local rig = require "rig"

local CONFIG = [[
return { lease = "%s", agents = { unconfined = { events = "codex", env = { "CODEX_HOME" },
  argv = { "codex", "exec", "--json", "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox", "-C", "{{folder}}", "-" } } } }
]]

local SCRIPT = [[
local orch = require "orch"
local started = orch.start("implementer", { task = "Run it.", edit = "x", %s })
repeat
  orch.sleep(50)
until orch.exec_command { cmd = "test -e started" }.exit_code == 0
%s
]]

-- How the worker ends; `script` goes on when its tool runs, `act` acts from outside.
local ENDS = {
  { name = "is stopped by the script", script = "started:stop() started:poll()" },
  { name = "is interrupted by Ctrl-C", script = "started:wait()", act = "INT" },
  { name = "is terminated", script = "started:wait()", act = "TERM" },
  { name = "passes its deadline", script = "pcall(started.wait, started)",
    more = "deadline_ms = 8000" },
  { name = "passes its deadline after orch-lua was killed", script = "started:wait()",
    more = "deadline_ms = 8000", act = "KILL" },
  { name = "has no orch-lua for its lease", script = "started:wait()", lease = "2s",
    act = "KILL" },
}

local number = 0

--- A rig whose agent runs a hidden `sleep WORD` and has a *lease*.
local function with_tool(lease)
  number = number + 1
  local word = ("%d.%d"):format(300 + number, core.host().pid)
  local r = rig.new({ { when = "", steps = {
    { shell = ("setsid nohup sleep %s >/dev/null 2>&1 & touch started; sleep 200")
      :format(word) },
    { text = "CHANGED: none" } } } }, { config = CONFIG:format(lease or "15m") })
  return r, word
end

local AGENTS = { "codex", "unconfined", "claude" }
local CODES = { INT = 130, TERM = 143, KILL = "SIGKILL" }

--- Start a worker of *agent* that ends as *ending* says: { rig, word, running }.
local function start(agent, ending)
  local r, word = with_tool(ending.lease)
  assert(core.write(r.folder .. "/script.lua",
    SCRIPT:format(ending.more or "", ending.script)))
  -- The tool must die by orch-lua's own keepers: the test's waits for it instead.
  local running = r:orch({ r.folder .. "/script.lua", "--agent", agent },
    { on_leader_exit = "keep" })
  return { rig = r, word = word, running = running }
end

--- Send the signal as soon as the tool runs.
local function act(one, signal)
  rig.wait("the tool", function() return core.stat(one.rig.workspace .. "/started") end)
  if not signal then return end
  local pid = tostring(core.status(one.running.handle).pid)
  one.rig:finish(one.rig:start({ "kill", "-" .. signal, pid }, one.rig.env))
  if signal == "KILL" then assert.is_truthy(rig.processes(one.word)[1]) end
end

describe("the tool of a worker is gone when the worker", function()
  for _, ending in ipairs(ENDS) do
    it(ending.name, function()
      local all = {}
      local _ <close> = setmetatable({}, { __close = function()
        for _, one in ipairs(all) do one.rig:close() end
      end })
      for i, agent in ipairs(AGENTS) do all[i] = start(agent, ending) end
      for _, one in ipairs(all) do act(one, ending.act) end

      for i, one in ipairs(all) do
        local result = one.rig:finish(one.running)
        assert.same({}, rig.processes(one.word), AGENTS[i])
        assert.equal(CODES[ending.act] or 0, result.code or result.signal, result.err)
        assert.is_true(result.seconds < 20, AGENTS[i])
      end
    end)
  end
end)
