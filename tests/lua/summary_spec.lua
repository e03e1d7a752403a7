-- What a run looks like from outside, while it goes on and after its end.

local support = require "support"

local GOOD = "RESULT: The work is done.\n"

--- An agent program that works for *ms*, uses 100 tokens, then says *message*.
local function agent(ms, message)
  return function(program)
    program:sleep(ms)
    program:write_file(program.argv[2], message)
    program:print('{"type":"item.completed","item":{"type":"agent_message","text":'
      .. require "orch.core".json_encode(message) .. "}}\n"
      .. '{"type":"turn.completed","usage":{"input_tokens":90,"output_tokens":10}}\n')
  end
end

--- Run fn(orch, world, read) with *program* as every worker's agent; read() -> the
-- summary as another process sees it.  Return the last summary, the world and the run.
local function with_program(program, fn, observer)
  local world = support.world { programs = { agent = program },
    files = support.templates() }
  local load = support.library(world)
  local orch, summary = load "orch", load "orch.run.summary"
  local run = assert(load "orch.run".open {
    name = "test", progress = observer,
    config = { agent = { ["*"] = { "mine" } }, agents = {
      mine = { argv = { "agent", "{{last_message}}" }, events = "codex" } } },
  })
  local function read() return summary.read(run.folder) end
  run:execute(function() return fn(orch, world, read) end)
  run:close()
  return read(), world, run
end

local WATCHING = { event = function() end, tick = function() end, close = function() end,
  output = function() return true end }

local function ask(orch) return orch.ask("worker", { task = "Do it." }) end

describe("the summary of a run", function()
  it("tells of a living run, worker by worker", function()
    local seen

    with_program(agent(60000, GOOD), function(orch, _, read)
      orch.plan { "Look around", "Do it", "Sum it up" }
      local worker <close> = orch.start("worker", { task = "Do it." })
      orch.sleep(2500)
      seen = read()
      worker:wait()
    end, WATCHING)

    assert.equal("running", seen.state)
    assert.equal("W1 Worker", seen.list[1].label)
    assert.equal("running", seen.list[1].state)
    assert.equal("workers/W1-worker", seen.list[1].folder)
    assert.same({ step = "Look around", status = "in_progress" }, seen.steps[1])
  end)

  it("tells how the run ended and what it has cost", function()
    local last = with_program(agent(60000, GOOD), function(orch)
      ask(orch)
      return orch.deliver { result = "Done.", next_step = "None." }
    end)

    assert.equal("delivered", last.state)
    assert.equal(0, last.code)
    assert.equal(100, last.tokens)
    assert.equal(1, last.workers)
    assert.equal(60, math.floor(last.ended - last.started))
    assert.equal(60, math.floor(last.list[1].ended - last.list[1].started))
  end)

  it("names the question of a blocked worker at once", function()
    local seen

    local last = with_program(agent(1000, "QUESTION: Which file?"),
      function(orch, _, read)
        local reply, failure = orch.try("worker", { task = "Do it." })
        orch.sleep(100)
        seen = read()
        return reply or error(failure, 0)
      end, WATCHING)

    assert.equal("running", seen.state)
    assert.equal("Which file?", seen.list[1].failure.question)
    assert.equal("blocked", last.state)
    assert.equal(6, last.code)
  end)

  it("is written once a second at most while nothing is urgent", function()
    local writes = 0

    local _, _, run = with_program(agent(1, GOOD), function(orch, world)
      local write = world.write
      world.write = function(path, ...)
        if path:find "summary%.json$" then writes = writes + 1 end
        return write(path, ...)
      end
      for _ = 1, 40 do ask(orch) end
    end, WATCHING)

    assert.equal(40, #run.workers)
    assert.is_true(writes <= 3, writes)
  end)

  it("keeps when a run began that goes on later", function()
    local _, world, run = with_program(agent(1000, GOOD), ask)
    local load = support.library(world)
    local summary = load "orch.run.summary"
    local first = summary.read(run.folder).started
    world.poll(5000)

    run.progress = { event = function() end, tick = function() end }
    summary.follow(run)
    run:tell("end", { code = 0 })

    assert.equal(first, summary.read(run.folder).started)
  end)

  it("passes all that it hears on", function()
    local heard = {}
    local observer = { tick = function() end, close = function() heard.closed = true end,
      output = function() return true end,
      event = function(_, kind) heard[kind] = true end }

    with_program(agent(10, GOOD), ask, observer)

    for _, kind in ipairs { "run", "worker", "end", "closed" } do
      assert.is_true(heard[kind], kind)
    end
  end)
end)
