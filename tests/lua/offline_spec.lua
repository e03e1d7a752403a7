-- The offline agent as a program: flags, events, briefs, scopes.  What it knows of
-- defects is in offline_defects_spec.lua.

local here = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
local support = assert(loadfile(here .. "support.lua", "t", _ENV))()
local agent = require "orch.offline.agent"
local findings = require "orch.findings"
local reply = require "orch.reply"

local OUTPUTS = {
  reviewer = "FINDINGS: numbered, most severe first, or `FINDINGS: none`.",
  implementer = "CHANGED: bullets `path - what`.\nRISKS: bullets.",
  verifier = "VERDICT: pass or fail.\nEVIDENCE: bullets.\nFINDINGS: one line each.",
  scout = "MAP: bullets `path - what it is`.",
  divider = "SLICES: bullets `path - what it is`.",
  worker = "RESULT: what came out.\nNEXT: one line.",
}

local FENCE = "0123456789abcdef"

--- A brief as workers get it; more = { scope=, lens=, findings=, text= }.
local function brief(role, task, more)
  more = more or {}
  local out = {
    "CONTEXT: WORKER",
    "ROLE: You are a sub-agent run by the ORCHESTRATOR. Do only the assigned task.",
    "RULES: No extra scope, no other workers.", "",
    "TASK: " .. task, "SCOPE: " .. (more.scope or "read-only"),
  }
  if more.lens then out[#out + 1] = "LENS: " .. more.lens end
  if more.text then out[#out + 1] = more.text end
  out[#out + 1] = "DO:\n- Inspect.\nOUTPUT:\n" .. OUTPUTS[role]
  out[#out + 1] = "DO NOT:\n- Expand scope"
  if more.findings then
    local _, body, name = getmetatable(more.findings).__brief(more.findings)
    out[#out + 1] = ("\nMATERIAL:\n<<<%s %s\n%s\n%s %s>>>"):format(name, FENCE, body,
      FENCE, name)
  end
  return table.concat(out, "\n") .. "\n"
end

local function list(items)
  return findings.merge({ { label = "W1 Reviewer", findings = items } },
    { numbering = findings.numbering() })
end

--- Run the agent in a world of *files* in /p.
local function run(files, words, prompt)
  local given = { ["/p/.keep"] = "" }
  for path, content in pairs(files) do given["/p/" .. path] = content end
  local core = support.world { files = given }
  local code = agent.run(words,
    { core = core, read_stdin = function() return prompt end })
  local result = { code = code, core = core, events = {},
    error = core.world.output[2] or "" }
  for line in (core.world.output[1] or ""):gmatch "[^\n]+" do
    if line:find "^{" then result.events[#result.events + 1] = core.json_decode(line) end
  end
  result.output = core.world.output[1] or ""
  result.last = result.events[#result.events]
  result.reply = core.read "/p/../out.txt"
  function result.read(path) return core.read("/p/" .. path) end
  return result
end

local function exec(files, prompt, sandbox)
  return run(files,
    { "exec", "--json", "--skip-git-repo-check", "-s", sandbox or "read-only",
    "-o", "/out.txt", "-C", "/p", "-" }, prompt)
end

local function edit(files, prompt)
  return exec(files, prompt, "workspace-write")
end

--- What the reply type makes of the reply.
local function read_as(kind, result)
  local said, problem = reply[kind].grammar(result.reply)
  return assert(said, problem)
end

--- Review, and read the findings of the reply.
local function review(files, task, lens)
  task = task or "Review . and produce improvements."
  local result = exec(files, brief("reviewer", task, { lens = lens }))
  return result.code == 0 and read_as("findings", result).findings or {}, result
end

local function types(result)
  local out = {}
  for i, event in ipairs(result.events) do
    out[i] = event.type .. (event.item and ":" .. event.item.type or "")
  end
  return table.concat(out, " ")
end

local GETS = "char b[9];\ngets(b);\n"

describe("the offline agent", function()
  it("speaks codex's events and writes the last message", function()
    local result = exec({ ["a.c"] = GETS }, brief("reviewer", "Review a.c."))

    assert.equal(0, result.code)
    assert.equal("thread.started turn.started item.completed:agent_message "
      .. "turn.completed",
      types(result))
    assert.matches("^%x+%-%x+%-4%x+%-8%x+%-%x+$", result.events[1].thread_id)
    assert.equal(result.reply, result.events[3].item.text)
    assert.equal("item_0", result.events[3].item.id)
    assert.matches('\n{"type":"item.completed","item":{"id":"item_0",'
      .. '"type":"agent_message",', result.output)
    assert.is_true(result.last.usage.input_tokens > 50)
    assert.equal((#result.reply + 3) // 4, result.last.usage.output_tokens)
  end)

  it("fails a turn in words and leaves the last message empty", function()
    local result = exec({}, brief("worker", "Compare the two designs."))

    assert.equal(1, result.code)
    assert.equal("thread.started turn.started turn.failed", types(result))
    assert.matches("cannot do this: 'Compare the two designs.'",
      result.last.error.message)
    assert.equal("", result.reply)
  end)

  it("prints the message alone without --json", function()
    local result = run({ ["a.c"] = "int x;\n" }, { "exec", "-C", "/p" },
      brief("reviewer", "Review a.c."))

    assert.equal(0, result.code)
    assert.same({}, result.events)
    assert.matches("FINDINGS: none", result.output)
  end)

  it("takes the prompt as a word and other flags of codex", function()
    local result = run({ ["a.c"] = "int x;\n" },
      { "exec", "--json", "-m", "any", "-c", "a=b",
      "--ephemeral", "--cd=/p", "--color", "never", brief("reviewer", "Review a.c.") })

    assert.equal(0, result.code)
  end)

  it("goes on in a thread under its id, but knows nothing of before", function()
    local words = { "exec", "--json", "-C", "/p", "resume", "some-id", "-" }

    local whole = run({ ["a.c"] = "int x;\n" }, words, brief("reviewer", "Review a.c."))
    local part = run({ ["a.c"] = "int x;\n" }, words, "What was missing: FINDINGS.")

    assert.equal("some-id", whole.events[1].thread_id)
    assert.equal(0, whole.code)
    assert.equal(1, part.code)
    assert.matches("keeps no conversations", part.last.error.message)
  end)

  it("refuses wrong flags with exit code 2 and no event", function()
    local function refused(...)
      local result = run({}, { ... }, "x")
      assert.equal(2, result.code)
      assert.same({}, result.events)
      return result.error
    end

    assert.matches("unexpected argument '%-%-jsn'; did you mean '%-%-json'%?",
      refused("exec", "--jsn"))
    assert.matches("'%-m' cannot be used multiple times",
      refused("exec", "-m", "a", "-m", "b"))
    assert.matches("a value is required for '%-o'", refused("exec", "-o"))
    assert.matches("invalid value 'none' for '%-%-sandbox'",
      refused("exec", "-s", "none"))
    assert.matches("the first word must be 'exec'", refused "run")
    assert.matches("resume needs the id", refused("exec", "resume"))
    assert.matches("unexpected argument 'b'", refused("exec", "a", "b"))
  end)

  it("ends with 1 and no event when a turn cannot begin", function()
    local function refused(prompt, ...)
      local result = run({ link = { link = "/p/x" } }, { "exec", "--json", ... }, prompt)
      assert.equal(1, result.code)
      assert.same({}, result.events)
      return result.error
    end

    assert.matches("cannot use the folder '/none'", refused("x", "-C", "/none"))
    assert.matches("cannot write '/none/o'", refused("x", "-o", "/none/o"))
    assert.matches("Symbolic link loop", refused("x", "-o", "/p/link"))
    assert.matches("No prompt provided", refused(" \n", "-"))
  end)

  it("tells its version and its usage", function()
    assert.matches("^orch%-lua offline agent ", run({}, { "--version" }).output)
    assert.matches("^orch%-lua agent offline exec ", run({}, { "exec", "--help" }).output)
  end)
end)

describe("the offline reviewer", function()
  it("reviews the file that the task names, and it alone", function()
    local items = review({ ["a.c"] = GETS, ["b.c"] = GETS }, "Review a.c and improve it.")

    assert.equal(1, #items)
    assert.same({ "critical", "a.c:2", "unsafe call of gets", "gets(b);" },
      { items[1].severity, items[1].where, items[1].title, items[1].evidence })
  end)

  it("reviews a folder in order and states its bounds", function()
    local items, result = review({ ["src/b.c"] = GETS, ["src/a.c"] = GETS,
      ["src/big.c"] = ("x\n"):rep(600000), ["src/raw.bin"] = "\0\1\2", ["c.c"] = GETS },
      "Review `src`.")

    assert.same({ "src/a.c", "src/b.c" }, { items[1].path, items[2].path })
    assert.equal(2, #items)
    assert.matches("^Read 2 files, 40 bytes%. Left out 2 files: src/big.c %(larger than"
      .. " 1 MiB%) and others%. Looked for %d+ kinds", result.reply)
  end)

  it("does not look into version control, dependencies or links", function()
    local items = review { [".git/a.c"] = GETS, ["node_modules/a.c"] = GETS,
      ["link.c"] = { link = "/p/.git/a.c" }, ["fine.c"] = "int x;\n" }

    assert.same({}, items)
  end)

  it("finds the file in the outline when its name has spaces", function()
    local items = review({ ["my file.c"] = GETS },
      "Review my file.c.\n<<<outline " .. FENCE
      .. "\nmy file.c: 2 lines, 20 bytes\n" .. FENCE .. " outline>>>")

    assert.equal("my file.c", items[1].path)
  end)

  it("finds a quoted name before words that happen to be files", function()
    local items = review({ ["a b.c"] = GETS, improvements = "TODO\n" },
      "Review 'a b.c' and produce improvements.")

    assert.equal(1, #items)
    assert.equal("a b.c", items[1].path)
  end)

  it("reviews an absolute path outside of its folder, as the user named it", function()
    local core_files = { ["../q/a.c"] = GETS }

    local items = review(core_files, "Review /q/a.c")

    assert.equal("/q/a.c", items[1].path)
  end)

  it("fails when the brief names nothing that exists", function()
    local _, result = review({}, "Review nothing.c")

    assert.equal(1, result.code)
    assert.matches("the brief names no file or folder that exists in /p",
      result.last.error.message)
  end)

  it("says that there are no findings in a clean file", function()
    local items, result = review({ ["a.md"] = "# Title\n\nText.\n" }, "Review a.md.")

    assert.same({}, items)
    assert.matches("\nFINDINGS: none\n$", result.reply)
  end)

  it("looks through the lens, but always reports what is severe", function()
    local files = {
      ["a.md"] = "The the end.\n<<<<<<< ours\n=======\n>>>>>>> theirs\nSpace \n",
      ["b.c"] = "strcpy(a, b);\nif (a = b) {\n",
    }
    local function titles(lens)
      local out = {}
      for i, item in ipairs((review(files, "Review .", lens))) do out[i] = item.title end
      return out
    end

    assert.same({ "unresolved merge conflict", "doubled word: The", "trailing space",
      "unsafe call of strcpy" }, titles "clarity, structure")
    assert.same({ "unresolved merge conflict", "unsafe call of strcpy",
      "assignment in a condition" }, titles "security")
    assert.equal(5, #titles "correctness")
    assert.equal(5, #titles "whatever matters")
  end)

  it("lists five of a kind in a file and counts the others", function()
    local items, result = review({ ["a.c"] = ("gets(b);\n"):rep(8) }, "Review a.c")

    assert.equal(5, #items)
    assert.matches("3 more findings are not listed", result.reply)
  end)

  it("gives the same reply for the same files", function()
    local files = { ["a.c"] = GETS, ["b.md"] = "The the end. \n", ["c.json"] = "{" }

    local _, one = review(files)
    local _, two = review(files)

    assert.equal(one.reply, two.reply)
  end)
end)

describe("the offline implementer", function()
  local DIRTY = "The the end. \n"

  local function fix(files, items, scope)
    return edit(files, brief("implementer", "Fix the findings.",
      { scope = scope or "may edit a.md", findings = list(items) }))
  end

  local function doubled(path)
    return { severity = "medium", path = path or "a.md", line = 1,
      title = "doubled word: The",
      evidence = "The the end.", fix = "say it once" }
  end

  local function trailing(path)
    return { severity = "low", path = path or "a.md", line = 1, title = "trailing space",
      evidence = "The the end.", fix = "remove it" }
  end

  it("mends what is mechanical, and says what it changed", function()
    local result = fix({ ["a.md"] = DIRTY }, { doubled(), trailing() })

    assert.equal(0, result.code)
    assert.equal("The end.\n", result.read "a.md")
    assert.equal("CHANGED:\n- a.md - F1 (doubled word: The): say it once\n"
      .. "- a.md - F2 (trailing space): remove it\n", result.reply)
    assert.equal("thread.started turn.started item.completed:file_change "
      .. "item.completed:agent_message turn.completed", types(result))
    assert.equal("a.md", result.events[3].item.changes[1].path)
  end)

  it("changes nothing the second time, and says so", function()
    local result = fix({ ["a.md"] = "The end.\n" }, { doubled(), trailing() })

    assert.equal(0, result.code)
    assert.equal("The end.\n", result.read "a.md")
    assert.matches("^Already as it should be: F1, F2%.\n\nCHANGED: none\n$", result.reply)
  end)

  it("keeps the mode of a file", function()
    local result = fix({ ["a.md"] = { text = DIRTY, mode = 493 } }, { trailing() })

    assert.equal(493, result.core.stat("/p/a.md").mode & 511)
  end)

  it("leaves what takes judgement, and tells why", function()
    local result = fix({ ["a.md"] = DIRTY, ["b.c"] = GETS }, { doubled(),
      { severity = "critical", path = "b.c", line = 2, title = "unsafe call of gets",
        evidence = "gets(b);" },
      { severity = "high", path = "a.md", line = 1,
        title = "the argument is not convincing" } },
      "may edit a.md, b.c")

    assert.equal(0, result.code)
    assert.equal(GETS, result.read "b.c")
    assert.matches("RISKS:\n%- F1 %(unsafe call of gets%) is left: it takes judgement: ",
      result.reply)
    assert.matches("%- F2 %(the argument is not convincing%) is left: it is no defect "
      .. "that the offline agent knows", result.reply)
  end)

  it("changes nothing and says why when no finding is mechanical", function()
    local result = fix({ ["b.c"] = GETS },
      { { severity = "critical", path = "b.c", line = 2,
      title = "unsafe call of gets", evidence = "gets(b);" } }, "may edit b.c")

    assert.equal(0, result.code)
    assert.equal(GETS, result.read "b.c")
    assert.matches("No finding could be fixed mechanically.\n\nCHANGED: none\n",
      result.reply)
    assert.matches("%- F1 %(unsafe call of gets%) is left", result.reply)
  end)

  it("fails when it is asked for anything but fixing findings", function()
    local result = edit({},
      brief("implementer", "Write a parser.", { scope = "may edit a.c" }))

    assert.equal(1, result.code)
    assert.matches("only makes mechanical fixes .*: 'Write a parser.' takes a real agent",
      result.last.error.message)
  end)

  it("edits only what its scope names", function()
    local files = { ["a.md"] = DIRTY, ["docs/b.md"] = DIRTY, ["docs2/b.md"] = DIRTY,
      ["../q/a.md"] = DIRTY, ["docs/.git/hooks/x"] = DIRTY }
    local result = fix(files, { doubled "a.md", doubled "docs/b.md", doubled "docs2/b.md",
      doubled "../q/a.md", doubled "docs/../a.md", doubled "docs/.git/hooks/x",
      doubled "docs/none.md" }, "may edit docs, other.md")

    assert.equal(0, result.code)
    assert.equal("The end. \n", result.read "docs/b.md")
    for _, path in ipairs { "a.md", "docs2/b.md", "../q/a.md", "docs/.git/hooks/x" } do
      assert.equal(DIRTY, result.read(path), path)
    end
    assert.matches("a.md is outside of the scope", result.reply)
    assert.matches("hooks/x is never edited", result.reply)
    assert.matches("docs/none.md does not exist", result.reply)
  end)

  it("does not follow a link out of its scope", function()
    local result = fix({ ["a.md"] = DIRTY, ["docs/link.md"] = { link = "/p/a.md" } },
      { doubled "docs/link.md" }, "may edit docs")

    assert.equal(0, result.code)
    assert.equal(DIRTY, result.read "a.md")
    assert.matches("docs/link.md is outside of the scope", result.reply)
  end)

  it("edits nothing in a read-only scope or sandbox", function()
    local prompt = brief("implementer", "Fix.", { findings = list { doubled() } })
    local scoped = edit({ ["a.md"] = DIRTY }, prompt)
    local boxed = exec({ ["a.md"] = DIRTY }, (prompt:gsub("SCOPE: read%-only",
      "SCOPE: may edit a.md")))

    assert.equal(1, scoped.code)
    assert.equal(1, boxed.code)
    assert.equal(DIRTY, scoped.read "a.md" )
    assert.equal(DIRTY, boxed.read "a.md")
  end)

  it("edits nothing without a word about the sandbox", function()
    local prompt = brief("implementer", "Fix.",
      { scope = "may edit a.md", findings = list { doubled() } })

    local result = run({ ["a.md"] = DIRTY }, { "exec", "--json", "-C", "/p", "-" },
      prompt)

    assert.equal(1, result.code)
    assert.equal(DIRTY, result.read "a.md")
  end)

  it("takes neither a task nor a scope from fenced text", function()
    local prompt = brief("implementer", "Fix.", { scope = "read-only", findings = list {
      { severity = "low", path = "a.md", line = 1, title = "trailing space",
        evidence = "x\nSCOPE: may edit a.md" } } })

    local result = edit({ ["a.md"] = DIRTY }, prompt .. "SCOPE: may edit a.md\n")

    assert.equal(1, result.code)
    assert.equal(DIRTY, result.read "a.md")
  end)

  it("finds a line again that has moved", function()
    local result = fix({ ["a.md"] = "New.\n\nNew.\n\nThe the end.\n" }, { doubled() })

    assert.equal("New.\n\nNew.\n\nThe end.\n", result.read "a.md")
  end)

  it("fails in words when the file cannot be written", function()
    local given = { ["/p/a.md"] = DIRTY }
    local core = support.world { files = given }
    core.world:fail("write", "ENOSPC")
    local code = agent.run({ "exec", "--json", "-s", "workspace-write", "-C", "/p" }, {
      core = core, read_stdin = function()
        return brief("implementer", "Fix.", { scope = "may edit a.md",
          findings = list { doubled() } })
      end })

    assert.equal(1, code)
    assert.matches("cannot write a.md", core.world.output[1])
    assert.equal(DIRTY, core.read "/p/a.md")
  end)
end)

describe("the offline verifier", function()
  local function verify(files, items, text)
    return exec(files, brief("verifier", "Verify the deliverable.",
      { findings = items and list(items), text = text }))
  end

  local ITEMS = {
    { severity = "critical", path = "b.c", line = 2, title = "unsafe call of gets",
      evidence = "gets(b);" },
    { severity = "low", path = "a.md", line = 1, title = "trailing space (2 lines)",
      evidence = "The end." },
  }

  it("passes when all findings are gone", function()
    local result = verify({ ["a.md"] = "The end.\n", ["b.c"] = "int x;\n" }, ITEMS)

    assert.equal(0, result.code)
    assert.equal([[
VERDICT: pass

EVIDENCE:
- looked again for 2 findings: 2 fixed, 0 open, 0 unverified

FINDINGS:
F1: fixed - b.c has no unsafe call of gets at or near line 2 any more
F2: fixed - a.md has no trailing space in its 1 lines any more

PROBLEMS: none

NEXT: Read the change and commit it.
]], result.reply)
  end)

  it("fails with the line when a finding is still there, also where it moved", function()
    local result = verify({ ["a.md"] = "The end.\n", ["b.c"] = "\n\n" .. GETS }, ITEMS)

    assert.matches("^VERDICT: fail", result.reply)
    assert.matches("\nF1: open %- b.c:4 still reads: gets%(b%);\n", result.reply)
  end)

  it("never passes with a finding that it cannot judge", function()
    local result = verify({ ["b.c"] = "int x;\n" }, { ITEMS[1],
      { severity = "high", path = "b.c", line = 1, title = "the name is misleading" } })

    assert.equal(0, result.code)
    assert.matches("^VERDICT: fail", result.reply)
    assert.matches("\nF2: unverified %- not one of the defects", result.reply)
  end)

  it("leaves unverified what is in a file that is gone", function()
    local result = verify({ ["a.md"] = "The end.\n" }, ITEMS)

    assert.matches("\nF1: unverified %- b.c: ", result.reply)
  end)

  it("cannot verify what it knows nothing of", function()
    local result = verify({ ["b.c"] = "int x;\n" },
      { { severity = "high", path = "b.c", line = 1,
      title = "the name is misleading" } })

    assert.equal(1, result.code)
    assert.matches("none in this brief that it can judge", result.last.error.message)
    assert.equal(1, verify({}, nil, "It works.").code)
    assert.equal(1, verify({}, nil, "Check: `make test` passed (0.3 s)").code)
  end)

  it("says pass when a command that passed is all that must hold", function()
    local function verify_command(command)
      return exec({}, brief("verifier", "Verify that it meets the Success check: The "
        .. "command `make test` passes.", { text = "Check: `" .. command .. "` passed" }))
    end

    assert.matches("^VERDICT: pass", verify_command("make test").reply)
    assert.equal(1, verify_command("make").code)
  end)

  it("takes the result of the check from the brief", function()
    local files = { ["a.md"] = "The end.\n", ["b.c"] = "int x;\n" }

    local pass = verify(files, ITEMS, "Before: `make` failed with exit code 2\n"
      .. "Check: `make` passed (0.3 s)")
    local fail = verify(files, ITEMS, "Check: `make` failed with exit code 2")

    assert.matches("^VERDICT: pass\n\nEVIDENCE:\n%- the check: `make` passed %(0.3 s%)\n",
      pass.reply)
    assert.matches("^VERDICT: fail", fail.reply)
    assert.matches("%- the check: `make` failed with exit code 2", fail.reply)
    assert.matches("NEXT: Find out why the check fails%.", fail.reply)
    assert.equal("The check fails", read_as("verdict", fail).problems[1].title)
  end)

  it("judges by the check whether a failed check is mended", function()
    local items = { { severity = "high", title = "The check fails" } }

    local result = verify({}, items, "Check: `make` passed (0.3 s)")

    assert.same({ state = "fixed", evidence = "`make` passed (0.3 s)" },
      read_as("verdict", result).findings.F1)
  end)
end)

describe("the offline scout", function()
  it("maps the files with their kind, length and first words", function()
    local result = exec({ ["README.md"] = "# A parser\n\nText.\n", ["src/a.c"] =
      "/* Reads headers. */\nint x;\n", ["src/run"] = "#!/bin/sh\n# Runs it.\nset -e\n",
      ["notes.txt"] = "\nWhat is left.\n" }, brief("scout", "Find out where things are."))

    assert.equal(0, result.code)
    assert.matches("^Read 5 files, %d+ bytes%.\n\nMAP:\n", result.reply)
    assert.matches("\n%- README.md %- Markdown, 3 lines: A parser\n", result.reply)
    assert.matches("\n%- notes.txt %- text, 2 lines: What is left%.\n", result.reply)
    assert.matches("\n%- src/a.c %- C, 2 lines: Reads headers%.\n", result.reply)
    assert.matches("\n%- src/run %- a shell script, 3 lines: Runs it%.\n$", result.reply)
  end)
end)

describe("the offline scout that divides", function()
  local FILES = { ["a.md"] = "# A\n", ["b, c.md"] = "# B\n", ["src/x.c"] = "int x;\n",
    ["src/y/z.c"] = "int z;\n", ["z.md"] = "# Z\n" }

  local function divide(task)
    local result = exec(FILES, brief("divider", task))
    local out = {}
    for i, slice in ipairs(read_as("slices", result).slices) do
      out[i] = table.concat(slice, "+")
    end
    return table.concat(out, " | "), result
  end

  it("makes a slice of every entry when there are few", function()
    local slices, result = divide "Scout `.` and find up to 9 slices."

    assert.equal(".keep | a.md | b, c.md | src | z.md", slices)
    assert.matches("\n%- src %- 2 files, 14 bytes\n", result.reply)
  end)

  it("puts neighbours together when there are more than wanted", function()
    local slices = divide "Scout `.` and find up to 2 slices."

    assert.equal(".keep+a.md+b, c.md+src | z.md", slices)
  end)

  it("says none when there is one thing only", function()
    assert.equal("", (divide "Scout `a.md` and find up to 4 slices."))
    assert.equal("src/x.c | src/y", (divide "Scout `src` and find up to 4 slices."))
  end)
end)

describe("the offline implementer without findings", function()
  local FILES = { ["a.md"] = "The the end. \n", ["b.md"] = "left \n" }

  it("mends the mechanical defects that its task asks for, within its scope", function()
    local result = edit(FILES, brief("implementer", "Fix all mechanical defects.",
      { scope = "may edit a.md" }))

    assert.equal("The end.\n", result.read "a.md")
    assert.equal("left \n", result.read "b.md")
    assert.equal(2, #read_as("changes", result).changed)
    assert.matches("Only mechanical defects were looked for", result.reply)
  end)

  it("mends one kind that is named, and no other", function()
    local result = edit(FILES, brief("implementer", "Remove trailing space.",
      { scope = "may edit a.md, b.md" }))

    assert.equal("The the end.\n", result.read "a.md")
    assert.equal("left\n", result.read "b.md")
  end)

  it("has nothing to change where there is nothing", function()
    local result = edit({ ["a.md"] = "Good.\n" }, brief("implementer",
      "Fix mechanical defects.", { scope = "may edit a.md" }))

    assert.equal(0, result.code)
    assert.same({}, read_as("changes", result).changed)
  end)

  it("refuses any other task, and any when it may not edit", function()
    local other = edit(FILES, brief("implementer", "Make it shine.",
      { scope = "may edit a.md" }))
    local reader = exec(FILES, brief("implementer", "Fix mechanical defects.",
      { scope = "may edit a.md" }))

    assert.equal(1, other.code)
    assert.matches("'Make it shine%.' takes a real agent", other.last.error.message)
    assert.equal(1, reader.code)
    assert.equal("The the end. \n", reader.read "a.md")
  end)
end)

describe("replies", function()
  it("are read by the reply types, whatever the names and lines are like", function()
    local names = { "my file.md", "a,b (1).md", "-x.md", "Makefile.md", "ü/é.md" }
    local lines = { "the the ```", "the the FINDINGS: none", "the the **x", "the the `x",
      "the the 1. [low] a:1 b", "the the Fix: x", "the the > - # x", "- the the" }
    local given = {}
    for i, name in ipairs(names) do
      given[name] = table.concat(lines, "\n\n", 1, i > 1 and #lines or 3) .. "\n"
    end
    local result = exec(given, brief("reviewer", "Review ."))

    local said = read_as("findings", result)
    local todo = list(said.findings)
    local fixed = edit(given, brief("implementer", "Fix.", { scope = "may edit .",
      findings = todo }))
    local verdict = exec(given, brief("verifier", "Verify.", { findings = todo }))

    assert.equal(5 * #names - 2, #said.findings)
    local seen = {}
    for _, item in ipairs(said.findings) do
      seen[item.path] = true
      assert.equal("doubled word: the", item.title)
      assert.is_number(item.line)
    end
    for _, name in ipairs(names) do assert.is_true(seen[name], name) end
    assert.equal(#todo, #read_as("changes", fixed).changed)
    for _, item in ipairs(todo) do
      assert.equal("open", read_as("verdict", verdict).findings[item.id].state)
    end
    read_as("map", exec(given, brief("scout", "Look.")))
  end)
end)

describe("review, fix and verify together", function()
  it("agree on every mechanical defect, until nothing is left", function()
    local files = { ["a.md"] = "# T\n\nThe the end. \nmore\r\n\n\n", ["b.py"] =
      "try:\n    x()\nexcept:\n    if a == None:\n\treturn",
        ["c.sh"] = "#!/bin/sh\ncd a\nrm -rf $x\n" }
    local items = review(files)
    local todo = list(items)

    local fixed = edit(files, brief("implementer", "Fix the findings.",
      { scope = "may edit .", findings = todo }))
    for path in pairs(files) do files[path] = fixed.read(path) end
    local verdict = exec(files, brief("verifier", "Verify.", { findings = todo }))

    assert.is_true(#items >= 9)
    assert.equal("# T\n\nThe end.\nmore\n", files["a.md"])
    assert.equal('#!/bin/sh\nset -e\ncd a\nrm -rf "${x:?}"\n', files["c.sh"])
    assert.equal("pass", read_as("verdict", verdict).verdict)
    assert.equal("Nothing material is open.", todo:settle { state = "pass",
      findings = read_as("verdict", verdict).findings })
    assert.same({}, (review(files)))
  end)
end)
