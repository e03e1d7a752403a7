-- What scripted workers write is accepted by the grammar of every built-in reply type.

local chance = require "orch.rehearsal.chance"
local project = require "orch.rehearsal.project"
local reply = require "orch.reply"
local text = require "orch.text"
local writer = require "orch.rehearsal.reply_writer"

local PATHS = { "README.md", "src/parse.c", "src/write.c" }
local MATERIAL = [[

DO NOT:
- Guess.

MATERIAL:
<<<findings 0123456789abcdef
F1. [high] src/parse.c:3 It is wrong
F2. [low] It is not right
0123456789abcdef findings>>>
<<<points 0123456789abcdef
- P1: One [S1] (W1 Research)
- P2: Two [no source] (W2 Research)
0123456789abcdef points>>>
]]

local function brief_of(kind) return "\nOUTPUT:\n" .. kind.text .. MATERIAL end

local function write(kind, seed, more)
  local about = { brief = brief_of(kind), chance = chance.new(seed, "reply"),
    paths = PATHS, edited = { "src/parse.c" },
    subjects = function(n) return project.subjects(seed)(PATHS, n) end }
  for name, value in pairs(more or {}) do about[name] = value end
  return writer.write(about)
end

local KINDS = {
  decision = reply.decision { {}, {} },
  choice = reply.choice { { label = "W1 Drafter" }, { label = "W12 Drafter" } },
}
for name, kind in text.sorted_pairs(reply) do
  if type(kind) == "table" and kind.text and kind.grammar then KINDS[name] = kind end
end

describe("a scripted worker's reply", function()
  for name, kind in text.sorted_pairs(KINDS) do
    it("is accepted as " .. name .. ", short or long, whatever the seed", function()
      for seed = 1, 150 do
        for _, manner in ipairs { false, "long" } do
          local written = write(kind, seed, { manner = manner or nil })
          local accepted, problem = kind.grammar(written)
          assert.is_truthy(accepted, ("seed %d: %s\n%s"):format(seed, problem, written))
        end
      end
    end)
  end

  it("varies: fewer and more findings, other severities", function()
    local counts, severities = {}, {}
    for seed = 1, 100 do
      local said = reply.findings.grammar(write(reply.findings, seed))
      counts[#said.findings] = true
      for _, finding in ipairs(said.findings) do severities[finding.severity] = true end
    end

    assert.is_true(counts[0] and counts[1] and counts[4])
    assert.is_true(#text.sorted_keys(counts) > 5)
    assert.same({ "critical", "high", "low", "medium" }, text.sorted_keys(severities))
  end)

  it("judges every finding that it was given", function()
    for seed = 1, 50 do
      local said = reply.verdict.grammar(write(reply.verdict, seed))

      assert.same({ "F1", "F2" }, text.sorted_keys(said.findings))
      if said.verdict == "pass" then assert.equal("fixed", said.findings.F1.state) end
    end
  end)

  it("of two reviewers of one seed often names the same", function()
    local same = 0
    for seed = 1, 40 do
      local titles = {}
      local about = { subjects = function(n) return project.subjects(7)(PATHS, n) end }
      for _, other in ipairs { seed, seed + 1000 } do
        local said = reply.findings.grammar(write(reply.findings, other, about))
        for _, finding in ipairs(said.findings) do
          local key = (finding.where or "") .. finding.title
          if titles[key] and titles[key] ~= other then same = same + 1 end
          titles[key] = other
        end
      end
    end
    assert.is_true(same > 10)
  end)

  it("names what was wished for, or says that nobody asked for it", function()
    local said = reply.findings.grammar(
      write(reply.findings, 1, { wishes = { findings = 3 }, severity = "low" }))

    assert.equal(3, #said.findings)
    assert.equal("low", said.findings[1].severity)
    local fine, problem = pcall(write, reply.findings, 1,
      { wishes = { verdict = "pass" } })
    assert.is_false(fine)
    assert.matches("says 'verdict', which the brief does not ask for", problem)
  end)
end)
