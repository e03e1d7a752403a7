-- Every pattern from its words to its deliverable, with real agents in a real repository;
-- review_fix is in work_spec.lua.

local core = require "orch.core"
local rig = require "rig"

local GREETING = 'char *greeting = "helo";\n'
local MENDED = 'char *greeting = "hello";\n'
local VERDICT = "VERDICT: pass\nEVIDENCE:\n- read all of it: it says hello\n"
  .. "NEXT: Merge it.\n"
local MET = 3                  -- who work at once in a fan-out

--- A repository with two files, a model that answers by *rules*, and a pattern run on it.
-- Its deliverable is in `data`, as data and as printed.
local function play(rules, words)
  local r = rig.new(rules)
  r:file("greeting.c", GREETING)
  r:file("notes.md", "# Notes\n\nIt says helo.\n")
  r:repository()
  local result = r:run(words)
  local folder = result.err:match '"event":"run","folder":"([^"]+)"'
  result.data = core.json_decode(core.read(folder .. "/result.json") or "{}")
  return r, result
end

local function finding(severity, place, title)
  return ("1. [%s] %s %s\n   Evidence: it is there\n   Fix: change it\n")
    :format(severity, place, title)
end

--- One rule for each of *texts*, whose requests are answered when all are there.
local function at_once(name, texts)
  local rules = {}
  for i, rule in ipairs(texts) do
    rules[i] = { when = rule[1], steps = { { text = rule[2], meet = { name, #texts } } } }
  end
  return rules
end

local function join(...)
  local all = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #all + 1, all) end
  return all
end

local function labels_of(result)
  local labels = {}
  for label, worker in pairs(rig.workers(result)) do
    assert.equal("ok", worker.state, label)
    labels[#labels + 1] = label
  end
  table.sort(labels)
  return labels
end

--- The user's repository has these changes and nothing else of ours.
local function assert_repository(r, status)
  assert.equal(status, r:git("status", "--porcelain"))
  assert.equal(1, select(2, r:git("worktree", "list"):gsub("\n", "")))
  assert.equal("As it was.\n", r:git("log", "--format=%s"))
end

describe("triangulated_review", function()
  it("has three reviewers at once and makes one ranked list", function()
    local same = finding("high", "greeting.c:1", "The greeting is misspelled")
    local rules = at_once("reviewers", {
      { "LENS: correctness", "FINDINGS:\n" .. same },
      { "LENS: clarity",
        "FINDINGS:\n" .. finding("low", "notes.md:1", "The title says nothing") },
      { "LENS: risks", "FINDINGS:\n" .. same },
    })

    local r <close>, result = play(rules,
      { "triangulated_review", "--artefact", ".", "--agent", "codex" })

    assert.equal(0, result.code, result.err)
    assert.same({ "W1 Reviewer", "W2 Reviewer", "W3 Reviewer" }, labels_of(result))
    assert.equal(MET, r:at_once())
    assert.matches("^Both findings %(1 high, 1 low%) are new%. "
      .. "3 of 3 reviewers answered%.\n\n"
      .. "%*%*Next step:%*%* Fix first: The greeting is misspelled\n", result.out)
    assert.same({ "W1 Reviewer", "W3 Reviewer" }, result.data.findings[1].sources)
    assert_repository(r, "")
  end)
end)

describe("scout_act_verify", function()
  local rules = {
    { when = "TASK: Scout", steps = { { shell = "cat greeting.c" },
      { text = "MAP:\n- greeting.c - the greeting\n" } } },
    { when = "TASK: Choose the approach", steps = { { text = "DECISION: go\n"
      .. "CHOSEN: Spell it, for nobody reads it by its old name.\n"
      .. "POINTERS:\n- greeting.c:1 - where it is\nSUCCESS:\n- it says hello\n" } } },
    { when = "TASK: Spell the greeting", steps = {
      { shell = "sed -i s/helo/hello/ greeting.c" },
      { text = "CHANGED:\n- greeting.c - it is spelled\n" } } },
    { when = "TASK: Verify", steps = { { text = VERDICT } } },
  }

  for name, words in pairs {
    codex = { "--agent", "codex" },
    ["codex and claude"] = { "--agent", "codex", "--agent", "implementer=claude",
      "--agent", "synthesiser=claude" },
  } do
    it("scouts, chooses, acts and verifies with " .. name, function()
      local r <close>, result = play(rules, { "scout_act_verify",
        "--task", "Spell the greeting.", "--edit", "greeting.c",
        "--check", "grep -q hello greeting.c", table.unpack(words) })

      assert.equal(0, result.code, result.err)
      assert.same({ "W1 Scout", "W2 Synthesiser", "W3 Implementer", "W4 Verifier" },
        labels_of(result))
      assert.equal(1, r:at_once())
      assert.matches("^The work is done; the verdict is pass%.\n\n"
        .. "%*%*Next step:%*%* Merge it%.\n", result.out)
      assert.same({ "greeting.c - it is spelled" }, result.data.changes)
      assert.equal(name == "codex" and 1 or 2, #result.data.agents)
      assert.equal(MENDED, r:read "greeting.c")
      assert_repository(r, " M greeting.c\n")
    end)
  end
end)

describe("split_sections", function()
  local function writer(path)
    return { when = { "TASK: Say hello", "SCOPE: may edit " .. path .. "\n" }, steps = {
      { shell = "sed -i s/helo/hello/ " .. path, meet = { "writers", 2 } },
      { text = ("CHANGED:\n- %s - it says hello\n"):format(path) } } }
  end

  for _, agent in ipairs { "codex", "claude" } do
    it("has two writers at once, then one for the whole: " .. agent, function()
      local rules = join({
        { when = "TASK: Scout", steps = { { text =
          "SLICES:\n- greeting.c - the program\n- notes.md - the words\n" } } },
      }, { writer "greeting.c", writer "notes.md" }, {
        { when = "TASK: Make the parts", steps = {
          { shell = "echo It is consistent. >>notes.md" },
          { text = "CHANGED:\n- notes.md - a last line\n" } } },
        { when = "TASK: Verify", steps = { { text = VERDICT } } },
      })

      local r <close>, result = play(rules,
        { "split_sections", "--task", "Say hello.", "--agent", agent })

      assert.equal(0, result.code, result.err)
      assert.same({ "W1 Scout", "W2 Implementer", "W3 Implementer", "W4 Implementer",
        "W5 Verifier" }, labels_of(result))
      assert.equal(2, r:at_once())
      assert.matches("^2 slices are written; the verdict on the whole is pass%.\n",
        result.out)
      assert.same({ "greeting.c - it says hello", "notes.md - it says hello",
        "notes.md - a last line" }, result.data.changes)
      assert.equal(MENDED, r:read "greeting.c")
      assert.equal("# Notes\n\nIt says hello.\nIt is consistent.\n", r:read "notes.md")
      assert_repository(r, " M greeting.c\n M notes.md\n")
    end)
  end
end)

describe("research_synthesis", function()
  it("has three researchers at once, with the web, and a brief to decide on", function()
    local found = "POINTS:\n1. %s [S1]\nSOURCES:\n"
      .. "- S1: The norm, https://example.org/norm - it decides\n"
    local rules = at_once("researchers", {
      { "ANGLE: what is established", found:format "Hello is usual" },
      { "ANGLE: experience", found:format "Helo is found in old mail programs" },
      { "ANGLE: risks", "POINTS:\n1. Nobody will notice [none]\nSOURCES: none\n" },
    })

    local r <close>, result = play(join(rules, {
      { when = "TASK: Write a brief", steps = { { text = "ANSWER: Say hello.\n"
        .. "REASONS:\n- It is usual [P1]\nACTIONS:\n- Change the greeting\n" } } },
    }), { "research_synthesis", "--question", "Which greeting?", "--agent", "codex" })

    assert.equal(0, result.code, result.err)
    assert.same({ "W1 Research", "W2 Research", "W3 Research", "W4 Synthesiser" },
      labels_of(result))
    assert.equal(MET, r:at_once())
    assert.matches("^Say hello%.\n\n%*%*Next step:%*%* Change the greeting\n", result.out)
    assert.same({ "P1: Hello is usual [S1] (W1 Research)",
      "P2: Helo is found in old mail programs [S1] (W2 Research)",
      "P3: Nobody will notice [no source] (W3 Research)" },
      result.data.sections.claims)
    assert.matches("web_search", table.concat(r:requests()[1].tools, " "))
    assert_repository(r, "")
  end)
end)

describe("options_sprint", function()
  local function option(title, approach)
    return ("TITLE: %s\nAPPROACH: %s\nTRADE-OFFS:\n- effort: little\n"):format(title,
      approach)
  end

  it("has three drafters at once; somebody else judges and refines one", function()
    local rules = at_once("drafters", {
      { "STANCE: the simplest", option("A word", "Correct the one letter by hand.") },
      { "STANCE: what lasts", option("A table", "Move all texts into a catalogue.") },
      { "STANCE: what nobody", option("Silence", "Greet no one, and say so early on.") },
    })

    local r <close>, result = play(join(rules, {
      { when = "TASK: Judge the options", steps = { { text = "CHOICE: W2\nSCORES:\n"
        .. "- W1: quick\n- W2: lasts\n- W3: odd\nWHY: It lasts.\n"
        .. "REFINED: A catalogue of one text.\nNEXT: Write the catalogue.\n" } } },
    }), { "options_sprint", "--task", "Correct the greeting.", "--agent", "codex" })

    assert.equal(0, result.code, result.err)
    assert.same({ "W1 Drafter", "W2 Drafter", "W3 Drafter", "W4 Synthesiser" },
      labels_of(result))
    assert.equal(MET, r:at_once())
    assert.matches("^A table%. Judged by W4 Synthesiser for fitness, effort, risk; "
      .. "3 of 3 drafts differ%.\n\n"
      .. "%*%*Next step:%*%* Write the catalogue%.\n", result.out)
    assert_repository(r, "")
  end)
end)
