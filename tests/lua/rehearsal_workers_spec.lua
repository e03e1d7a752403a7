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

  it("speak as claude does, and as any command of the user's", function()
    local own = { mine = { argv = { "my-agent" } },
      other = { argv = { "other-agent", "{{last_message}}" } } }
    for _, name in ipairs { "claude", "mine", "other", "offline" } do
      local seen = rig.play("review_fix", 3, {
        agents = { ["my-agent"] = "plain", ["other-agent"] = "plain" },
        config = { agents = own, agent = { ["*"] = { name } } },
      })

      assert.equal("delivered", seen.outcome.kind, seen.outcome.message)
      assert.equal(name, seen.run.workers[1].agent)
      seen.run:close()
    end
  end)

  it("answer the sample where a pack's template has a form of its own", function()
    local judge = [[return {
      fields = {}, prompt = "TASK: Judge.\n\nOUTPUT:\n{{output}}",
      reply = { text = "Answer with a number from 1 to 5 and nothing else.",
        grammar = function(s) return s:find "^[1-5]$" and { score = s } or nil end,
        sample = "4" },
    }]]
    local path = "/opt/orch-lua/share/orch-lua/worker-templates/judge.lua"

    for seed = 1, 10 do
      local seen = rig.play("review_fix", seed, { agents = {}, words = {},
        world = { files = { [path] = judge } },
        source = [[local orch = require "orch"
          local score = orch.ask("judge", {}).score
          return orch.deliver { result = "Judged " .. score, next_step = "Go on." }]] })

      assert.equal("delivered", seen.outcome.kind, seen.outcome.message)
      seen.run:close()
    end
  end)

  it("edit within their scope, and name what they edited", function()
    local edited = 0
    for seed = 1, 20 do
      local seen = rig.play("split_sections", seed,
        { script = { scout = { slices = 3 } }, agents = {} })
      for _, worker in ipairs(seen.run.workers) do
        if worker.role == "implementer" then
          assert.equal("ok", worker.state, "seed " .. seed)
          edited = edited + #worker.changed
        end
      end
      seen.run:close()
    end
    assert.is_true(edited > 60)
  end)
end)
