--- Grows trees of processes that hide, and ends them in one way: stop, deadline, end,
--- Ctrl-C, lease, killed or keeper.  For nothing_survives_its_end.sh, which causes the
--- ends that come from outside and looks for survivors.
---
---   orch-lua forest.lua END MARK FOLDER TREES_OF_EACH_KIND

local core = require "orch.core"
local environment = require "orch.session.environment"
local orch = require "orch"
local session = require "orch.session"

local how, mark, folder, each = ...

-- Every hidden process says "ready" itself where it can, and is gone after ten minutes.
local HOP = [[
  trap "" INT TERM HUP
  [ "$1" -lt 400 ] || exec sleep 600
  case $1 in 5) echo ready ;; *0) sleep 0.1 ;; esac
  setsid sh -c "$0" "$0" $(($1 + 1)) &]]

local KINDS = {
  plain = { "sh", "-c", "sleep 600 & echo ready; wait" },
  nohup = { "sh", "-c", "nohup sleep 600 >/dev/null 2>&1 & echo ready; wait" },
  setsid = { "sh", "-c", "setsid sh -c 'echo ready; exec sleep 600' & wait" },
  daemon = { "sh", "-c", [[
    (setsid sh -c 'trap "" HUP; (echo ready; exec sleep 600) &' &); exec sleep 600]] },
  deaf = { "sh", "-c", [[trap "" INT TERM HUP; sleep 600 & echo ready; exec sleep 600]] },
  runaway = { "sh", "-c", [[trap "" INT; sh -c "$0" "$0" 1 & exec sleep 600]], HOP },
}

local SPEC = {
  workdir = folder, tty = true, stdin = "null", interrupt_ms = 100, terminate_ms = 100,
  env = environment.of_child { ORCH_TREE = mark },
  lease_ms = how == "lease" and 1000 or 0, deadline_ms = how == "deadline" and 4000 or 0,
}

local STATES = { stop = "stopped", deadline = "timed_out", keeper = "lost" }

local function plant(argv, number)
  local spec = { folder = ("%s/%d"):format(folder, number), argv = argv }
  for name, value in pairs(SPEC) do spec[name] = value end
  assert(core.make_folder(spec.folder))
  return session.start(spec)
end

local function await_all(trees, on, what)
  for _, s in ipairs(trees) do
    local event = orch.wait(s, { on = on, timeout_ms = 20000 })
    if not event or (on ~= "exit" and event.on == "exit") then
      error(("%s is not %s: it printed '%s'"):format(s, what, s:tail()))
    end
  end
end

local trees = {}
for _, argv in pairs(KINDS) do
  for _ = 1, tonumber(each) do trees[#trees + 1] = plant(argv, #trees + 1) end
end
await_all(trees, "ready", "ready")

local leaders = {}
for i, s in ipairs(trees) do leaders[i] = s:refresh().pid end
assert(core.write(folder .. "/grown", table.concat(leaders, "\n") .. "\n"))
if how == "end" then return end

if how == "stop" then
  orch.each(trees, function(s) return s:stop() end)
elseif how == "deadline" or how == "keeper" then
  await_all(trees, "exit", "ended")
else
  orch.sleep(120000)  -- whoever started us ends it
end
for _, s in ipairs(trees) do
  local state = s:outcome()
  assert(state == STATES[how], state)
end
assert(core.write(folder .. "/over", ""))
orch.sleep(120000)
