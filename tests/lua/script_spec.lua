--- User scripts: their environment, their modules and their mistakes.

local core = require "orch.core"
local script = require "orch.script"

describe("script", function()
  local root

  before_each(function()
    local unique = core.hash(core.random(16)):sub(1, 12)
    root = core.host().temporary .. "/orch-script-" .. unique
    assert(core.make_folder(root .. "/patterns", { parents = true }))
    assert(core.make_folder(root .. "/lua/team", { parents = true }))
  end)

  after_each(function() core.remove(root, { tree = true }) end)

  local function file(name, source)
    assert(core.write(root .. "/" .. name, source))
    return root .. "/" .. name
  end

  local function run(source, options)
    options = options or {}
    options.source = source
    return assert(script.load("x.lua", options)).run()
  end

  it("skips a first line for the shell and keeps the line numbers", function()
    local path = file("a.lua", "#!/usr/bin/env orch-lua\nlocal x\nreturn x.y\n")

    local loaded = assert(script.load(path))
    local fine, message = pcall(loaded.run)

    assert.is_false(fine)
    assert.equal(path .. ":3: ", loaded.positions(message):match "^(.-:%d+: )")
  end)

  it("gives back the whole name of a file that Lua shortens", function()
    local long = root .. "/" .. ("n+"):rep(40) .. ".lua"
    assert(core.write(long, "local x\nreturn x.y\n"))

    local loaded = assert(script.load(long))
    local _, message = pcall(loaded.run)

    assert.is_nil(message:find(long, 1, true))
    assert.matches(long .. ":2: ", loaded.positions(message), 1, true)
  end)

  it("says that a file is missing, and why one cannot be read", function()
    local loaded, message, what = script.load(root .. "/none.lua")
    assert.is_nil(loaded)
    assert.matches("none.lua': there is no such file", message, 1, true)
    assert.equal("missing", what)

    assert.is_nil(script.load(root))
  end)

  it("reports a syntax error with its line", function()
    local loaded, message, what = script.load(file("a.lua", "\n\nlocal = 5\n"))

    assert.is_nil(loaded)
    assert.matches("a.lua:3:", message, 1, true)
    assert.equal("syntax", what)
  end)

  it("blames the line of a call that is what a function returns", function()
    local function refuse() error("no", 2) end
    local loaded = assert(script.load("x.lua", { source = [==[
      local refuse = require "orch"
      local text = "function f() return refuse() end" .. [[ function() ]] -- function()
      local function inner(a, -- the first )
        b)
        return refuse(a, b, text)
      end
      if ... then return inner() end
      return refuse()
    ]==], require = function() return refuse end }))
    assert.equal("x.lua:8: no", select(2, pcall(loaded.run)))

    loaded = assert(script.load("x.lua", { source = loaded.source, words = { "inner" },
      require = function() return refuse end }))
    assert.equal("x.lua:5: no", select(2, pcall(loaded.run)))
  end)

  it("leaves values and variables of a script's functions alone", function()
    assert.same({ n = 5, 1, nil, 2, 3, "_" }, run [==[
      local function many(...) return ... end
      local t = { f = function(_, ...) return many(...) end }
      function t.g() return many(t:f(1, nil, 2)) end
      function t:h(_) return _ end
      local a, b, c = t.g()
      return { n = 5, a, b, c, select("#", t.g()), t:h "_" }
    ]==])
  end)

  it("refuses compiled Lua", function()
    local loaded, message = script.load("x.lua", { source = string.dump(function() end) })
    assert.is_nil(loaded)
    assert.matches("text only", message, 1, true)
  end)

  it("tells what is printed, separated by tabs", function()
    local notes = {}
    local function note(text) notes[#notes + 1] = text end
    run("print('a', nil, 1.5) print()", { note = note })
    assert.same({ "a\tnil\t1.5", "" }, notes)
  end)

  it("passes the script's words", function()
    local words = run("return { n = #arg, zero = arg[0], first = ... }",
      { words = { "a", "b" } })
    assert.same({ n = 2, zero = "x.lua", first = "a" }, words)
  end)

  it("goes through pairs by key: numbers, strings, booleans", function()
    local keys = run [[
      local keys = {}
      for key in pairs { b = 1, a = 1, [2.5] = 1, [1] = 1, [true] = 1, [false] = 1 } do
        keys[#keys + 1] = tostring(key)
      end
      return table.concat(keys, " ")
    ]]
    assert.equal("1 2.5 a b false true", keys)
  end)

  it("lets pairs skip what was cleared, keep false, and honour __pairs", function()
    local seen = run [[
      local t, seen = { a = 1, b = false, c = 3 }, {}
      for key, value in pairs(t) do
        t.c = nil
        seen[#seen + 1] = key .. "=" .. tostring(value)
      end
      local own = setmetatable({}, { __pairs = function()
        return function(_, last) if not last then return "own", 1 end end, nil, nil
      end })
      for key in pairs(own) do seen[#seen + 1] = key end
      return table.concat(seen, " ")
    ]]
    assert.equal("a=1 b=false own", seen)
  end)

  it("knows the sentences that the script raised itself", function()
    local loaded = assert(script.load("x.lua", { source = [[
      if ... == "sentence" then error "see a.c:12: it is wrong" end
      if ... == "level" then error("blamed", 1) end
      return nil + 1
    ]], words = { "sentence" } }))
    local function problem(word)
      loaded = assert(script.load("x.lua", { source = loaded.source, words = { word } }))
      return loaded.raised(select(2, pcall(loaded.run)))
    end

    assert.is_true(problem "sentence")
    assert.is_false(problem "level")
    assert.is_false(problem "mistake")
  end)

  it("keeps globals and libraries of two scripts apart", function()
    run "leaked = 1; string.leaked = 1; table.insert = nil"

    assert.is_nil(rawget(_G, "leaked"))
    assert.is_nil(rawget(string, "leaked"))
    assert.is_function(table.insert)
    assert.is_true(run "return leaked == nil and string.leaked == nil and _G.os ~= nil")
  end)

  it("loads further text into the script's own environment", function()
    local path = file("more.lua", "#! shell\nmore = (more or 0) + 1 return more")
    assert.equal(2, run(("dofile(%q) return assert(loadfile(%q))()"):format(path, path)))
    assert.equal(5, run "five = 5 return load('return five')()")
    assert.equal(6, run "five = 5 return load('return five', 'x', 't', { five = 6 })()")
  end)

  it("finds the modules of the pack first, once for each script", function()
    file("lua/helper.lua", "count = (count or 0) + 1 return { count = count, ... }")
    file("lua/team/init.lua", "return 'team'")
    file("own.lua", "return 'own'")
    local path = file("patterns/p.lua", [[
      local helper = require "helper"
      assert(require "helper" == helper and helper.count == 1 and count == 1)
      assert(helper[1] == "helper")
      return helper[2] .. " " .. require "team" .. " " .. require "own"
    ]])

    for _ = 1, 2 do
      local loaded = assert(script.load(path))
      assert.equal(root, loaded.pack)
      assert.equal(root .. "/lua/helper.lua team own", loaded.run())
    end
  end)

  it("asks the library for what is ours, whatever the pack holds", function()
    file("lua/orch.lua", "return 'not this'")
    local path = file("patterns/p.lua", "return require 'orch' .. require 'orch.text'")
    local loaded = assert(script.load(path, { require = function(name)
      return "<" .. name .. ">"
    end }))
    assert.equal("<orch><orch.text>", loaded.run())
  end)

  it("has the standard libraries as modules, and lpeg", function()
    assert.is_true(run "return require 'string' == string and package.loaded._G == _G")
    assert.equal(3, run "return require('lpeg').P 'ab':match 'ab'")
  end)

  it("says where a module was looked for", function()
    local path = file("patterns/p.lua", "return require 'no.such'")
    local fine, message = pcall(assert(script.load(path)).run)
    assert.is_false(fine)
    assert.matches("module 'no.such' not found", message, 1, true)
    assert.matches(root .. "/lua/no/such.lua", message, 1, true)
  end)

  it("reports the mistake of a module at its own line, again at a second try", function()
    file("lua/bad.lua", "\nlocal x\nreturn x.y")
    local path = file("patterns/p.lua", [[
      local first = select(2, pcall(require, "bad"))
      local second = select(2, pcall(require, "bad"))
      return first, assert(first == second)
    ]])
    local loaded = assert(script.load(path))
    assert.matches("bad.lua:3: ", loaded.positions(loaded.run()), 1, true)
  end)

  it("notices a module that requires itself", function()
    file("lua/ring.lua", "return require 'ring'")
    local path = file("patterns/p.lua", "return require 'ring'")
    local _, message = pcall(assert(script.load(path)).run)
    assert.matches("'ring' requires itself", message, 1, true)
  end)

  it("finds the pack of a script by its folder", function()
    assert.equal(".", script.pack "patterns/x.lua")
    assert.equal("a/b", script.pack "a/b/patterns/x.lua")
    assert.equal("/", script.pack "/patterns/x.lua")
    assert.equal("a/b", script.pack "a/b/x.lua")
    assert.equal(".", script.pack "x.lua")
    assert.equal("/", script.pack "/x.lua")
  end)
end)
