-- Scripted workers: what they answer is what was asked for, and it varies by the seed.

local rig = require "rehearsal_rig"

local function states(seen)
  local list = {}
  for i, worker in ipairs(seen.run.workers) do
    list[i] = worker.label .. " " .. worker.state
  end
  return table.concat(list, ", ")
end

describe("scripted workers", function()
  for _, pattern in ipairs(rig.patterns) do
    it("answer in " .. pattern .. " what they are asked for", function()
      for seed = 1, 30 do
        local seen = rig.play(pattern, seed)

        assert.not_equal("bug", seen.outcome.kind, seen.outcome.message)
        assert.not_matches("failed", states(seen), "seed " .. seed)
        seen.run:close()
      end
    end)
  end

  it("do the same again with the same seed, and something else with another", function()
    local function output(seed)
      local seen = rig.play("review_fix", seed)
      seen.run:close()
      return seen.core.world.output[1] .. seen.core.now()
    end

    assert.equal(output(3), output(3))
    assert.not_equal(output(3), output(4))
  end)

  it("take seconds to an hour, which passes at once", function()
    local shortest, longest = math.huge, 0
    for seed = 1, 40 do
      local seen = rig.play("triangulated_review", seed)
      local took = seen.core.now() / 1000
      shortest, longest = math.min(shortest, took), math.max(longest, took)
      seen.run:close()
    end

    assert.is_true(shortest < 600)
    assert.is_true(longest > 1200 and longest <= 3600)
  end)

  it("use tokens, more in a conversation that goes on", function()
    local seen = rig.play("review_fix", 3)

    assert.is_true(seen.run.workers[1].tokens > 2000)
    seen.run:close()
  end)
end)
