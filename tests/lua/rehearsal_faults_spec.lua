-- Faults: plain data, drawn by a seed, each of which really strikes.

local chance = require "orch.rehearsal.chance"
local faults = require "orch.rehearsal.faults"
local rig = require "rehearsal_rig"

local function failure_of(seen)
  for _, worker in ipairs(seen.run.workers) do
    if worker.failure then return worker.failure.state, worker.failure.cause end
  end
end

describe("a list of faults", function()
  it("is the same for the same seed, and plain data", function()
    local core = require "orch.core"
    local function drawn(seed)
      local list = {}
      local luck = chance.new(seed, "faults")
      for i = 1, 50 do list[i] = core.array(faults.draw(luck)) end
      return core.json_encode(list)
    end

    assert.equal(drawn(1), drawn(1))
    assert.not_equal(drawn(1), drawn(2))
  end)

  it("holds only the kinds that were asked for, within the horizon", function()
    local luck = chance.new(1, "faults")
    for _ = 1, 100 do
      for _, fault in ipairs(faults.draw(luck, { "hang", "ctrl_c" }, { minute = 5 })) do
        assert.is_true(fault.kind == "hang" or fault.kind == "ctrl_c")
        assert.is_true(fault.kind ~= "ctrl_c" or fault.at <= 5)
      end
    end
  end)

  it("says what is wrong with a kind that does not exist", function()
    assert.equal("there is no fault 'hnag'; did you mean 'hang'?",
      faults.mistake { "hang", "hnag" })
  end)

  it("can be described, each of its kinds", function()
    local luck = chance.new(1, "faults")
    for _, name in ipairs(faults.names) do
      local list = {}
      while not list[1] do list = faults.draw(luck, { name }) end

      assert.not_matches("nil", faults.describe(list[1]))
      assert.not_matches("%%", faults.describe(list[1]))
    end
  end)
end)

describe("a worker that meets the fault", function()
  local function meets(kind, state, cause, more)
    local fault = { kind = kind, at = 1 }
    for name, value in pairs(more or {}) do fault[name] = value end
    it(kind .. " is " .. state .. (cause and ", cause " .. cause or ""), function()
      local seen = rig.play("triangulated_review", 2, { faults = { fault } })

      assert.equal(1, #seen.told)
      assert.same({ state, cause }, { failure_of(seen) })
      seen.run:close()
    end)
  end

  meets("hang", "timed_out")
  meets("dies", "failed", "crash", { signal = "SEGV" })
  meets("no_message", "failed", "no_message")
  meets("torn", "failed", "no_message")
  meets("question", "blocked")
end)
