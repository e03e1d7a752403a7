-- types.lua, as `orch-lua help api` and editors read it, against the library itself.

local api = require "orch.cli.api"
local core = require "orch.core"
local support = require "support"

local tree = core.environment().ORCH_SOURCE or core.host().folder
local declared = api.read(assert(core.read(tree .. "/lua/orch/types.lua")))

local REVIEW = [[
FINDINGS:
1. [high] a.c:1 The length is not checked
   Evidence: a.c:1 copies all of it
   Fix: check it
]]

local VERDICT = "VERDICT: pass\nEVIDENCE:\n- read a.c\n"
  .. "FINDINGS:\n- F1: fixed - line 1\n"

--- The flag's value among the words of a program.
local function after(words, flag)
  for i, word in ipairs(words) do
    if word == flag then return words[i + 1] end
  end
end

--- An agent that answers what its brief asks for, and fails when that is "Fail.".
local function agent(program)
  local brief = program.stdin
  local message = brief:find("VERDICT:", 1, true) and VERDICT or REVIEW
  if brief:find("TASK: Fail.", 1, true) then program:exit(1) end
  program:write_file(after(program.argv, "-o"), message)
  program:print(message)
end

--- Run *fn*(orch) in a world and return what it returned.
local function in_world(fn)
  local files = support.templates()
  files["/home/user/project/a.c"] = "int main(void) { return 0; }\n"
  local world = support.world { files = files, programs = { agent = agent },
    host = { folder = "/home/user/project" },
    shell = function(program, command)
      program:print(command .. "\n")
      if command == "sleep" then program:sleep(60000) end
    end }
  local load = support.library(world)
  local run = assert(load "orch.run".open { name = "test", config = {
    agent = { ["*"] = { "mine" } },
    agents = { mine = { argv = { "agent", "-o", "{{last_message}}" }, events = "none" } },
  } })
  local value
  local outcome = run:execute(function()
    value = fn(load "orch")
    for _, session in ipairs(load "orch".sessions()) do session:stop() end
  end)
  run:close()
  assert.equal(0, outcome.code,
    tostring(outcome.message) .. (outcome.traceback or ""))
  return value
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The names of the functions that belong to *class*, and those of its fields.
local function names_of(class)
  local functions, fields = {}, {}
  assert(declared.classes[class], class .. " is not declared")
  for _, one in ipairs(declared) do
    if one.class == declared.classes[class] then functions[one.short] = true end
  end
  for _, field in ipairs(declared.classes[class].fields) do fields[field.name] = field end
  return functions, fields
end

--- Names in *live* with values of *types*; `__index` and the like are Lua's.
local function live_names(live, types)
  local found = {}
  for name, value in next, live do
    if name:sub(1, 2) ~= "__" and types[type(value)] then found[name] = true end
  end
  return sorted(found)
end

local function the_same(class, live)
  local functions, fields = names_of(class)
  assert.same(live_names(live, { ["function"] = true }), sorted(functions))
  return fields
end

--- All of the fields of *object* are declared, and all that are not optional are there.
local function has_fields(class, object)
  local _, fields = names_of(class)
  for name in next, object do
    local any = math.type(name) == "integer" and "[integer]" or "[string]"
    assert(fields[name] or fields[any],
      ("%s has an undeclared '%s'"):format(class, name))
  end
  for name, field in pairs(fields) do
    local must = not field.optional and name:sub(1, 1) ~= "["
    assert(not must or object[name] ~= nil, ("%s has no '%s'"):format(class, name))
  end
end

describe("types.lua", function()
  local orch = require "orch"

  it("declares every public name, and nothing else", function()
    local fields = the_same("orch", orch)
    assert.same(live_names(orch, { table = true }), sorted(fields))

    fields = the_same("orch.reply_types", orch.reply)
    assert.same(live_names(orch.reply, { table = true }), sorted(fields))
    for name, field in pairs(fields) do
      has_fields(field.type, orch.reply[name])
    end
  end)

  it("declares every method, and nothing else", function()
    local _, plan_methods = debug.getupvalue(getmetatable(
      require "orch.plan".new { "one", "two", "three" }).__index, 1)

    the_same("orch.plan", plan_methods)
    the_same("orch.findings", getmetatable(orch.findings {}).__index)
    the_same("orch.context", getmetatable(orch.context { goal = "x" }).__index)
    the_same("orch.points", getmetatable(orch.points {}).__index)
    in_world(function(library)
      local worker = library.start("reviewer", { artefact = "a.c" })
      local session = library.sessions()[1] or library.exec_command { cmd = "true" }
        and library.sessions()[1]
      the_same("orch.worker", getmetatable(worker).__index)
      the_same("orch.session", getmetatable(session).__index)
    end)
  end)

  it("declares the fields of all that calls return", function()
    in_world(function(library)
      local reply = library.ask("reviewer", { artefact = "a.c" })
      local _, failed = library.try("worker", { task = "Fail." })
      local verdict = library.verify { success = reply.findings }

      has_fields("orch.reply", reply)
      has_fields("orch.finding", reply.findings[1])
      has_fields("orch.failure", failed)
      has_fields("orch.verdict", verdict)
      has_fields("orch.mark", verdict.findings.F1)
      has_fields("orch.evidence", library.check "true")
      has_fields("orch.outline", library.skim "a.c")
      has_fields("orch.outline", library.skim ".")
    end)
  end)

  it("declares the fields of sessions and what they say", function()
    in_world(function(library)
      local ended = library.exec_command { cmd = "true" }
      local running = library.exec_command { cmd = "sleep", yield_time_ms = 10 }
      local session = library.sessions()[2]
      local event = library.wait(running.session_id, { on = "sl" })

      has_fields("orch.output", ended)
      has_fields("orch.output", running)
      has_fields("orch.event", event)
      assert.equal(session, event.session)
      local _, fields = names_of "orch.session"
      for name, field in pairs(fields) do
        assert(field.optional or session[name] ~= nil, name)
      end
    end)
  end)

  it("declares the fields of points and slices", function()
    local points = orch.points { orch.reply.research.grammar(orch.reply.research.sample) }
    local slices = require "orch.slices".new { "a", { "b", what = "letters" } }

    has_fields("orch.points", points)
    has_fields("orch.point", points[1])
    has_fields("orch.source", points.sources[1])
    has_fields("orch.slices", slices)
    has_fields("orch.slice", slices[2])
  end)

  it("declares every type that it uses", function()
    local known = { string = true, number = true, integer = true, boolean = true,
      any = true, table = true, userdata = true, fun = true, T = true, R = true,
      ["false"] = true }
    for _, one in ipairs(declared) do
      if not one.class then known[one.name] = true end
    end
    local function check(name, list)
      for _, part in ipairs(list or {}) do
        local plain = part.type:gsub('"[^"]*"', ""):gsub("[%w_]+%??%s*:%s*", "")
        for word in plain:gmatch "[%a][%w_.]*" do
          assert(known[word], ("%s: the type '%s' is not declared"):format(name, word))
        end
      end
    end
    for _, one in ipairs(declared) do
      check(one.name, one.params)
      check(one.name, one.returns)
      check(one.name, one.kind == "class" and one.fields or nil)
    end
  end)

  it("says the arguments of a function as they are called", function()
    for _, one in ipairs(declared) do
      if one.params and not one.hidden then
        local names = {}
        for i, param in ipairs(one.params) do names[i] = param.name end
        assert.equal(one.arguments, table.concat(names, ", "), one.name)
        assert(one.text[1], one.name .. " says nothing about itself")
      end
    end
  end)
end)

describe("help api", function()
  local function found(word)
    local names = {}
    for i, one in ipairs((api.find(declared, word))) do names[i] = one.name end
    return table.concat(names, " ")
  end

  it("finds what a name means, the surest first", function()
    assert.equal("orch.ask", found "ask")
    assert.equal("orch.plan orch.plan", found "orch.plan")
    assert.equal("findings:top", found "findings.top")
    assert.equal("orch.reply.sections", found "sections")
    assert.equal("", found "asks")
    assert.equal("", found "source_of_nothing")
  end)

  it("shows what a function takes and returns", function()
    local shown = api.show(declared, (api.find(declared, "orch.skim"))[1])

    assert.matches("orch.skim(path) -> orch.outline\n\n", shown, 1, true)
    assert.matches("takes:\n  path  string\n", shown, 1, true)
    assert.matches("returns:\n  outline  orch.outline", shown, 1, true)
  end)
end)
