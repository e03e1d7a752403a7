-- Checks as evidence: several at once, in the branch they belong to, ended with it.

local core = require "orch.core"
local support = require "support"

--- Run *fn*(orch, folder) as a script in a folder of its own.  Return what came of it:
-- `outcome`, `value` and `told`, what the display was told of checks, as "state command".
local function run(fn)
  local folder <close> = support.folder()
  assert(core.make_folder(folder.path .. "/tree"))
  local environment, here = core.environment(), core.host()
  environment.ORCH_STATE_DIR = folder.path .. "/state"
  here.folder = folder.path .. "/tree"
  local load = support.library(setmetatable({
    environment = function() return environment end, host = function() return here end,
    output = function() return true end,
  }, { __index = core }))
  local orch = load "orch"
  local opened = assert(load "orch.run".open { name = "test" })
  local told, value = {}, nil
  opened.progress = setmetatable({ event = function(_, kind, record)
    if kind == "check" then
      told[#told + 1] = record.state .. " " .. record.command:match "[%w_]+$"
    end
  end }, { __index = opened.progress })
  local outcome = opened:execute(function() value = fn(orch, here.folder) end)
  opened:close()
  return { outcome = outcome, value = value, told = told }
end

--- A command that goes on when *count* of its kind are there.
local function meets(name, count, rest)
  return ("touch here-%s; until test $(ls here-* | wc -l) = %d; do :; done; %s # %s")
    :format(name, count, rest or "true", name)
end

describe("checks in a fan-out", function()
  it("run at once; one that fails is evidence and raises nothing", function()
    local seen = run(function(orch)
      local names = { "a", "b", "c", "d" }
      return orch.all(names, function(name)
        return orch.check(meets(name, #names, name == "c" and "echo bad; exit 3"))
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    local passed = {}
    for i, evidence in ipairs(seen.value) do passed[i] = evidence.pass end
    assert.same({ true, true, false, true }, passed)
    assert.equal(3, seen.value[3].code)
    assert.equal("bad\n", seen.value[3].tail)
    assert.matches("failed with exit code 3$", tostring(seen.value[3]))
    assert.same({ "running a", "running b", "running c", "running d" },
      table.move(seen.told, 1, 4, 1, {}))
  end)

  it("each have a folder of their own, with what they printed", function()
    local seen = run(function(orch)
      local printed = orch.all({ "a", "b", "c" }, function(name)
        return core.read(orch.check("echo " .. name).folder .. "/transcript")
      end)
      return table.concat(printed)
    end)

    assert.equal("a\nb\nc\n", seen.value)
  end)

  it("are ended with their task, and the display is told", function()
    local seen = run(function(orch, folder)
      local _, index = orch.race({ "quick", "slow" }, function(name)
        return orch.check(name == "quick"
          and "until test -s pid; do :; done # quick"
          or "echo $$ >pid; exec sleep 1000 # slow")
      end)
      return { index = index, pid = core.read(folder .. "/pid"):match "%d+" }
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal(1, seen.value.index)
    assert.is_nil(core.stat("/proc/" .. seen.value.pid))
    table.sort(seen.told)
    assert.same({ "ok quick", "running quick", "running slow", "stopped slow" },
      seen.told)
  end)
end)
