--- Replies: what is tolerated, what is refused and in which words, and hostile ones.

local lpeg = require "lpeg"
local reply = require "orch.reply"

local function finding(place, title)
  return ("1. [high] %s%s\n   Evidence: seen\n   Fix: do\n")
    :format(place, title or "Title")
end

--- The one finding that *s* holds.
local function one(s)
  local said, problem = reply.findings.grammar(s)
  assert(said, problem)
  assert.equal(1, #said.findings)
  return said.findings[1]
end

local function refused(kind, s)
  local said, problem = reply[kind].grammar(s)
  assert.is_nil(said)
  assert.is_string(problem)
  assert.truthy(utf8.len(problem))
  return problem
end

local VERDICT = "VERDICT: pass\nEVIDENCE:\n- make test: 3 passed\n"

describe("a built-in reply type", function()
  for _, name in ipairs { "findings", "changes", "verdict", "report", "map" } do
    it(name .. " accepts its own sample", function()
      assert.truthy(reply[name].grammar(reply[name].sample))
    end)

    it(name .. " refuses its own form repeated", function()
      refused(name, reply[name].text)
    end)

    it(name .. " names every section in its text", function()
      for section in reply[name].sample:gmatch "%f[^\n\0](%u+):" do
        assert.truthy(reply[name].text:find("\n" .. section .. ":", 1, true))
      end
    end)

    it(name .. " says of an empty reply that it is empty", function()
      assert.equal("the reply is empty", refused(name, " \n\t\r\n"))
    end)
  end
end)

describe("findings", function()
  it("have severity, place, title, evidence and fix", function()
    local found =
      one "FINDINGS:\n1. [high] src/x.c:120 Title\n   Evidence: a\n   Fix: b\n"

    assert.same({ severity = "high", path = "src/x.c", line = 120, where = "src/x.c:120",
      title = "Title", evidence = "a", fix = "b" }, found)
  end)

  for given, expected in pairs {
    ["src/x.c:120 "] = { "src/x.c", 120 },
    ["src/x.c:120-130 "] = { "src/x.c", 120, 130 },
    ["src/x.c:120–130: "] = { "src/x.c", 120, 130 },
    ["src/x.c:120:7 "] = { "src/x.c", 120 },
    ["src/x.c#L10-L20 "] = { "src/x.c", 10, 20 },
    ["`src/x.c:9` - "] = { "src/x.c", 9 },
    ["`my notes.md`:9 — "] = { "my notes.md", 9 },
    ["**src/x.c:9** "] = { "src/x.c", 9 },
    ["**`src/x.c:9`** - "] = { "src/x.c", 9 },
    ["Makefile:3 "] = { "Makefile", 3 },
    ["README.md "] = { "README.md" },
    ["src/deep/folder "] = { "src/deep/folder" },
    ["src/folder - "] = { "src/folder" },
    ["./run "] = { "./run" },
    ["__init__.py:4 "] = { "__init__.py", 4 },
    ["src/**/*.c:4 "] = { "src/**/*.c", 4 },
    ["docs/ "] = { "docs/" },
  } do
    it("take the place from '" .. given .. "'", function()
      local found = one("FINDINGS:\n" .. finding(given))

      assert.same({ expected[1], expected[2], expected[3], "Title" },
        { found.path, found.line, found.last_line, found.title })
    end)
  end

  for _, title in ipairs {
    "The parser is slow", "I/O errors are ignored", "and/or is read wrongly",
    "`foo()` is called twice", "e.g. names are cut", "Version 1.2 is old", "TCP/IP: slow",
  } do
    it("have no place in '" .. title .. "'", function()
      local found = one("FINDINGS:\n" .. finding("", title))

      assert.is_nil(found.where)
      assert.equal(title, found.title)
    end)
  end

  for form, s in pairs {
    ["a heading"] = "## Findings\n\n" .. finding "x.c:1 ",
    ["a heading with a colon and a number"] = "### 1. FINDINGS (1):\n"
      .. finding "x.c:1 ",
    ["bold"] = "**Findings**\n\n" .. finding "x.c:1 ",
    ["bold with the colon inside"] = "**FINDINGS:**\n" .. finding "x.c:1 ",
    ["a bullet"] = "- **FINDINGS**:\n" .. finding "x.c:1 ",
    ["small letters alone"] = "Findings:\n" .. finding "x.c:1 ",
    ["CRLF"] = ("FINDINGS:\n" .. finding "x.c:1 "):gsub("\n", "\r\n"),
    ["a fence round the whole"] = "```markdown\nFINDINGS:\n" .. finding "x.c:1 "
      .. "```\n",
    ["a fence round the whole and one inside"] = "```\nFINDINGS:\n1. [high] x.c:1 Title\n"
      .. "   Evidence:\n   ```c\n   seen\n   ```\n```",
    ["prose before"] = "I have looked at all of it.\n\nFINDINGS:\n" .. finding "x.c:1 ",
    ["the last of two"] = "FINDINGS: none\n\nFINDINGS:\n" .. finding "x.c:1 ",
    ["an intro"] = "FINDINGS: by impact\n" .. finding "x.c:1 ",
    ["white space before"] = "  \n FINDINGS:\n" .. finding "x.c:1 ",
    ["an indented list"] = "FINDINGS:\n  1. [high] x.c:1 Title\n     Evidence: seen\n",
    ["bullets"] = "FINDINGS:\n- [high] x.c:1 Title\n  - Evidence: seen\n",
    ["other bullets"] = "FINDINGS:\n• [HIGH] x.c:1 Title\n• Evidence: seen\n",
    ["bracketed numbers"] = "FINDINGS:\n1) [High] x.c:1 Title\n- **Evidence:** seen\n",
    ["bold severities"] = "FINDINGS:\n1. **[high]** x.c:1 Title\n**Evidence**: seen\n",
    ["bold titles"] = "FINDINGS:\n**1. [high] x.c:1 Title**\n   *Evidence:* seen\n",
    ["headings"] = "FINDINGS:\n### 1. [high] x.c:1 - Title\nEvidence: seen\n",
    ["no marks"] = "FINDINGS:\n[high] x.c:1 Title\nEvidence: seen\n- and this\n",
    ["ids"] = "FINDINGS:\nF1. [high] x.c:1 Title\nEvidence: seen\n",
    ["the first on the line of the name"] =
      "FINDINGS: 1. [high] x.c:1 Title\n Evidence: x",
    ["a rule before the next"] = "FINDINGS:\n" .. finding "x.c:1 " .. "---\nREWRITE: x\n",
  } do
    it("are read with " .. form, function()
      local found = one(s)

      assert.same({ "high", "x.c", 1, "Title" },
        { found.severity, found.path, found.line, found.title })
      assert.truthy(found.evidence)
    end)
  end

  it("are an empty list for none in all its forms", function()
    for _, none in ipairs { "none", "None.", "**none**", "\n- none", "(none)", "n/a",
      "No findings.", "none - it is clean", "\n\nnone\n\n---" } do
      assert.same({ findings = {} }, reply.findings.grammar("FINDINGS: " .. none), none)
    end
  end)

  it("are not empty because the first begins with none", function()
    refused("findings", "FINDINGS: none of the tests pass")
  end)

  it("keep evidence of several lines and fenced marks as they are", function()
    local found = one("FINDINGS:\n1. [low] a.c:1 T\n   Evidence: this\n   ```c\n"
      .. "1. [high] b.c:2 Inner\nFix: not this\n   ```\n   and that\n   Fix: this\n")

    assert.equal("this\n```c\n1. [high] b.c:2 Inner\nFix: not this\n```\nand that",
      found.evidence)
    assert.equal("this", found.fix)
  end)

  it("read a fence that opens behind a label", function()
    local found = one("FINDINGS:\n1. [low] a.c:1 T\n   Evidence: ```c\nFINDINGS: none\n"
      .. "   ```\n   Fix: this\n")

    assert.equal("this", found.fix)
  end)

  it("are refused without evidence, naming the item", function()
    local problem = refused("findings", "FINDINGS:\n" .. finding "a.c:1 "
      .. "2. [low] b.c T\n")

    assert.truthy(problem:find("item 2 has no evidence", 1, true))
    assert.is_nil(problem:find("item 1", 1, true))
  end)

  it("are refused without severity or with an unknown one, naming it", function()
    assert.truthy(refused("findings", "FINDINGS:\n1. a.c:1 T\n Evidence: x")
      :find("item 1 has no severity", 1, true))
    assert.truthy(refused("findings", "FINDINGS:\n1. [major] a.c:1 T\n Evidence: x")
      :find("'major': expected critical, high, medium or low", 1, true))
  end)

  it("are refused without severity even where a label is all that has a mark", function()
    assert.truthy(refused("findings", "FINDINGS:\nx.c:1 Title\n- Evidence: seen\n")
      :find("no severity", 1, true))
  end)

  it("are refused without a title", function()
    assert.truthy(refused("findings", "FINDINGS:\n1. [low] a.c:1\n Evidence: x")
      :find("no title", 1, true))
  end)

  it("are refused when the section is missing, quoted, fenced or indented", function()
    assert.truthy(refused("findings", "All is well.")
      :find("FINDINGS is missing", 1, true))
    for _, s in ipairs { "> FINDINGS: none", "x\n```\nFINDINGS: none\n```\ny",
      "x\n    FINDINGS: none", "x\n~~~\nFINDINGS: none\n~~~", "x\n\tFINDINGS: none" } do
      assert.truthy(refused("findings", s):find("not read", 1, true), s)
    end
  end)

  it("are refused when an open fence hides them, naming the fence", function()
    assert.truthy(refused("findings", "x\n```\ny\nFINDINGS: none\n")
      :find("never closed", 1, true))
  end)

  it("are refused when an open fence could hide further ones", function()
    assert.truthy(refused("findings", "FINDINGS:\n1. [low] a.c:1 T\n   Evidence:\n"
      .. "   ```c\n2. [high] b.c:1 T\n   Evidence: seen\n"):find("never closed", 1, true))
  end)

  it("may have a fence behind a list mark", function()
    local said = assert(reply.verdict.grammar("VERDICT: pass\nEVIDENCE:\n- ```\n"
      .. "EVIDENCE:\n- no\n```\n- yes\n"))

    assert.same({ "```\nEVIDENCE:\n- no\n```", "yes" }, said.evidence)
  end)

  it("may quote a line that opens a fence as evidence", function()
    local said = assert(reply.findings.grammar("FINDINGS:\n1. [low] a.md:1 T\n"
      .. "   Evidence: ```c\n   Fix: close it\n2. [low] b.md:1 T\n   Evidence: ```c\n"))

    assert.same({ "```c", "```c" },
      { said.findings[1].evidence, said.findings[2].evidence })
    assert.equal("close it", said.findings[1].fix)
  end)

  it("are refused when they are too many", function()
    assert.truthy(refused("findings", "FINDINGS:\n" .. finding("a.c:1 "):rep(1001))
      :find("more than 1000 items", 1, true))
  end)

  it("name at most five problems", function()
    local problem = refused("findings", "FINDINGS:\n" .. ("1. [low] x\n"):rep(9))

    assert.equal(5, select(2, problem:gsub("item %d", "")))
    assert.truthy(problem:find("and 4 more", 1, true))
  end)
end)

describe("changes", function()
  it("are paths and what was done to them", function()
    local said = reply.changes.grammar("CHANGED:\n- src/a.c:3 - checks the length\n"
      .. "* `b c.md` — new\n- **d.c**: less - or more\n- e.c\nWHERE: here\n")

    assert.same({ "src/a.c", "b c.md", "d.c", "e.c" }, { said.changed[1].path,
      said.changed[2].path, said.changed[3].path, said.changed[4].path })
    assert.same({ "checks the length", "new", "less - or more" },
      { said.changed[1].what, said.changed[2].what, said.changed[3].what })
    assert.equal(3, said.changed[1].line)
    assert.equal("d.c - less - or more", tostring(said.changed[3]))
    assert.same({}, said.risks)
    assert.equal("here", said.where)
  end)

  it("may be none and unmarked", function()
    assert.same({}, reply.changes.grammar("CHANGED: none").changed)
    assert.equal(2, #reply.changes.grammar("CHANGED:\na.c - x\nb.c - y\n").changed)
  end)

  it("are refused as prose, quoting it", function()
    assert.truthy(refused("changes", "CHANGED:\n- Refactored the parser\n")
      :find("item 1 is not 'path - what': 'Refactored the parser'", 1, true))
  end)
end)

describe("a verdict", function()
  it("says pass or fail in many ways", function()
    for given, expected in pairs {
      ["VERDICT: pass"] = "pass", ["VERDICT: **PASS**"] = "pass",
      ["## Verdict: Pass."] = "pass",
      ["**VERDICT: pass**"] = "pass", ["**Verdict:** passed"] = "pass",
      ["VERDICT\n\npass"] = "pass", ["- VERDICT: pass - all is well"] = "pass",
      ["VERDICT: `fail`"] = "fail", ["VERDICT: failed, see below"] = "fail",
    } do
      local said, problem = reply.verdict.grammar(given
        .. "\nEVIDENCE: ran it\nPROBLEMS:\n"
        .. finding "x.c:1 ")
      assert(said, problem)
      assert.equal(expected, said.verdict, given)
    end
  end)

  it("has evidence, findings by id, problems and a next step", function()
    local said = assert(reply.verdict.grammar(VERDICT .. "- read x.c\nFINDINGS:\n"
      .. "- F1: fixed - line 3\n- **F2**: Open — still there\n  and here\n"
      .. "- F3: unverified\n"
      .. "PROBLEMS: none\nNEXT: Keep\nit.\n\nBye.\n"))

    assert.same({ "make test: 3 passed", "read x.c" }, said.evidence)
    assert.same({ F1 = { state = "fixed", evidence = "line 3" },
      F2 = { state = "open", evidence = "still there\nand here" },
      F3 = { state = "unverified" } }, said.findings)
    assert.same({}, said.problems)
    assert.equal("Keep it.", said.next_step)
  end)

  it("keeps labels in problems apart from sections of the same name", function()
    local said = assert(reply.verdict.grammar(VERDICT
      .. "PROBLEMS:\n1. [low] x.c:1 Title\nEvidence: seen\n- **Evidence:** again\n"))

    assert.equal("seen\nagain", said.problems[1].evidence)
    assert.same({ "make test: 3 passed" }, said.evidence)
  end)

  it("is refused when two disagree, and accepted when they agree", function()
    assert.truthy(refused("verdict", VERDICT .. "VERDICT: fail\n")
      :find("VERDICT is said to be pass and to be fail", 1, true))
    assert.truthy(reply.verdict.grammar(VERDICT .. "**Verdict:** passed\n"))
  end)

  it("does not come from quoted, fenced or indented text", function()
    for _, lie in ipairs { "> VERDICT: fail\n", "```\nVERDICT: fail\n```\n",
      "    VERDICT: fail\n", "````\n```\nVERDICT: fail\n````\n", " \tVERDICT: fail\n",
      "> ```\nx\n", "- x ```y\n```\nVERDICT: fail\n```\n" } do
      local said, problem = reply.verdict.grammar(VERDICT .. lie)
      assert(said, problem)
      assert.equal("pass", said.verdict, lie)
    end
  end)

  it("is not hidden by a fence that is only quoted", function()
    assert.truthy(reply.verdict.grammar("> It says: ```\n> ~~~\n" .. VERDICT
      .. "  ```\n  3 passed\n  ```\n"))
  end)

  it("is not found when all there is is quoted", function()
    assert.truthy(refused("verdict", "The file says:\n```\n" .. VERDICT .. "```\n")
      :find("VERDICT is missing", 1, true))
  end)

  it("is refused without evidence", function()
    assert.truthy(refused("verdict", "VERDICT: pass\n")
      :find("EVIDENCE is missing", 1, true))
    assert.truthy(refused("verdict", "VERDICT: pass\nEVIDENCE: none\n")
      :find("EVIDENCE has 0 of at least 1", 1, true))
    assert.truthy(refused("verdict", VERDICT .. "FINDINGS:\n- F1: fixed\n")
      :find("F1 is fixed without evidence", 1, true))
  end)

  it("is refused when it is neither pass nor fail", function()
    for _, word in ipairs { "maybe", "pass|fail", "pass or fail", "pass/fail", "",
      "bypass" } do
      assert.truthy(refused("verdict", "VERDICT: " .. word .. "\nEVIDENCE: x\n")
        :find("VERDICT must be pass or fail", 1, true), word)
    end
  end)

  it("is refused when it fails nothing", function()
    assert.truthy(refused("verdict", "VERDICT: fail\nEVIDENCE: x\n")
      :find("PROBLEMS", 1, true))
    assert.truthy(
      reply.verdict.grammar "VERDICT: fail\nEVIDENCE: x\nFINDINGS: F1: open - x\n")
  end)

  it("is refused when it says two things of one finding", function()
    assert.truthy(refused("verdict", VERDICT
      .. "FINDINGS:\nF1: fixed - a\nF1: open - b\n")
      :find("says that F1 is fixed and that it is open", 1, true))
    assert.truthy(refused("verdict", VERDICT .. "FINDINGS:\nF1: gone - a\n")
      :find("'gone' of F1: expected fixed, open or unverified", 1, true))
  end)
end)

describe("a question", function()
  it("is the only line", function()
    for _, s in ipairs { "QUESTION: Which one?", "\n**QUESTION:** Which one?\r\n",
      "```\nQUESTION: Which one?\n```", "Question: Which one?" } do
      assert.equal("Which one?", reply.question(s))
    end
  end)

  it("is not part of an answer, nor empty", function()
    for _, s in ipairs { VERDICT .. "QUESTION: x", "QUESTION: x\n" .. VERDICT,
      "QUESTION:",
      "", "> QUESTION: x", "A QUESTION: x", "QUESTION: " .. ("x"):rep(9000) } do
      assert.is_nil(reply.question(s))
    end
  end)
end)

describe("reply.sections", function()
  local steps = reply.sections {
    { "SUMMARY", "one paragraph" },
    { "NON-GOALS", "what is left out", list = true, optional = true },
    { "SCORE", "0 to 10", as = "points", read = lpeg.R "09" ^ 1 / tonumber,
      sample = "7" },
    { "STEPS", "what to do", list = true, min = 2, max = 3, sample = { "a", "b" } },
  }

  it("makes a text, a grammar and a sample that agree", function()
    local said = assert(steps.grammar(steps.sample))

    assert.same({ summary = "(sample) one paragraph", points = 7, steps = { "a", "b" },
      non_goals = { "(sample) what is left out" } }, said)
    assert.truthy(steps.text:find("\nSUMMARY: one paragraph\n", 1, true))
    assert.truthy(steps.text
      :find("\nNON-GOALS: what is left out; or the word none (optional)",
      1, true))
  end)

  it("repeats a sample until there are enough of it", function()
    local names = reply.sections { { "NAMES", "three", list = true, min = 3 } }

    assert.equal(3, #assert(names.grammar(names.sample)).names)
  end)

  it("names what is wrong in a reply", function()
    local _, problem = steps.grammar "SUMMARY:\nSCORE: good\nSTEPS: one\n"

    assert.equal("SUMMARY is empty: expected one paragraph; SCORE does not have the form "
      .. "that was asked for: 'good'; STEPS has 1 of at least 2: expected what to do",
        problem)
  end)

  for said, declared in pairs {
    ["needs a list"] = {},
    ["written in capitals, got 'summary'"] = { { "summary", "x" } },
    ["'SUMMARY' needs a help text"] = { { "SUMMARY" } },
    ["has no 'optinal'; did you mean 'optional'?"] =
      { { "SUMMARY", "x", optinal = true } },
    ["'A' is declared twice"] = { { "A", "x" }, { "A", "y" } },
    ["two sections are named 'x'"] = { { "A", "x", as = "x" }, { "B", "y", as = "x" } },
    ["has a 'text' of its own"] = { { "TEXT", "x" } },
    ["the sample of these sections is refused"] = { { "A", "x", read = lpeg.P "y" } },
    ["'read' must be an lpeg pattern or a function"] = { { "A", "x", read = 3 } },
  } do
    it("refuses a declaration: " .. said, function()
      local ok, problem = pcall(reply.sections, declared)

      assert.is_false(ok)
      assert.truthy(problem:find(said, 1, true), problem)
      assert.truthy(problem:find("^[^:]*:?%d*"), problem)
    end)
  end
end)

describe("a hostile reply", function()
  it("leaves no control sequence in what is read", function()
    local found = one(
      "\27]0;x\7FINDINGS:\n1. [\27[31mhigh] x.c:1 A\27]52;c;ZXZpbA==\7B\u{202E}\n"
      .. "   Evidence: \xff\0\27[2Jseen\n")

    assert.same({ "AB", "high" }, { found.title, found.severity })
    assert.equal("\u{FFFD}seen", found.evidence)
  end)

  it("never raises and never gives a finding without evidence", function()
    math.randomseed(20)
    local pieces = { "FINDINGS:", "\n", "1. ", "[high] ", "x.c:1", " ", "Evidence:",
      "```", "> ", "~~~",
      "VERDICT: pass", "EVIDENCE:", "**", "none", "- ", "\27[", "\xff", "\r", "\b", "#",
      "F1: fixed", " - ", "`", "    ", "{{x}}", "CHANGED:", "\u{200B}", "POINTS:",
      "SOURCES:", "[S1]", "S1: ", "SLICES:", "a/b", ", ", "DECISION: go", "CHOSEN:" }
    for _ = 1, 3000 do
      local out = {}
      for i = 1, math.random(40) do out[i] = pieces[math.random(#pieces)] end
      local s = table.concat(out)
      for _, name in ipairs { "findings", "verdict", "changes", "report", "map",
        "research", "slices", "option", "approach" } do
        local said, problem = reply[name].grammar(s)
        assert(said or #problem > 0)
        for _, item in ipairs(name == "findings" and said and said.findings or {}) do
          assert(item.evidence:find "%S" and utf8.len(item.title))
        end
      end
      reply.question(s)
    end
  end)

  for what, s in pairs {
    lines = "\n", fences = "```a\n", ticks = "`", stars = "*", hashes = "# ",
    quotes = "> x\n", names = "FINDINGS:\n", items = "1. [high] x\n", bytes = "\xff",
    labels = "  Evidence: y\n", colons = ":1", brackets = "[", blanks = " ",
    dashes = "- ", escapes = "\27]", tildes = "~~~\n",
  } do
    it("of 1 MiB of " .. what .. " is read in linear time", function()
      local size = 1024 * 1024
      local begun = os.clock()

      reply.findings.grammar("FINDINGS:\n1. [low] a.c:1 x " .. s:rep(size // #s) .. "y")
      local claims = "POINTS:\n1. x (S1" .. s:rep(size // #s // 2) .. "y"
      reply.research.grammar(claims .. "\nSOURCES:\n- S1: x" .. claims)
      reply.slices.grammar("SLICES:\n- a" .. s:rep(size // #s // 2) .. "y")

      assert.truthy(os.clock() - begun < 2)
    end)
  end
end)
