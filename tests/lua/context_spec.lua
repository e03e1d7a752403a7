--- The Context Pack: its parts, its limit, its pointers, and packs read from Markdown.

local context = require "orch.context"

describe("a context", function()
  it("writes its parts in the guide's order", function()
    local pack = assert(context.new {
      style = "plain", success_check = "make test passes",
      prior_decisions = { "no threads" },
      pointers = { "src/a.c", "https://example.org" },
      constraints = { "keep\nthe API", 4 },
      non_goals = "speed", goal = "It works.",
    })

    assert.equal([[
CONTEXT PACK:
Goal: It works.
Non-goals: speed
Constraints:
- keep
  the API
- 4
Pointers:
- src/a.c
- https://example.org
Prior decisions: no threads
Success check: make test passes
Style: plain
]], pack:text())
  end)

  it("writes nothing for parts that are absent or empty", function()
    assert.equal("CONTEXT PACK:\nGoal: x\n",
      context.new({ goal = "x", non_goals = "", pointers = {} }):text())
    assert.equal("", context.new({}):text())
  end)

  it("knows the academic style by its name", function()
    for _, name in ipairs { "apa7", "APA 7", "apa-7" } do
      assert.truthy(context.new({ style = name }):text()
        :find("APA 7 where appropriate", 1, true))
    end
  end)

  it("takes values that write themselves, and places as pointers", function()
    local outline = setmetatable({ path = "src" }, { __brief = function()
      return "src", "a.c\nb.c", "outline"
    end })
    local pack = assert(context.new { constraints = outline,
      pointers = { outline, { path = "a.c", what = "the parser" } } })

    assert.same({ "src", "a.c" }, pack:paths())
    assert.truthy(pack:text():find("Constraints:\n- src\n  a.c\n  b.c\n", 1, true))
  end)

  it("is itself when it is made from one", function()
    local pack = context.new { goal = "x" }

    assert.equal(pack, context.new(pack))
  end)

  it("refuses an unknown part, suggesting the nearest", function()
    assert.same({ n = 2, nil,
      "a context has no part 'nongoals'; did you mean 'non_goals'?" },
      table.pack(context.new { nongoals = "x" }))
  end)

  it("refuses a part that is no text", function()
    for _, value in ipairs { { goal = true }, { goal = { { 1 } } }, { goal = print } } do
      local pack, problem = context.new(value)
      assert.is_nil(pack)
      assert.truthy(problem:find("'goal' must be a text", 1, true))
    end
    assert.truthy(select(2, context.new(7)):find("got a number", 1, true))
  end)

  it("refuses too much text, naming the largest part and by how much", function()
    local pack, problem = context.new({ goal = "x", constraints = ("y"):rep(3000) },
      { limit = 1024 })

    assert.is_nil(pack)
    assert.equal(
      "the context has 3.0 KiB, 2.0 KiB more than its limit of 1.0 KiB: the largest"
      .. " part is 'constraints' with 2.9 KiB", problem)
  end)

  it("has a limit of 16 KiB", function()
    assert.truthy(context.new { goal = ("y"):rep(16 * 1024 - 100) })
    assert.is_nil((context.new { goal = ("y"):rep(16 * 1024) }))
  end)

  it("is valid UTF-8", function()
    assert.truthy(utf8.len(context.new({ goal = "a\xFFb" }):text()))
  end)
end)

describe("a context's pointers", function()
  for pointer, path in pairs {
    ["src/a.c"] = "src/a.c", ["src/a.c:12"] = "src/a.c",
    ["src/a.c:12-14 - the loop"] = "src/a.c",
    ["`my notes.md` - read it"] = "my notes.md", ["src/a.c: the loop"] = "src/a.c",
    ["[notes](docs/n.md#top)"] = "docs/n.md", ["docs/n.md — why"] = "docs/n.md",
    ["Makefile"] = "Makefile", ["docs/"] = "docs/",
  } do
    it(("name a path in '%s'"):format(pointer), function()
      assert.same({ path }, context.new({ pointers = { pointer } })
        :missing(function() end))
    end)
  end

  for _, pointer in ipairs { "https://example.org/a", "doi:10.1/2", "the notes of Monday",
    "src/*.c", "Note: see the wiki", "mailto:a@b.c" } do
    it(("name no path in '%s'"):format(pointer), function()
      assert.same({}, context.new({ pointers = { pointer } }):missing(function() end))
    end)
  end

  it("are missing only if they do not exist, each once", function()
    local pack = context.new { pointers = { "a.c", "b.c", "b.c:3" } }

    assert.same({ "b.c" }, pack:missing(function(path) return path == "a.c" end))
  end)
end)

describe("context.parse", function()
  local expected = context.new {
    goal = "It works.", non_goals = { "speed", "looks\nof it" },
    pointers = { "a.c", "b.c" },
  }:text()

  for form, source in pairs {
    headings =
      "# Context Pack\n\n## Goal\n\nIt works.\n\n## Non-goals\n- speed\n- looks\n"
      .. "  of it\n\n## Pointers\n- a.c\n- b.c\n",
    ["labels and CRLF"] =
      "Goal: It works.\r\nNon-goals:\r\n* speed\r\n* looks\r\n  of it\r\n"
      .. "Pointers:\r\na.c\r\nb.c\r\n",
    ["bold labels"] = "**Goal:** It works.\n**Non goals**\n1. speed\n2. looks\n   of it\n"
      .. "**Pointers**:\n- a.c\n- b.c\n",
    ["a list of labels"] =
      "- Goal: It works.\n- Non-goals:\n  - speed\n  - looks\n    of it\n"
      .. "- Pointers:\n  - a.c\n  - b.c\n",
  } do
    it("reads " .. form, function()
      assert.equal(expected, assert(context.parse(source)):text())
    end)
  end

  it("takes a text without parts as the goal", function()
    assert.equal("CONTEXT PACK:\nGoal: Make it work.\n", context.parse("Make it work.\n")
      :text())
  end)

  it("refuses another heading and text that belongs to no part", function()
    assert.equal("the heading 'Gaol' is no part of a context; did you mean 'Goal'?",
      select(2, context.parse "## Gaol\nx\n"))
    assert.truthy(select(2, context.parse "Hello.\n# Goal\nx\n")
      :find("'Hello.'", 1, true))
  end)

  it("reads no heading in fenced text", function()
    local pack = assert(context.parse "# Goal\n```\n# Other\n```\n")

    assert.truthy(pack:text():find("# Other", 1, true))
  end)

  it("is linear", function()
    local begun = os.clock()

    for _, s in ipairs { "Goal", "# ", "\n", "```a\n", "- " } do
      context.parse("Goal: x\n" .. s:rep(1000000 // #s))
    end

    assert.truthy(os.clock() - begun < 3)
  end)
end)
