-- kill -9 of the engine at random moments while real agents work, then resume.

local core = require "orch.core"
local rig = require "rig"

local KILLS = 20
local MOST_AT_ONCE = 3         -- kills of one run

local REVIEW = "FINDINGS:\n1. [high] greeting.c:1 The greeting is misspelled\n"
  .. "   Evidence: it says helo\n   Fix: write hello\n"
local RULES = {
  { when = "TASK: Review", steps = { { shell = "cat greeting.c" }, { text = REVIEW } } },
  { when = "TASK: Fix the findings", steps = {
    { shell = "sed -i s/helo/hello/ greeting.c" },
    { text = "CHANGED:\n- greeting.c - the greeting is spelled\n" } } },
  { when = "TASK: Verify", steps = { { shell = "cat greeting.c" },
    { text = "VERDICT: pass\nEVIDENCE:\n- greeting.c says hello\n"
      .. "FINDINGS:\nF1: fixed - it says hello\n" } } },
}
local WORDS = { "review_fix", "--artefact", "greeting.c", "--agent", "codex" }

--- Begin anew: the file as it was, no run.  Return how many requests there were.
local function begin(r, round)
  r:file("greeting.c", 'char *greeting = "helo";\n')
  r.env.ORCH_STATE_DIR = ("%s/state-%d"):format(r.folder, round)
  return #r:requests()
end

--- The folder of the run, or nil when none has begun.
local function run_folder(r)
  local place = r.env.ORCH_STATE_DIR
  for _, name in ipairs(core.list(place) or {}) do
    local folder = place .. "/" .. name
    local journal = name:sub(1, 1) ~= "." and core.read(folder .. "/journal")
    if journal and journal:find "\n" then return folder end
  end
end

--- Resume the run, or begin it.  What is started outlives the engine.
local function go_on(r)
  local folder = run_folder(r)
  local words = folder and { "resume", folder:match "[^/]*$" } or WORDS
  return r:orch(words, { on_leader_exit = "keep" })
end

--- Kill the process group of *running* after *ms*, unless it ends before.
local function kill_after(r, running, ms)
  local over = core.now() + ms
  repeat
    core.poll(math.max(0, over - core.now()))
    local state = core.status(running.handle).state
  until core.now() >= over or state == "ended" or state == "exited"
  local pid = core.status(running.handle).pid
  if not pid then return end
  r:finish(r:start({ "sh", "-c", "kill -KILL -" .. pid .. " || :" }, r.env))
end

--- The conversations of the requests from number *first* on: one for each start.
local function starts_since(r, first)
  local seen, count = {}, 0
  for i, request in ipairs(r:requests()) do
    if i > first and not seen[request.conversation] then
      seen[request.conversation], count = true, count + 1
    end
  end
  return count
end

local function attempts_of(folder)
  return select(2, core.read(folder .. "/journal"):gsub('"kind":"attempt"', ""))
end

describe("an engine that is killed while codex works", function()
  it("starts nobody twice, and its run ends as it would have", function()
    local r <close> = rig.new(RULES)
    begin(r, 0)
    local whole = r:finish(go_on(r))
    assert.equal(0, whole.code, whole.err)
    local good = core.read(run_folder(r) .. "/result.json")

    local kills, round = 0, 0
    while kills < KILLS do
      round = round + 1
      local first = begin(r, round)
      local killed, all = {}, {}
      for i = 1, core.random(1):byte() % MOST_AT_ONCE + 1 do
        local part = (core.random(1):byte() + 0.5) / 256
        killed[i] = ("%.0f"):format(part * whole.seconds * 1000)
        local running = go_on(r)
        kill_after(r, running, killed[i] + 0.0)
        kills, all[i] = kills + 1, running
      end
      local result = r:finish(go_on(r))
      for _, running in ipairs(all) do r:finish(running) end   -- nobody is left of it
      local what = "killed after " .. table.concat(killed, ", ") .. " ms: " .. result.err
      assert.equal(0, result.code, what)
      local folder = run_folder(r)
      assert.equal(good, core.read(folder .. "/result.json"), what)
      assert.equal('char *greeting = "hello";\n', r:read "greeting.c")
      assert.equal(3, starts_since(r, first), what)
      assert.equal(3, attempts_of(folder), what)
    end
  end)
end)
