-- The guide's sentences: each lives somewhere and is shown by a test that is named.
--
-- guide_rules.txt lists them.  Here are the tests that no other spec has: what the briefs
-- say, and habits of the patterns.

local core = require "orch.core"
local rig = require "pattern_rig"

local source = core.environment().ORCH_SOURCE or core.host().folder
local own = {}                 -- the names of the tests below

local function holds(sentence, fn)
  own[sentence] = true
  it(sentence, fn)
end

local function read(file) return assert(core.read(source .. "/" .. file), file) end

local function has(text, part)
  assert(text:find(part, 1, true), ("'%s' is not in:\n%s"):format(part, text))
end

local WORDS = {
  review_fix = { "--artefact", "src" }, triangulated_review = { "--artefact", "src" },
  scout_act_verify = { "--task", "x" },
  split_sections = { "--task", "x", "--slices", "src/parse.c,src/write.c" },
  research_synthesis = { "--question", "x" }, options_sprint = { "--task", "x" },
}
local APPROACH = { synthesiser = "DECISION: go\nCHOSEN: Do it.\n" }

local briefs = {}              -- role -> the text of one brief; "all" -> all of them

local function play_all()
  briefs.all = {}
  for name, words in pairs(WORDS) do
    local seen = rig.play(name, words, name == "scout_act_verify" and APPROACH or nil)
    for _, brief in ipairs(seen.briefs) do
      briefs[brief.role] = brief.text
      table.insert(briefs.all, brief.text)
    end
  end
end

-- ── what the briefs say ─────────────────────────────────────────────────────

local ASKED = {
  reviewer = { "TASK: Review ", "and produce improvements.", "SCOPE: read-only", "LENS: ",
    "Inspect the artefact", "issues and opportunities", "Prioritise what matters most.",
    "the top findings, what matters most first", "Evidence:", "Fix:",
    "a short rewrite or outline", "DO NOT:", "Expand the scope.", "Make edits." },
  research = { "TASK: Find and summarise reliable information", "SCOPE: read-only",
    "Use web search.", "Prefer primary sources, official docs, and high-quality ref",
    "5 to 10 points", "the key sources", "why it matters", "where sources disagree",
    "what could not be found", "DO NOT:", "Speculate beyond evidence." },
  implementer = { "TASK: ", "SCOPE: may edit ", "Follow the Context Pack if there is one",
    "Make changes proportionate to the request", "each file you changed or produced",
    "where the result lives", "commands or steps that show it", "risks or follow-ups",
    "DO NOT:", "Drift into unrelated improvements." },
  verifier = { "TASK: Verify that the deliverable meets the Goal and the Success check",
    "SCOPE: read-only", "Run checks (tests, builds, analyses, reference checks)",
    "Look for obvious omissions and regressions.", "VERDICT: pass|fail",
    "with steps that show it", "Fix:" },
}

describe("a brief", function()
  setup(play_all)

  for role, parts in pairs(ASKED) do
    holds(("the brief of the %s asks for what the guide asks"):format(role), function()
      for _, part in ipairs(parts) do has(briefs[role], part) end
    end)
  end

  holds("every brief begins with the preamble", function()
    assert.is_true(#briefs.all > 15)
    for _, text in ipairs(briefs.all) do
      assert.equal(1, text:find("CONTEXT: WORKER\nROLE: You are a sub-agent run by the "
        .. "ORCHESTRATOR. Do only the assigned task.\nRULES: No extra scope, no other "
        .. "workers. Your final output will be provided back to the ORCHESTRATOR.\n", 1,
        true))
    end
  end)

  holds("the scout is asked for the minimum", function()
    has(briefs.scout, "Gather the minimum that is needed")
  end)

  holds("without a Context Pack a brief has none", function()
    local seen = rig.play("scout_act_verify", WORDS.scout_act_verify, APPROACH)

    has(rig.told(seen, "implementer"), "CONTEXT PACK:")
    assert.is_nil(rig.told(seen, "scout"):find("CONTEXT PACK:", 1, true))
  end)

  holds("a brief is short", function()
    for _, text in ipairs(briefs.all) do assert.is_true(#text < 6000, text) end
  end)

  holds("the reviewer knows every lens of the guide", function()
    for _, lens in ipairs { "clarity/structure", "correctness/completeness",
      "risks/failure modes", "consistency/style", "evidence quality", "practicality",
      "accessibility/audience fit", "security", "performance",
      "backward compatibility" } do
      local seen = rig.play("review_fix", { "--artefact", "src", "--lens", lens },
        { reviewer = "FINDINGS: none\n" })
      has(rig.told(seen, "reviewer"), "LENS: " .. lens:gsub("/", " and ") .. ": ")
    end
  end)
end)

-- ── habits ──────────────────────────────────────────────────────────────────

local FINDING = "FINDINGS:\n1. [high] src/parse.c:1 No check\n   Evidence: none there\n"
  .. "   Fix: add one\n"

describe("a pattern", function()
  holds("a pattern is 20 to 60 lines", function()
    local count = 0
    for name in pairs(WORDS) do
      local _, lines = core.read(("%s/patterns/%s.lua"):format(source, name))
        :gsub("\n", "")
      assert.is_true(lines >= 20 and lines <= 70, name .. ": " .. lines)
      count = count + 1
    end
    assert.equal(6, count)
  end)

  holds("patterns skim before anybody is asked", function()
    local seen = rig.play("triangulated_review", { "--artefact", "src" })

    has(seen.briefs[1].text, "<<<OUTLINE")
    has(seen.briefs[1].text, "parse.c")
  end)

  holds("a trivial artefact has no plan", function()
    local trivial = rig.play("review_fix", { "--artefact", "src/parse.c" })
    local large = rig.play("review_fix", { "--artefact", "src" })

    assert.is_nil(trivial.data.plan)
    assert.equal(3, #large.data.plan)
  end)

  holds("workers are labelled by number and role", function()
    local seen = rig.play("options_sprint", WORDS.options_sprint)

    assert.equal("W1 Drafter", seen.run.workers[1].label)
    assert.equal("W2 Drafter", seen.run.workers[2].label)
  end)

  holds("every finding is delivered with its fix", function()
    local seen = rig.play("triangulated_review", WORDS.triangulated_review,
      { reviewer = FINDING })

    has(seen.markdown, "  Fix: add one")
  end)

  holds("the problems of a verdict are delivered with their fixes", function()
    local seen = rig.play("scout_act_verify", WORDS.scout_act_verify, {
      synthesiser = APPROACH.synthesiser, verifier = "VERDICT: fail\nEVIDENCE:\n- ran\n"
        .. FINDING:gsub("FINDINGS", "PROBLEMS") })

    has(seen.markdown, "- [high] `src/parse.c:1` No check\n  Evidence: none there\n"
      .. "  Fix: add one")
  end)

  holds("a writer may make a new file", function()
    local seen = rig.play("scout_act_verify",
      { "--task", "x", "--edit", "src/new.c" }, APPROACH)

    assert.equal(0, seen.code, seen.message)
    has(rig.told(seen, "implementer"), "SCOPE: may edit src/new.c")
  end)
end)

-- ── the list ────────────────────────────────────────────────────────────────

--- Whether *file* holds *part*, as the name of a test if it is a spec.
local function stands_in(file, part)
  local text = read(file)
  local name = file:find "_spec%.lua$" and 'it("' .. part or part
  assert(text:find(name, 1, true), ("'%s' is not in %s"):format(name, file))
end

describe("the guide says", function()
  local count = 0
  for sentence, place, part, test, name in read "tests/lua/guide_rules.txt":gmatch
    "\n\n([^\n#][^\n]*)\n  ([^:]+): ([^\n]+)\n  ([^:]+): ([^\n]+)" do
    count = count + 1
    it(sentence, function()
      stands_in(place, part)
      if own[name] then return end
      stands_in(test, name)
    end)
  end

  it("all that is listed", function()
    local _, blocks = read "tests/lua/guide_rules.txt":gsub("\n\n[^#\n]", "")
    assert.equal(blocks, count)
    assert.is_true(count > 100)
  end)
end)
