-- Sessions for which there is no terminal or descriptor now: they wait, and none is lost.

local support = require "support"

local function nap(program)
  program:sleep(100)
  program:print "done\n"
end

local function cat(program)
  program:print(program:read_line() or "nothing")
end

--- Run *fn*(orch, core) on a world with the programs nap and cat.
local function on_world(fn)
  local core = support.world { programs = { nap = nap, cat = cat } }
  local load = support.library(core)
  return load "orch.task".main(function() return fn(load "orch", core) end)
end

--- A core with places for *most* living sessions, and the number of starts asked of it.
local function with_places(core, most)
  local living, asked = {}, { count = 0 }
  return setmetatable({
    start = function(spec)
      asked.count = asked.count + 1
      local used = 0
      for handle in pairs(living) do
        if core.status(handle).state ~= "ended" then used = used + 1 end
      end
      if used >= most then return nil, "too many open files", "EMFILE" end
      local handle = assert(core.start(spec))
      living[handle] = true
      return handle
    end,
    release = function(handle)
      living[handle] = nil
      return core.release(handle)
    end,
  }, { __index = core }), asked
end

describe("when there is no place for a session", function()
  it("waits and runs, also when it was refused after its start", function()
    local result = on_world(function(orch, core)
      core.world:fail("start", "EMFILE", 3)
      core.world:fail("exec", "EAGAIN", 3)
      return orch.exec_command { argv = { "nap" } }
    end)

    assert.equal("exited", result.state)
    assert.equal("done\n", result.output)
  end)

  it("says that it is queued", function()
    local first, second = table.unpack(on_world(function(orch, core)
      core.world:fail("start", "EMFILE", 1000)
      local queued = orch.exec_command { argv = { "nap" }, yield_time_ms = 10 }
      core.world:fail("start", "EMFILE", 0)
      return { queued, orch.write_stdin { session_id = queued.session_id,
        yield_time_ms = 10000 } }
    end))

    assert.equal("queued", first.state)
    assert.equal("exited", second.state)
  end)

  it("asks for a place no more often than places are given back", function()
    local core, asked = with_places(support.world { programs = { nap = nap } }, 4)
    local load = support.library(core)
    local orch = load "orch"
    local names = {}
    for i = 1, 100 do names[i] = i end

    local results = load "orch.task".main(function()
      return orch.all(names, function() return orch.exec_command { argv = { "nap" } } end)
    end)

    assert.equal(100, #results)
    for _, result in ipairs(results) do assert.equal("done\n", result.output) end
    assert.is_true(asked.count <= 400, asked.count .. " starts for 100 sessions")
  end)

  it("does not start again what was stopped meanwhile", function()
    local outcome = on_world(function(orch, core)
      core.world:fail("exec", "EAGAIN", 1)
      orch.exec_command { argv = { "nap" }, yield_time_ms = 0 }
      local s = orch.sessions()[1]
      s:close()
      orch.wait(s, { timeout_ms = 5000 })
      return { s:outcome() }
    end)

    assert.equal("stopped", outcome[1])
  end)

  it("types only when it runs", function()
    local result = on_world(function(orch, core)
      core.world:fail("exec", "EAGAIN", 2)
      local id = orch.exec_command {
        argv = { "cat" }, stdin = "tty", yield_time_ms = 0,
      }.session_id
      return orch.write_stdin { session_id = id, chars = "hello\n",
        yield_time_ms = 10000 }
    end)

    assert.equal("hello", (result.output:gsub("%s", "")))
  end)

  it("is found later by a program without tasks of its own", function()
    local core = support.world { programs = { nap = nap } }
    local orch = support.library(core) "orch"
    core.world:fail("start", "EMFILE", 2)

    local first = orch.exec_command { argv = { "nap" }, yield_time_ms = 1 }
    local second = orch.write_stdin { session_id = first.session_id,
      yield_time_ms = 10000 }

    assert.equal("queued", first.state)
    assert.equal("exited", second.state)
  end)
end)
