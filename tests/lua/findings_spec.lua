-- Findings: merged, ranked, numbered once, and followed from round to round.

local findings = require "orch.findings"

local function finding(severity, where, title, more)
  local item = { severity = severity, where = where, title = title, evidence = "",
    fix = "" }
  for key, value in pairs(more or {}) do item[key] = value end
  return item
end

local function merge(given)
  return findings.merge(given, { numbering = findings.numbering() })
end

local function titles(list)
  local out = {}
  for i, item in ipairs(list) do out[i] = item.title end
  return out
end

local function ids(list)
  local out = {}
  for i, item in ipairs(list) do out[i] = item.id end
  return table.concat(out, " ")
end

local function three()
  return merge {
    finding("high", "src/a.c:10", "strcpy may overflow buf"),
    finding("medium", "README.md:3", "the link to the guide is broken"),
    finding("low", "src/a.c:90", "a comment is out of date"),
  }
end

local function verdict(findings_by_id, more)
  local v = { state = "fail", findings = findings_by_id }
  for key, value in pairs(more or {}) do v[key] = value end
  return v
end

local fixed = { state = "fixed", evidence = "line 10 uses snprintf" }
local open = { state = "open", evidence = "still there" }

describe("merging", function()
  it("ranks by severity and keeps a reviewer's own order within one", function()
    local list = merge {
      finding("low", "a:1", "one"), finding("critical", "a:20", "two"),
      finding("High", "a:40", "three"), finding("high", "a:60", "four"),
    }

    assert.same({ "two", "three", "four", "one" }, titles(list))
    assert.equal(4, #list)
  end)

  it("makes one finding of the same words at the same place, with the votes of all",
    function()
    local list = merge {
      { label = "W1 Reviewer", findings = { finding("medium", "./src/a.c:10",
        "strcpy may overflow buf", { evidence = "strcpy(buf, name);" }) } },
      { label = "W2 Reviewer", findings = { finding("high", "src/a.c:11",
        "buffer overflow: strcpy into buf", { evidence = "strcpy(buf, name);" }) } },
      { label = "W3 Reviewer", findings = { finding("low", "src/b.c:10",
        "strcpy may overflow buf") } },
    }

    assert.equal(2, #list)
    assert.equal("high", list[1].severity)
    assert.equal(2, list[1].votes)
    assert.same({ "W1 Reviewer", "W2 Reviewer" }, list[1].sources)
    assert.equal("strcpy may overflow buf", list[1].said[1].title)
    assert.equal("W2 Reviewer", list[1].said[2].source)
    assert.equal(1, list[2].votes)
  end)

  it("ranks what several saw above what one saw", function()
    local list = merge {
      { finding("high", "a.c:1", "only one sees this") ,
        finding("high", "a.c:50", "a null pointer is read") },
      { finding("high", "a.c:50", "null pointer read") },
    }

    assert.same({ "a null pointer is read", "only one sees this" }, titles(list))
    assert.same({ "reviewer 1", "reviewer 2" }, list[1].sources)
  end)

  it("does not join other words at the same place, or the same words far away", function()
    local line = { evidence = "strcpy(buf, name); // TODO" }
    local list = merge {
      { finding("high", "a.c:10", "strcpy may overflow buf", line) },
      { finding("low", "a.c:10", "work is left undone", line) },
      { finding("high", "a.c:90", "strcpy may overflow buf") },
      { finding("high", nil, "strcpy may fail") },
    }

    assert.equal(4, #list)
  end)

  it("joins where a range of lines touches the line of another", function()
    local one = finding("high", "src/a.c:20", "the lock is not released",
      { line = 20, path = "src/a.c", last_line = 60 })
    local other = finding("high", "src/a.c:55", "the lock is not released")

    assert.equal(1, #merge { { one }, { other } })
    one.last_line = 30
    assert.equal(2, #merge { { one }, { other } })
  end)

  it("takes a path with fewer folders for the same, but not a bare name", function()
    local function count(path, other)
      return #merge { { finding("low", path .. ":1", "there is no title") },
        { finding("low", other .. ":1", "there is no title") } }
    end

    assert.equal(1, count("server/api/users.go", "api/users.go"))
    assert.equal(2, count("web/README.md", "README.md"))
    assert.equal(2, count("server/api/users.go", "pi/users.go"))
  end)

  it("keeps the same sentence of two things apart, on two lines", function()
    local function count(line, title)
      return #merge { { finding("low", "a.c:3", "the result of read is ignored") },
        { finding("low", "a.c:" .. line, title) } }
    end

    assert.equal(1, count(4, "the result of read is ignored"))
    assert.equal(2, count(4, "the result of write is ignored"))
  end)

  it("keeps one reviewer's findings on neighbouring lines apart", function()
    local function lines()
      return { finding("low", "a.md:3", "trailing space"),
        finding("low", "a.md:4", "trailing space") }
    end

    local list = merge { lines(), lines() }

    assert.equal(2, #list)
    assert.equal(2, list[1].votes)
    assert.equal(2, list[2].votes)
  end)

  it("joins with the nearest of several that are alike, and with none six lines away",
    function()
    local list = merge {
      { finding("low", "a.md:3", "trailing space"),
        finding("low", "a.md:4", "trailing space") },
      { finding("low", "a.md:4", "trailing space"),
        finding("low", "a.md:10", "trailing space") },
    }

    assert.equal(3, #list)
    assert.same({ 4, 2 }, { list[1].line, list[1].votes })
    assert.equal(10, list[3].line)
  end)

  it("removes what one reviewer says twice, for one vote", function()
    local list = merge { { finding("low", "a:3", "Same"),
      finding("low", "a:3", "same") } }

    assert.equal(1, #list)
    assert.equal(1, list[1].votes)
  end)

  it("joins findings without a place by their words alone", function()
    local list = merge {
      { finding("medium", nil, "the conclusion is not supported by the data") },
      { finding("medium", nil, "conclusion is not supported by the data") },
    }

    assert.equal(1, #list)
    assert.is_nil(list[1].path)
  end)

  it("reads path and line from either form of place", function()
    local list = merge {
      finding("low", "src/a.c:10", "one"),
      { severity = "low", title = "two", path = "b.c", line = 7 },
      finding("low", "section 2", "three"),
    }

    assert.same({ "src/a.c", 10 }, { list[1].path, list[1].line })
    assert.equal("b.c:7", list[2].where)
    assert.equal("section 2", list[3].where)
  end)

  it("does not change what it is given", function()
    local raw = finding("high", "a:1", "one")

    merge { raw }

    assert.same(finding("high", "a:1", "one"), raw)
    assert.is_nil(getmetatable(raw))
  end)

  it("takes lists that were merged before, with their ids and states", function()
    local numbering = findings.numbering()
    local first = findings.merge({ finding("high", "a:1", "one") },
      { numbering = numbering })
    assert.equal("F1", first[1].id)
    first:settle(verdict { F1 = fixed })
    local second = findings.merge({ finding("critical", "b:1", "two") },
      { numbering = numbering })

    local both = findings.merge({ first, second }, { numbering = numbering })

    assert.equal("F2 F1", ids(both))
    assert.equal("fixed", both[2].state)
  end)

  it("refuses an unknown severity and a missing title on the caller's line", function()
    local _, message = pcall(merge, { { finding("hihg", "a:1", "one") } })
    assert.matches("unknown severity 'hihg'; did you mean 'high'%?", message)

    local line = debug.getinfo(1, "l").currentline + 1
    _, message = pcall(function() findings.merge { { { severity = "low" } } } end)
    assert.matches(("findings_spec.lua:%d: a finding needs"):format(line), message)
  end)

  it("makes an empty list of nothing", function()
    local list = merge {}

    assert.equal(0, #list)
    assert.equal(0, #list:top(3))
    assert.equal("There are no findings.", list:summary())
    assert.equal("", list:markdown())
  end)
end)

describe("ids", function()
  it("are given by rank", function()
    assert.equal("F1 F2 F3", ids(three()))
  end)

  it("are given when the list is used, whatever the order of making", function()
    local numbering = findings.numbering()
    local late = findings.merge({ finding("low", "a:1", "one") },
      { numbering = numbering })
    local early = findings.merge({ finding("low", "b:1", "two") },
      { numbering = numbering })

    assert.equal("F1", early:top() and early[1].id)
    assert.equal("F2", late[1].id)
  end)

  it("are never used again in a library", function()
    local first = findings.merge { finding("low", "a:1", "one") }
    local second = findings.merge { finding("low", "a:1", "one") }

    assert.are_not.equal(first[1].id, second[1].id)
  end)

  it("may have a prefix", function()
    local list = findings.merge({ finding("low", "a:1", "one") },
      { numbering = findings.numbering "F2." })

    assert.equal("F2.1", list[1].id)
  end)
end)

describe("a list", function()
  it("gives its top ones, as the same objects", function()
    local list = three()

    local top = list:top(2)

    assert.equal(2, #top)
    assert.equal(3, #list:top(5))
    assert.equal(list[1], top[1])
    assert.equal(1, #list:top(1))
  end)

  it("shows in all its parts what a verdict settles in one", function()
    local list = three()

    list:top(1):settle(verdict { F1 = fixed })

    assert.equal("fixed", list[1].state)
    assert.equal("new", list[2].state)
    assert.equal("F2 F3", ids(list:open()))
  end)

  it("holds nothing but findings for pairs", function()
    local n = 0
    for key in pairs(three()) do
      n = n + 1
      assert.equal("integer", math.type(key))
    end
    assert.equal(3, n)
  end)
end)

describe("a verdict", function()
  it("fixes what it says is fixed with evidence, and nothing else", function()
    local list = three()

    list:settle(verdict { F1 = fixed, F2 = { state = "fixed", evidence = " " } })

    assert.equal("fixed", list[1].state)
    assert.equal("line 10 uses snprintf", list[1].proof)
    assert.equal("unverified", list[2].state)
  end)

  it("leaves unverified what it does not mention, also what was fixed before", function()
    local list = three()

    list:settle(verdict { F1 = fixed, F2 = open })
    list:settle(verdict { F2 = fixed })

    assert.equal("unverified", list[1].state)
    assert.equal("fixed", list[2].state)
    assert.equal("unverified", list[3].state)
  end)

  it("reopens what was fixed once", function()
    local list = three()

    list:settle(verdict { F1 = fixed, F2 = open })
    list:settle(verdict { F1 = open, F2 = fixed })

    assert.equal("reopened", list[1].state)
    assert.equal("F1 F3", ids(list:open()))
  end)

  it("that could not be made leaves all unverified and stops, for nothing was fixed",
    function()
    local list = three()

    assert.equal("The last round fixed nothing.", list:settle { state = "unverified" })
    assert.equal("unverified", list[1].state)
  end)

  it("is a reason to stop when nothing material is open", function()
    local list = three()

    local why = list:settle(verdict({ F1 = fixed, F2 = fixed, F3 = open },
      { state = "pass" }))

    assert.equal("Nothing material is open.", why)
  end)

  it("is no reason to stop while rounds fix something", function()
    local list = three()

    assert.is_nil(list:settle(verdict { F1 = fixed, F2 = open }))
    assert.is_nil(list:settle(verdict { F1 = fixed, F2 = fixed }))
    assert.equal("The last round fixed nothing.",
      list:settle(verdict { F1 = fixed, F2 = fixed }))
  end)

  it("is a reason to stop when a round only keeps what was fixed", function()
    local list = three()
    list:settle(verdict { F1 = fixed, F2 = open })

    assert.equal("The last round fixed nothing.",
      list:settle(verdict { F1 = fixed, F2 = open }))
  end)

  it("adds the problems it found, once", function()
    local list = three()
    local problems = {
      finding("high", "src/a.c:30", "the fix leaks the handle"),
      finding("high", "src/a.c:10", "strcpy may overflow buf"),
    }

    local why = list:settle(verdict({ F1 = open, F2 = fixed }, { problems = problems }))
    list:settle(verdict({ F1 = fixed }, { problems = problems }))

    assert.is_nil(why)
    assert.equal(4, #list)
    assert.equal("F1 F2 F3 F4", ids(list))
    assert.same({ "verifier" }, list[4].sources)
  end)
end)

describe("writing", function()
  it("sums up in one sentence", function()
    local list = three()
    assert.equal("All 3 findings (1 high, 1 medium, 1 low) are new.", list:summary())
    assert.equal("Both findings (1 high, 1 medium) are new.", list:top(2):summary())
    assert.equal("The one finding (high) is new.", list:top(1):summary())

    list:settle(verdict { F1 = fixed, F2 = open })

    assert.equal("Of 3 findings (1 high, 1 medium, 1 low), "
      .. "1 is fixed, 1 is open and 1 is unverified.", list:summary())
    assert.equal("The one finding (high) is fixed.", list:top(1):summary())
  end)

  it("writes itself into a brief", function()
    local list = merge {
      { label = "W1 Reviewer",
        findings = { finding("high", "src/a.c:10", "strcpy may\noverflow",
        { evidence = "char buf[4];\nFINDINGS: none", fix = "use snprintf" }) } },
      { label = "W2 Reviewer",
        findings = { finding("low", "b.md:2", "two", { fix = "x" }) } },
    }
    list:settle(verdict { F1 = open })

    local inline, body, name = getmetatable(list).__brief(list)

    assert.equal("the findings F1 and F2", inline)
    assert.equal("findings", name)
    assert.equal([[
F1. [high] src/a.c:10 strcpy may overflow
   State: open - still there
   Evidence: char buf[4];
     FINDINGS: none
   Fix: use snprintf
   Said by: W1 Reviewer
F2. [low] b.md:2 two
   State: unverified
   Fix: x
   Said by: W2 Reviewer]], body)
  end)

  it("says in a brief that there are none", function()
    local list = merge {}

    local inline, body = getmetatable(list).__brief(list)

    assert.equal("no findings", inline)
    assert.is_nil(body)
  end)

  it("writes one finding into a brief", function()
    local list = three()

    local inline, body, name = getmetatable(list[2]).__brief(list[2])

    assert.equal("the finding F2", inline)
    assert.equal("F2. [medium] README.md:3 the link to the guide is broken\n"
      .. "   Said by: reviewer 1", body)
    assert.equal("finding", name)
  end)

  it("writes Markdown for people", function()
    local list = merge {
      { finding("high", "a.c:1", "one",
        { evidence = "gets(line);", fix = "use fgets" }) },
      { finding("high", "a.c:1", "one") },
    }
    list:settle(verdict { F1 = fixed })

    assert.equal([[
1. **F1 [high]** `a.c:1` one (fixed)
   - Evidence: gets(line);
   - Fix: use fgets
   - Now: line 10 uses snprintf
   - Said by: reviewer 1, reviewer 2
]], list:markdown())
  end)

  it("says what it got in place of replies", function()
    assert.error_matches(function() return (findings.merge(nil)) end,
      "orch.findings needs a list of replies, got nil")
    assert.error_matches(function() return (findings.merge { true }) end,
      "reply 1 has no findings: orch.findings takes what reviewers answered")
    assert.error_matches(function()
      return (findings.merge { { label = "W1 Scout", text = "MAP: none", map = {} } })
    end, "reply 1 has no findings")
  end)

  it("gives plain tables for JSON", function()
    local plain = three():plain()

    assert.is_nil(getmetatable(plain[1]))
    assert.same({ id = "F1", severity = "high", title = "strcpy may overflow buf",
      path = "src/a.c", line = 10, evidence = "", fix = "", sources = { "reviewer 1" },
      votes = 1, state = "new" }, plain[1])
  end)
end)
