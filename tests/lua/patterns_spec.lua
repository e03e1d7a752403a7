-- The patterns, each as its users run it, with agents that are scripted by role.

local core = require "orch.core"
local rig = require "pattern_rig"

local function has(text, part)
  assert(text:find(part, 1, true), ("'%s' is not in:\n%s"):format(part, text))
end

local function has_not(text, part)
  assert(not text:find(part, 1, true), ("'%s' is in:\n%s"):format(part, text))
end

local function finding(severity, place, title)
  return ("1. [%s] %s %s\n   Evidence: it says so\n   Fix: change it\n")
    :format(severity, place, title)
end

local function changed(path) return ("CHANGED:\n- %s - done\n"):format(path) end

local PASS = "VERDICT: pass\nEVIDENCE:\n- make test: all passed\nNEXT: Keep it.\n"
local FAIL = "VERDICT: fail\nEVIDENCE:\n- make test: 1 failed\nPROBLEMS:\n"
  .. finding("high", "src/parse.c:1", "The test fails")

--- A shell in which `true` passes and all else fails.
local function shell(program, command)
  program:exit(command == "true" and 0 or 1)
end

describe("review_fix", function()
  local words = { "--artefact", "src/parse.c" }

  it("fixes what was found until nothing material is open", function()
    local seen = rig.play("review_fix", words, {
      reviewer = "FINDINGS:\n" .. finding("high", "src/parse.c:1", "No check"),
      implementer = changed "src/parse.c",
      verifier = "VERDICT: pass\nEVIDENCE:\n- read it\nFINDINGS:\n- F1: fixed - line 1\n",
    })

    assert.equal(0, seen.code)
    assert.equal("reviewer implementer verifier", rig.roles(seen))
    assert.equal("fixed", seen.data.findings[1].state)
  end)

  it("ends at once when there is nothing to fix", function()
    local seen = rig.play("review_fix", words, { reviewer = "FINDINGS: none\n" })

    assert.equal(0, seen.code)
    assert.equal("reviewer", rig.roles(seen))
    assert.equal("Nothing is worth fixing.", seen.data.result)
  end)
end)

describe("triangulated_review", function()
  local words = { "--artefact", "src" }

  it("makes one ranked list in which each finding names who made it", function()
    local seen = rig.play("triangulated_review", words, { reviewer = {
      "FINDINGS:\n" .. finding("low", "src/write.c:9", "A dull name"),
      "FINDINGS:\n" .. finding("high", "src/parse.c:1", "The length is not checked"),
      "FINDINGS:\n" .. finding("high", "src/parse.c:2", "The length is not checked"),
    } })

    assert.equal(0, seen.code)
    assert.equal(2, #seen.data.findings)
    assert.equal("The length is not checked", seen.data.findings[1].title)
    assert.same({ "W2 Reviewer", "W3 Reviewer" }, seen.data.findings[1].sources)
    has(seen.markdown, "Said by: W2 Reviewer, W3 Reviewer")
    has(seen.markdown, "Said by: W1 Reviewer\n")
    assert.equal("Fix first: The length is not checked", seen.data.next_step)
    assert.same({ "W1 Reviewer: correctness", "W2 Reviewer: clarity",
      "W3 Reviewer: risks" }, seen.data.sections.lenses)
  end)

  it("gives each reviewer one lens of its own", function()
    local seen = rig.play("triangulated_review",
      { "--artefact", "src", "--lenses", "security,style" })

    has(seen.briefs[1].text .. seen.briefs[2].text, "LENS: security")
    has(seen.briefs[1].text .. seen.briefs[2].text, "LENS: consistency and style")
    assert.equal(2, #seen.briefs)
  end)

  it("tells its reviewers apart in the display, and leaves their labels as they are",
    function()
      local seen = rig.play("triangulated_review",
        { "--artefact", "src", "--lenses", "risks,what a hurried reader would overlook" })

      local one, two = table.unpack(seen.run.workers)
      assert.same({ "W1 Reviewer", "risks" }, { one.label, one.about })
      assert.same({ "W2 Reviewer", "what a hurried reader would..." },
        { two.label, two.about })
    end)

  it("goes on without a dead reviewer and names it", function()
    local seen = rig.play("triangulated_review", words,
      { reviewer = { "FINDINGS: none\n", rig.dies, "FINDINGS: none\n" } })

    assert.equal(0, seen.code)
    has(seen.data.result, "2 of 3 reviewers answered.")
    has(seen.data.sections.lenses[3], "W2 Reviewer: clarity, no answer")
    has(seen.markdown, "## Failed workers")
    assert.equal("Leave it.", seen.data.next_step)
  end)

  it("is no triangulation with one reviewer, whose reply is kept", function()
    local seen = rig.play("triangulated_review", words,
      { reviewer = { "FINDINGS: none\n", rig.dies, rig.dies } })

    assert.equal(1, seen.code)
    assert.equal("fewer than two reviewers answered", seen.message)
    assert.same({ "W1 Reviewer" }, seen.finished)
  end)

  it("has failed when all reviewers died", function()
    local seen = rig.play("triangulated_review", words, { reviewer = rig.dies })

    assert.equal(3, seen.code)
  end)

  it("asks again for a reply that cannot be read, then counts it as dead", function()
    local seen = rig.play("triangulated_review", words,
      { reviewer = { "FINDINGS: none\n", "FINDINGS: none\n",
        { "It is all fine.\n", "It is all fine, as I said.\n" } } })

    assert.equal(4, #seen.briefs)
    has(seen.data.result, "2 of 3 reviewers answered.")
    assert.equal("bad_reply", seen.data.failures[1].cause)
  end)

  it("takes 2 to 4 lenses", function()
    for _, lenses in ipairs { "clarity", "a,b,c,d,e" } do
      local seen = rig.play("triangulated_review",
        { "--artefact", "src", "--lenses", lenses })
      assert.equal(2, seen.code)
      has(seen.message, "--lenses must have 2 to 4 items")
      assert.equal(0, #seen.briefs)
    end
  end)
end)

describe("scout_act_verify", function()
  local words = { "--task", "Refuse long names.", "--edit", "src", "--check", "true" }
  local APPROACH = [[
DECISION: go
CHOSEN: Check the length where the name is read, as every caller passes there.
POINTERS:
- src/parse.c:1 - reads the name
- src/new_file.c - is to be written
CONSTRAINTS:
- The format of the files stays as it is.
- No new dependency comes in.
SUCCESS:
- Names of 15 bytes are still read.
]]

  it("acts on a condensed context with one chosen approach, and verifies", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = APPROACH, implementer = changed "src/parse.c", verifier = PASS,
    }, { shell = shell })

    assert.equal(0, seen.code)
    assert.equal("scout synthesiser implementer verifier", rig.roles(seen))
    local told = rig.told(seen, "implementer")
    has(told, "Goal: Refuse long names.")
    has(told, "Pointers: src/parse.c:1, src/new_file.c")
    has(told, "- The format of the files stays as it is.\n- No new dependency comes in.")
    has(told, "Check the length where the name is read, as every caller passes there.")
    has_not(told, "MAP:")
    has(rig.told(seen, "verifier"), "- Names of 15 bytes are still read.")
    has(seen.data.sections.approach, "Check the length")
    assert.equal("Keep it.", seen.data.next_step)
    assert.same({ "src/parse.c - done" }, seen.data.changes)
  end)

  it("fences what workers wrote, so that it cannot pass for the script's word", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = APPROACH, implementer = changed "src/parse.c", verifier = PASS,
    }, { shell = shell })

    local told = rig.told(seen, "implementer")
    local fenced = told:match "<<<PRIOR_DECISIONS %x+\n(.-)\n%x+ PRIOR_DECISIONS>>>"
    has(fenced or "", "Check the length")
  end)

  it("changes nothing when the synthesiser says stop", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = "DECISION: stop\nCHOSEN: Names are refused already.\n"
        .. "NEXT: Close the ticket.\n",
    }, { shell = shell })

    assert.equal(0, seen.code)
    assert.equal("scout synthesiser", rig.roles(seen))
    assert.equal("Nothing was changed. Names are refused already.", seen.data.result)
    assert.equal("Close the ticket.", seen.data.next_step)
  end)

  it("is unverified, exit 1, when the verifier died", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = APPROACH, implementer = changed "src/parse.c", verifier = rig.dies,
    }, { shell = shell })

    assert.equal(1, seen.code)
    assert.equal("unverified", seen.data.verdict.state)
  end)

  it("has failed when the work does not verify", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = APPROACH, implementer = changed "src/parse.c", verifier = FAIL,
    }, { shell = shell })

    assert.equal(1, seen.code)
    assert.equal("fail", seen.data.verdict.state)
    has(seen.markdown, "- [high] `src/parse.c:1` The test fails\n  Evidence: it says so")
  end)

  it("ends with exit 3 and keeps the map when nobody can choose", function()
    local seen = rig.play("scout_act_verify", words, { synthesiser = rig.dies },
      { shell = shell })

    assert.equal(3, seen.code)
    assert.same({ "W1 Scout" }, seen.finished)
    has(seen.message, "W2 Synthesiser")
  end)

  it("asks again for an approach that is too long to be context", function()
    local seen = rig.play("scout_act_verify", words, {
      synthesiser = { { "DECISION: go\nCHOSEN: " .. ("word "):rep(400), APPROACH } },
      implementer = changed "src/parse.c", verifier = PASS,
    }, { shell = shell })

    assert.equal(0, seen.code)
    has(rig.told(seen, "synthesiser"), "condense it to 1500")
  end)
end)

describe("split_sections", function()
  local words = { "--task", "Document every function.", "--within", "src" }
  local SLICES = "SLICES:\n- src/parse.c - the parser\n- src/write.c - the writer\n"
  local DONE = { changed "src/parse.c", changed "src/write.c", changed "src/write.c" }

  it("gives each slice to a writer of its own, then makes the whole one", function()
    local seen = rig.play("split_sections", words, {
      scout = SLICES, implementer = DONE, verifier = PASS,
    })

    assert.equal(0, seen.code)
    assert.equal("scout implementer implementer implementer verifier", rig.roles(seen))
    has(seen.briefs[2].text, "SCOPE: may edit src/parse.c\n")
    has(seen.briefs[3].text, "SCOPE: may edit src/write.c\n")
    has(seen.briefs[4].text, "SCOPE: may edit src/parse.c, src/write.c\n")
    has(seen.briefs[4].text, "TASK: Make the parts one consistent whole")
    has(seen.briefs[4].text, "W2_IMPLEMENTER")
    has(seen.data.result, "2 slices are written")
  end)

  it("names what was changed in the order of the slices, whoever was first", function()
    local seen = rig.play("split_sections", words,
      { scout = SLICES, implementer = DONE, verifier = PASS }, { seconds = { 1, 9, 2 } })

    assert.same({ "src/parse.c - done", "src/write.c - done", "src/write.c - done" },
      seen.data.changes)
  end)

  it("asks nobody for slices that are given", function()
    local seen = rig.play("split_sections",
      { "--task", "x", "--slices", "src/parse.c,README.md" }, { verifier = PASS })

    assert.equal("implementer implementer implementer verifier", rig.roles(seen))
  end)

  for given, problem in pairs {
    ["src,src/parse.c"] = "'src' holds 'src/parse.c'",
    ["src/parse.c,./src//parse.c"] = "'./src//parse.c' is in two slices",
    ["src/link.c,src/parse.c"] = "is in two slices",
    ["src/parse.c,../other"] = "'../other' lies outside of '.'",
    ["src/parse.c,.git/hooks"] = "nobody may edit",
  } do
    it(("starts nobody when the slices are %s"):format(given), function()
      local seen = rig.play("split_sections", { "--task", "x", "--slices", given }, {},
        { files = { ["src/link.c"] = { link = "parse.c" } } })

      assert.equal(2, seen.code)
      has(seen.message, problem)
      assert.equal(0, #seen.briefs)
    end)
  end

  it("asks a scout again whose slices overlap, before any writer starts", function()
    local seen = rig.play("split_sections", words, {
      scout = { { "SLICES:\n- src - all\n- src/parse.c - the parser\n", SLICES } },
      verifier = PASS,
    })

    assert.equal(0, seen.code)
    assert.equal("scout", seen.briefs[2].role)
    has(seen.briefs[2].text, "'src' holds 'src/parse.c'")
  end)

  it("starts no writer for a slice outside of what was named", function()
    local seen = rig.play("split_sections", words,
      { scout = "SLICES:\n- src/parse.c - a\n- README.md - b\n" })

    assert.equal(2, seen.code)
    has(seen.message, "'README.md' lies outside of 'src'")
    assert.equal("scout", rig.roles(seen))
  end)

  it("says so when the work does not divide", function()
    local seen = rig.play("split_sections", words, { scout = "SLICES: none\n" })

    assert.equal(1, seen.code)
    has(seen.message, "the work does not divide")
  end)

  it("ends with exit 3 after the other writers have ended, whose replies are kept",
    function()
      local seen = rig.play("split_sections", words, {
        scout = SLICES, implementer = { rig.dies, changed "src/write.c" },
      })

      assert.equal(3, seen.code)
      assert.same({ "W1 Scout", "W3 Implementer" }, seen.finished)
      assert.equal("scout implementer implementer", rig.roles(seen))
    end)
end)

describe("research_synthesis", function()
  local words = { "--question", "Which format?", "--angles", "practice,risks" }
  local ONE = [[
POINTS:
1. JSON is read everywhere [S1]
2. It is slow to parse [none]
SOURCES:
- S1: RFC 8259, https://www.rfc-editor.org/rfc/rfc8259 - defines JSON
DISAGREEMENTS:
- S1 allows duplicate keys, others do not
]]
  local TWO = [[
POINTS:
1. CBOR is smaller [S1, S2]
SOURCES:
- S1: RFC 8949, https://www.rfc-editor.org/rfc/rfc8949 - defines CBOR
- S2: RFC 8259, http://rfc-editor.org/rfc/rfc8259/ - what it is compared with
UNCERTAINTY:
- Nobody measured it on S1's data
]]
  local BRIEF = [[
ANSWER: Take JSON and measure.
REASONS:
- It is read everywhere [P1]
ACTIONS:
- Measure the parser
- Write the decision down
]]

  it("gives a brief to decide on, with every claim's sources", function()
    local seen = rig.play("research_synthesis", words,
      { research = { ONE, TWO }, synthesiser = BRIEF })

    assert.equal(0, seen.code)
    assert.equal("Take JSON and measure.", seen.data.result)
    assert.equal("Measure the parser", seen.data.next_step)
    local sections = seen.data.sections
    assert.same({
      "P1: JSON is read everywhere [S1] (W1 Research)",
      "P2: It is slow to parse [no source] (W1 Research)",
      "P3: CBOR is smaller [S2, S1] (W2 Research)",
    }, sections.claims)
    assert.equal(2, #sections.sources)
    assert.same({ "S1 allows duplicate keys, others do not (W1 Research)" },
      sections.disagreements)
    assert.same({ "Nobody measured it on S2's data (W2 Research)" }, sections.uncertainty)
    has(sections.basis, "3 claims from 2 sources, 1 without any. 2 of 2 researchers")
    has(rig.told(seen, "synthesiser"), "- P2: It is slow to parse [no source]")
  end)

  it("gives each researcher the question and one angle", function()
    local seen = rig.play("research_synthesis", words,
      { research = { ONE, TWO }, synthesiser = BRIEF })

    for i, angle in ipairs { "practice", "risks" } do
      has(seen.briefs[i].text, "Which format?")
      has(seen.briefs[i].text, "ANGLE: " .. angle)
    end
  end)

  it("goes on without a dead researcher and says so", function()
    local seen = rig.play("research_synthesis", words,
      { research = { rig.dies, ONE }, synthesiser = BRIEF })

    assert.equal(0, seen.code)
    has(seen.data.sections.basis, "1 of 2 researchers answered.")
    assert.equal("W1 Research", seen.data.failures[1].label)
  end)

  it("names the dead in the order of the script, whoever died first", function()
    local seen = rig.play("research_synthesis",
      { "--question", "Which?", "--angles", "a,b,c" },
      { research = { rig.dies, rig.dies, ONE }, synthesiser = BRIEF },
      { seconds = { 9, 2 } })

    assert.equal("W1 Research", seen.data.failures[1].label)
    assert.equal("W2 Research", seen.data.failures[2].label)
  end)

  it("asks again for a source that is listed nowhere", function()
    local unlisted = ONE:gsub("%[S1%]", "[S7]")
    local seen = rig.play("research_synthesis", words,
      { research = { { unlisted, ONE }, TWO }, synthesiser = BRIEF })

    has(rig.told(seen, "research"), "names the source S7, which is not under SOURCES")
    assert.equal(0, seen.code)
    assert.equal(3, #seen.data.sections.claims)
  end)

  it("asks again for a reason that rests on no point there is", function()
    local seen = rig.play("research_synthesis", words, {
      research = { ONE, TWO }, synthesiser = { { (BRIEF:gsub("P1", "P9")), BRIEF } },
    })

    assert.equal(0, seen.code)
    has(rig.told(seen, "synthesiser"), "names P9, but there are 3 points")
  end)

  it("asks no synthesiser when nothing was found", function()
    local seen = rig.play("research_synthesis", words, {
      research = "POINTS: none\nSOURCES: none\nUNCERTAINTY:\n- The term is not in use\n",
    })

    assert.equal(0, seen.code)
    assert.equal("research research", rig.roles(seen))
    assert.equal("Nothing reliable was found.", seen.data.result)
    assert.equal(2, #seen.data.sections.uncertainty)
  end)

  it("ends with exit 3 and keeps what was found when nobody can weigh it", function()
    local seen = rig.play("research_synthesis", words,
      { research = { ONE, TWO }, synthesiser = rig.dies })

    assert.equal(3, seen.code)
    assert.same({ "W1 Research", "W2 Research" }, seen.finished)
  end)
end)

describe("options_sprint", function()
  local words = { "--task", "Store the settings." }

  local function option(title, approach)
    return ("TITLE: %s\nAPPROACH: %s\nTRADE-OFFS:\n- effort: little\n- risk: some\n")
      :format(title, approach)
  end

  local FILE = option("A file", "One file of lines in the home folder, read at once.")
  local AGAIN = option("Plain file", "One file of lines in the home folder, read early.")
  local BASE = option("A base", "A small data base with a table for every kind of value.")
  local NONE = option("None at all", "Take all from the command line and forget it.")

  local function choose(name)
    return function(brief)
      local scores = {}
      for label in brief:match "CHOICE: ([%w|]+)":gmatch "W%d+" do
        scores[#scores + 1] = ("- %s: little effort, some risk"):format(label)
      end
      return ("CHOICE: %s\nSCORES:\n%s\nWHY: It is enough.\nREFINED: One file, and a "
        .. "lock.\nNEXT: Write the reader.\n"):format(name, table.concat(scores, "\n"))
    end
  end

  it("judges different options by the criteria and refines one", function()
    local seen = rig.play("options_sprint", words,
      { drafter = { FILE, BASE, NONE }, synthesiser = choose "W2" })

    assert.equal(0, seen.code)
    assert.equal("drafter drafter drafter synthesiser", rig.roles(seen))
    assert.equal("A base. Judged by W4 Synthesiser for fitness, effort, risk; "
      .. "3 of 3 drafts differ.", seen.data.result)
    assert.equal("One file, and a lock.", seen.data.sections.refined)
    assert.equal(3, #seen.data.sections.judgement)
    assert.equal("Write the reader.", seen.data.next_step)
    has(rig.told(seen, "synthesiser"), "CRITERIA: fitness, effort, risk")
  end)

  it("asks once more for a draft that says what another says", function()
    local seen = rig.play("options_sprint", words,
      { drafter = { FILE, AGAIN, BASE, NONE }, synthesiser = choose "W4" })

    assert.equal(0, seen.code)
    assert.equal("drafter drafter drafter drafter synthesiser", rig.roles(seen))
    has(seen.briefs[4].text, "UNLIKE: the reply of W1 Drafter")
    has(seen.data.result, "None at all.")
    has(seen.data.result, "3 of 3 drafts differ.")
  end)

  it("leaves out a draft that is still the same", function()
    local seen = rig.play("options_sprint", words,
      { drafter = { FILE, BASE, AGAIN, FILE }, synthesiser = choose "W1" })

    assert.equal(0, seen.code)
    has(seen.data.result, "2 of 3 drafts differ.")
    assert.same({ "W1 Drafter: A file", "W2 Drafter: A base" },
      seen.data.sections.options)
  end)

  it("asks again for a judgement without one of the options", function()
    local seen = rig.play("options_sprint", words, {
      drafter = { FILE, BASE, NONE },
      synthesiser = { { "CHOICE: W1\nSCORES:\n- W1: a\n- W1: b\n- W2: c\nWHY: x\n"
        .. "REFINED: y\n", choose "W1" } },
    })

    assert.equal(0, seen.code)
    has(rig.told(seen, "synthesiser"), "SCORES must have one line that begins 'W1:'")
  end)

  it("needs two drafters, and keeps the one answer there is", function()
    local seen = rig.play("options_sprint", words,
      { drafter = { rig.dies, FILE, rig.dies } })

    assert.equal(1, seen.code)
    assert.equal("fewer than two drafters answered", seen.message)
    assert.same({ "W2 Drafter" }, seen.finished)
  end)
end)

describe("every pattern", function()
  local WORDS = {
    review_fix = { "--artefact", "src" }, triangulated_review = { "--artefact", "src" },
    scout_act_verify = { "--task", "x" },
    split_sections = { "--task", "x", "--within", "src" },
    research_synthesis = { "--question", "x" }, options_sprint = { "--task", "x" },
  }

  local folder = (core.environment().ORCH_SOURCE or core.host().folder) .. "/patterns"
  for _, file in ipairs(core.list(folder)) do
    local name = file:match "^([%w_]+)%.lua$"
    if name then
      it(("goes through in a dry run, which starts nothing: %s"):format(name), function()
        local seen = rig.play(name, WORDS[name], {}, { dry_run = true })

        assert.equal(0, seen.code, seen.message)
        assert.equal(0, #seen.briefs)
        for _, worker in ipairs(seen.run.workers) do
          has(seen.output, "=== " .. worker.label)
        end
      end)

      it(("ends with exit 3 when every worker dies: %s"):format(name), function()
        local dead = setmetatable({}, { __index = function() return rig.dies end })
        local seen = rig.play(name, WORDS[name], dead)

        assert.equal(3, seen.code)
      end)
    end
  end
end)
