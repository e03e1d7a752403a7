-- Points: what researchers answer, and what becomes of several of them together.

local points = require "orch.points"
local reply = require "orch.reply"

--- A researcher's reply of these claims and sources, read as a run reads it.
local function research(label, claims, sources, more)
  local text = "POINTS:\n" .. claims .. "\nSOURCES:\n" .. sources .. "\n" .. (more or "")
  local said = assert(reply.research.grammar(text))
  said.label = label
  return said
end

local function refusal(claims, sources)
  local said, problem = reply.research.grammar("POINTS:\n" .. claims .. "\nSOURCES:\n"
    .. sources .. "\n")
  assert.is_nil(said)
  return problem
end

local S = "- S1: A, https://a.org - x\n- S2: B, https://b.org - y\n- S3: C, c.pdf - z"

describe("a claim", function()
  for item, expected in pairs {
    ["It holds [S1]"] = { "It holds", "S1" },
    ["It holds [S1, S3]."] = { "It holds.", "S1 S3" },
    ["It holds (S2 and S1)"] = { "It holds", "S2 S1" },
    ["It [S1] holds [S1; S2]"] = { "It holds", "S1 S2" },
    ["**It holds [S1-S3]**"] = { "It holds", "S1 S2 S3" },
    ["It holds [none]"] = { "It holds", "" },
    ["It holds [no source]"] = { "It holds", "" },
    ["It holds (S is the entropy) [sic]"] = { "It holds (S is the entropy) [sic]", "" },
    ["It\n   holds [S3]"] = { "It holds", "S3" },
  } do
    it(("keeps its sources in '%s'"):format((item:gsub("\n", " "))), function()
      local said = assert(reply.claim.read(item))

      assert.same(expected, { said.claim, table.concat(said.sources, " ") })
    end)
  end

  it("is refused when it names a source that is not listed", function()
    assert.equal("point 2 names the source S9, which is not under SOURCES",
      refusal("1. A [S1]\n2. B [S9]", S))
  end)

  it("is refused when it says nothing", function()
    assert.matches("POINTS: item 1 makes no claim", refusal("1. [S1]", S))
  end)
end)

describe("a source", function()
  local function read(item)
    local said, problem = reply.source.read(item)
    return said and { said.id, said.what, said.url or false, said.why } or problem
  end

  for item, expected in pairs {
    ["S1: RFC 1 - Host Software, https://a.org/1 - the first"] =
      { "S1", "RFC 1 - Host Software, https://a.org/1", "https://a.org/1", "the first" },
    ["S2: A page — https://a.org/x-y. — says how"] =
      { "S2", "A page — https://a.org/x-y.", "https://a.org/x-y", "says how" },
    ["S3: Title - why it counts - https://a.org"] =
      { "S3", "Title, https://a.org", "https://a.org", "why it counts" },
    ["S4: Smith (2020), doi:10.1/2 - the classic"] =
      { "S4", "Smith (2020), doi:10.1/2", false, "the classic" },
    ["**S5**: [A](https://a.org/b) - x"] =
      { "S5", "[A](https://a.org/b)", "https://a.org/b", "x" },
    ["[S6]: src/a.c:12 - the call"] = { "S6", "src/a.c:12", false, "the call" },
  } do
    it(("is what, where and why in '%s'"):format(item), function()
      assert.same(expected, read(item))
    end)
  end

  it("is refused without why it matters", function()
    assert.matches("does not say why S1 matters", read "S1: A, https://a.org")
    assert.matches("does not say why S1 matters", read "S1: A - https://a.org")
    assert.matches("is not 'S1: title", read "A, https://a.org - why")
  end)

  it("is refused when two have one name", function()
    assert.matches("SOURCES names two sources S1",
      refusal("1. A [S1]", "- S1: A, a.pdf - x\n- S1: B, b.pdf - y"))
  end)
end)

describe("points", function()
  local ONE = research("W1 Research", "1. A holds [S2, S1]\n2. B may hold [none]",
    "- S1: A, https://a.org/x/ - says A\n- S2: B, b.pdf - says B too",
    "DISAGREEMENTS:\n- S1 denies what S2 says\n")
  local TWO = research("W2 Research", "1. C holds [S1, S2]",
    "- S1: C, c.pdf - says C\n- S2: A again, http://www.A.org/x#top - says C",
    "UNCERTAINTY:\n- S1 is old\n")

  it("are numbered over all replies, each with its sources and who said it", function()
    local list = points.collect { ONE, TWO }

    assert.same({
      "P1: A holds [S2, S1] (W1 Research)",
      "P2: B may hold [no source] (W1 Research)",
      "P3: C holds [S3, S1] (W2 Research)",
    }, list:claims())
    assert.equal("says A", list[3].sources[2].why)
  end)

  it("have one number for one place", function()
    local list = points.collect { ONE, TWO }

    assert.equal(3, #list.sources)
    assert.equal("S3: C, c.pdf - says C", tostring(list.sources[3]))
  end)

  it("keep disagreements and doubts, which name the sources as they are now", function()
    local list = points.collect { TWO, ONE }

    assert.same({ "S2 denies what S3 says (W1 Research)" }, list.disagreements)
    assert.same({ "S1 is old (W2 Research)" }, list.uncertainty)
  end)

  it("tell which have no source", function()
    local list = points.collect { ONE, TWO }

    assert.equal("P2", list:unsourced()[1].id)
    assert.equal(1, #list:unsourced())
    assert.equal("3 claims from 3 sources, 1 without any.", list:summary())
    assert.equal("1 claim from 2 sources.", points.collect({ TWO }):summary())
  end)

  it("never merge claims, however alike", function()
    local same = research("W3 Research", "1. A holds [S1]\n2. A holds [S2]", S)

    assert.equal(2, #points.collect { same })
  end)

  it("write themselves into a brief, all that is known of them", function()
    local list = points.collect { ONE }
    local inline, body, name = getmetatable(list).__brief(list)

    assert.equal("the points P1 to P2", inline)
    assert.equal("points", name)
    assert.equal([[
Claims:
- P1: A holds [S2, S1] (W1 Research)
- P2: B may hold [no source] (W1 Research)
Sources:
- S1: A, https://a.org/x/ - says A
- S2: B, b.pdf - says B too
Disagreements:
- S1 denies what S2 says (W1 Research)]], body)
  end)

  it("may be none", function()
    local list = points.collect {
      assert(reply.research.grammar "POINTS: none\nSOURCES: none\n"),
    }

    assert.equal(0, #list)
    assert.equal("There are no claims.", list:summary())
    assert.equal("no points", (getmetatable(list).__brief(list)))
  end)

  it("are taken from researchers' replies only", function()
    assert.error_matches(function() points.collect { ONE, { findings = {} } } end,
      "reply 2 has no points: orch.points takes what researchers answered")
    assert.error_matches(function() points.collect(nil) end,
      "orch.points needs a list of replies, got nil")
  end)
end)
