-- Slices: what is given, what a scout names, and what keeps them apart.

local reply = require "orch.reply"
local slices = require "orch.slices"

--- The paths of each slice, as a text to compare.
local function shown(list)
  local out = {}
  for i, slice in ipairs(list) do out[i] = table.concat(slice, "+") end
  return table.concat(out, " ")
end

local function problem_of(list, options)
  local made, problem = slices.new(list, options)
  assert.is_nil(made)
  return problem
end

describe("slices", function()
  it("are made of paths, lists of paths and places of a reply", function()
    local made = assert(slices.new {
      "a.c", { "b.c", "b.h" }, { path = "c", what = "C" },
    })

    assert.equal("a.c b.c+b.h c", shown(made))
    assert.same({ "a.c", "b.c", "b.h", "c" }, made.paths)
    assert.equal("C", made[3].what)
  end)

  it("may be none", function()
    assert.equal(0, #assert(slices.new {}))
  end)

  for _, case in ipairs {
    { "a", "a" }, { "a", "./a/" }, { "a//b", "a/b" }, { "x/../a", "a" },
    { "/a/b", "/a/./b" }, { { "b", "a" }, { "c", "a" } },
  } do
    it(("may not share a path: %s"):format(require("orch.core").json_encode(case)),
      function()
        assert.matches("is in two slices", problem_of(case))
      end)
  end

  for outer, inner in pairs {
    src = "src/a.c", ["."] = "src", ["src/"] = "./src/deep/a.c", ["/"] = "/etc",
  } do
    it(("may not hold one another: '%s' and '%s'"):format(outer, inner), function()
      local expected = ("'%s' holds '%s' of another slice"):format(outer, inner)

      assert.truthy(problem_of({ outer, inner }):find(expected, 1, true))
      assert.truthy(problem_of({ inner, outer }):find(expected, 1, true))
    end)
  end

  it("may begin alike, or name a path twice within one", function()
    assert.equal("src src2 src.c", shown(assert(slices.new { "src", "src2", "src.c" })))
    assert.truthy(slices.new { { "src", "src/a.c" }, "b" })
    assert.truthy(slices.new { "../a", "a" })
  end)

  it("are compared by what the links lead to", function()
    local function resolve(path) return "/p/" .. path:gsub("^link", "src") end

    assert.matches("'link/a' is in two slices",
      problem_of({ "src/a", "link/a" }, { resolve = resolve }))
  end)

  it("lie within the folder that was named", function()
    assert.equal("the slice 'doc' lies outside of 'src'",
      problem_of({ "src/a", "doc" }, { within = "src" }))
    assert.matches("outside", problem_of({ "src/../doc" }, { within = "src" }))
    assert.truthy(slices.new({ "src/a", "src/b" }, { within = "./src" }))
  end)

  it("name the mistake in what is given", function()
    assert.matches("slice 2 must be a path or a list of paths, got a number",
      problem_of { "a", 7 })
    assert.matches("slice 1 must be .* got an empty one", problem_of { " " })
    assert.equal("slice 1 has no path", problem_of { {} })
    assert.matches("slices are a list of paths, got a nil", problem_of(nil))
  end)
end)

describe("a scout's slices", function()
  local function read(item)
    local slice, problem = slices.item.read(item)
    return slice and table.concat(slice, "+"), slice and slice.what or problem
  end

  for item, expected in pairs {
    ["src/a.c - the parser"] = { "src/a.c", "the parser" },
    ["src/a.c, src/a.h - the parser"] = { "src/a.c+src/a.h", "the parser" },
    ["`src/my a.c` and src/b.c — both"] = { "src/my a.c+src/b.c", "both" },
    ["src/a.c:10-20: the head"] = { "src/a.c", "the head" },
    ["**src/** - all"] = { "src/", "all" },
    ["c++/a.c + b-c.h"] = { "c++/a.c+b-c.h", nil },
    ["README"] = { "README", nil },
  } do
    it(("are read from '%s'"):format(item), function()
      assert.same(expected, { read(item) })
    end)
  end

  it("are refused when words stand where paths should", function()
    local slice, problem = read "the parser and its tests - what they say"

    assert.is_nil(slice)
    assert.matches("is not 'path %- what it is'", problem)
  end)

  it("are refused when they overlap, and may be none", function()
    local said, problem = reply.slices.grammar "SLICES:\n- src - all\n- src/a.c - one\n"

    assert.is_nil(said)
    assert.equal("SLICES 'src' holds 'src/a.c' of another slice: two workers would edit "
      .. "it at once", problem)
    assert.equal(0, #assert(reply.slices.grammar "SLICES: none\n").slices)
  end)
end)
