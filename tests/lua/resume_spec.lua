-- A run that was cut short goes on: nothing that is finished or lives is started twice.

local core = require "orch.core"
local stage = require "stage"
local support = require "support"

local function after(ms, message)
  return function(program, task)
    program:sleep(ms)
    return message or "RESULT: " .. task .. "\n"
  end
end

local function ask(orch, task) return orch.ask("worker", { task = task }).result end

--- Two at once, then a third.
local function three(orch)
  local both = orch.all({ "a", "b" }, function(task) return ask(orch, task) end)
  return table.concat(both, ",") .. "," .. ask(orch, "c")
end

describe("a resumed run", function()
  it("starts nothing twice, whenever its engine was killed", function()
    for kill = 0, 198, 6 do
      local here = stage.new(after(100))

      local first = here:execute(three, { kill = kill })
      local outcome, _, value = here:execute(three, { resume = {} })

      assert.equal("killed", first.kind)
      assert.equal("nothing", outcome.kind, outcome.message)
      assert.equal("a,b,c", value)
      assert.same({ a = 1, b = 1, c = 1 }, here.starts)
    end
  end)

  it("answers at once when all of it was finished", function()
    local here = stage.new(after(100))
    here:execute(three)
    local before = here.core.now()

    local _, run, value = here:execute(three, { resume = {} })

    assert.equal("a,b,c", value)
    assert.equal(before, here.core.now())
    assert.same({ a = 1, b = 1, c = 1 }, here.starts)
    assert.equal(3030, run:tokens())
  end)

  it("runs again what was lost with its keeper", function()
    local here = stage.new(after(100))
    here:execute(three, { kill = 50 })
    here.core.world:kill_keeper(here.core.attach(here.folder .. "/workers/W2-worker/1",
      "look"))

    local outcome, _, value = here:execute(three, { resume = {} })

    assert.equal("nothing", outcome.kind, outcome.message)
    assert.equal("a,b,c", value)
    assert.same({ a = 1, b = 2, c = 1 }, here.starts)
  end)

  it("asks again only what the changed script asks differently", function()
    local here = stage.new(after(100))
    here:execute(three)

    local _, _, value = here:execute(function(orch)
      local both = orch.all({ "z", "b", "a" }, function(task) return ask(orch, task) end)
      return table.concat(both, ",")
    end, { resume = {}, source = "another script" })

    assert.equal("z,b,a", value)
    assert.same({ a = 1, b = 1, c = 1, z = 1 }, here.starts)
  end)

  it("keeps equal briefs in their branches", function()
    local here = stage.new(function(program)
      local number = program.keeper.spec.folder:match "/W(%d)"
      program:sleep(300 // number)
      return "RESULT: " .. number .. "\n"
    end)
    local function same_twice(orch)
      return table.concat(orch.all({ 1, 2 }, function() return ask(orch, "x") end), ",")
    end

    here:execute(same_twice, { kill = 200 })
    local _, _, resumed = here:execute(same_twice, { resume = {} })

    assert.equal("1,2", resumed)
    assert.same({ x = 2 }, here.starts)
  end)

  it("does a worker's own failure not again, unless it is told to", function()
    local here = stage.new(function(program, task, count)
      program:sleep(10)
      if count == 1 and task == "b" then program:exit(1) end
      return "RESULT: " .. task .. "\n"
    end)
    local function some(orch)
      local results, failures = orch.each({ "a", "b" }, function(task)
        return ask(orch, task)
      end)
      return #results .. "," .. #failures
    end

    local _, _, first = here:execute(some)
    local _, _, again = here:execute(some, { resume = {} })
    assert.equal("1,1", first)
    assert.equal("1,1", again)
    assert.same({ a = 1, b = 1 }, here.starts)

    local _, _, retried = here:execute(some, { resume = { retry = true } })
    assert.equal("2,0", retried)
    assert.same({ a = 1, b = 2 }, here.starts)
  end)

  it("does again what failed because the disk was full", function()
    local here = stage.new(function(program, task, count)
      program:sleep(10)
      if count == 1 and task == "b" then
        program:print_error "cannot write 'x': No space left on device\n"
        program:exit(1)
      end
      return "RESULT: " .. task .. "\n"
    end)
    local function some(orch)
      return #orch.each({ "a", "b" }, function(task) return ask(orch, task) end)
    end

    local _, _, first = here:execute(some)
    local _, _, again = here:execute(some, { resume = {} })

    assert.equal(1, first)
    assert.equal(2, again)
    assert.same({ a = 1, b = 2 }, here.starts)
  end)

  it("does the failure that ended it again", function()
    local here = stage.new(function(program, task, count)
      program:sleep(10)
      if count == 1 and task == "b" then program:exit(1) end
      return "RESULT: " .. task .. "\n"
    end)

    local outcome = here:execute(three)
    local _, _, value = here:execute(three, { resume = {} })

    assert.equal(3, outcome.code)
    assert.equal("a,b,c", value)
    assert.same({ a = 1, b = 2, c = 1 }, here.starts)
  end)

  it("does it again, too, when the first resume was cut short", function()
    local here = stage.new(function(program, task, count)
      program:sleep(100)
      if count == 1 and task == "b" then program:exit(1) end
      return "RESULT: " .. task .. "\n"
    end)

    here:execute(three)
    here:execute(three, { resume = {}, kill = 0 })
    local _, _, value = here:execute(three, { resume = {} })

    assert.equal("a,b,c", value)
    assert.same({ a = 1, b = 2, c = 1 }, here.starts)
  end)

  it("goes on after an answer, and replays a question that has none", function()
    local briefs = {}
    local here = stage.new(function(program, task, count)
      briefs[#briefs + 1] = stage.brief_of(program)
      program:sleep(10)
      return count == 1 and "QUESTION: Which one?\n" or "RESULT: " .. task .. "\n"
    end)
    local function one(orch) return ask(orch, "a") end

    assert.equal(6, here:execute(one).code)
    assert.equal(6, here:execute(one, { resume = {} }).code)
    assert.same({ a = 1 }, here.starts)

    local load = support.library(here.core)
    local journal = load "orch.run.journal"
    journal.continue(here.folder, assert(journal.read(here.folder)))
      :write { kind = "answer", of = 1, text = "The second." }
    local outcome, run, value = here:execute(one, { resume = {} })

    assert.equal("nothing", outcome.kind, outcome.message)
    assert.equal("a", value)
    assert.equal("W1 Worker", run.workers[1].label)
    assert.matches("THE ANSWER: The second.", briefs[2], 1, true)
    assert.same({ a = 2 }, here.starts)
  end)

  it("stops a worker that lives on and is no longer asked for", function()
    local here = stage.new(after(100000))
    here:execute(function(orch) return ask(orch, "a") end, { kill = 50 })

    local outcome = here:execute(function() return nil end,
      { resume = {}, source = "another" })

    assert.equal(0, outcome.code)
    assert.matches("W1 Worker lived on", table.concat(here.notes, "\n"), 1, true)
    local exit = core.json_decode(here.core.read(here.folder
      .. "/workers/W1-worker/1/exit"))
    assert.equal("stop", exit.ended_by)
  end)

  it("stops a worker that it cannot follow", function()
    local here = stage.new(after(100000))
    local function one(orch) return ask(orch, "a") end
    here:execute(one, { kill = 50 })
    here.core.world:fail("attach", "EMFILE")

    local outcome = here:execute(one, { resume = {} })

    assert.equal(3, outcome.code, outcome.message)
    assert.matches("could not be followed: it was stopped",
      table.concat(here.notes, "\n"), 1, true)
  end)

  it("has no second race", function()
    local here = stage.new(function(program, task)
      program:sleep(task == "b" and 10 or 1000)
      return "RESULT: " .. task .. "\n"
    end)
    local function race(orch)
      local first = orch.race({ "a", "b" }, function(task) return ask(orch, task) end)
      orch.sleep(100)
      return first .. ask(orch, "c")
    end

    here:execute(race, { kill = 60 })
    local _, _, value = here:execute(race, { resume = {} })

    assert.equal("bc", value)
    assert.same({ a = 1, b = 1, c = 1 }, here.starts)
  end)

  it("is refused while another engine has it", function()
    local here = stage.new(after(100))
    local first
    here.core.world:after(50, function()
      local other = here.core.world:engine_beside()
      first = { support.library(other) "orch.run".open { name = "test",
        resume = { folder = here.folder } } }
    end)

    here:execute(three)

    assert.is_nil(first[1])
    assert.matches("is going on", first[2], 1, true)
  end)

  it("starts nothing when somebody else has changed a file that it is about", function()
    local here = stage.new(after(100), { ["/home/user/project/a.txt"] = "one\n" })
    local folder = here.core.host().folder
    assert(here.core.write(folder .. "/a.txt", "one\n"))
    local function review(orch)
      local a = orch.ask("worker", { task = "a", material = orch.skim "a.txt" }).result
      return a .. ask(orch, "b")
    end
    here:execute(review, { kill = 150 })
    assert(here.core.write(folder .. "/a.txt", "two\n"))

    local refused = here:execute(review, { resume = {} })
    assert.equal(2, refused.code)
    assert.matches(folder .. "/a.txt", refused.message, 1, true)
    assert.same({ a = 1, b = 1 }, here.starts)

    local accepted, _, value = here:execute(review, { resume = { accept = true } })
    assert.equal("ab", value, accepted.message)
    assert.same({ a = 1, b = 1 }, here.starts)
  end)

  it("knows a file by a plain text that is its path", function()
    local here = stage.new(after(100))
    local path = here.core.host().folder .. "/a.txt"
    assert(here.core.write(path, "one\n"))
    local function review(orch)
      local a = orch.ask("worker", { task = "a", material = "a.txt" }).result
      return a .. ask(orch, "b")
    end
    here:execute(review, { kill = 150 })
    assert(here.core.write(path, "two\n"))

    local refused = here:execute(review, { resume = {} })

    assert.equal(2, refused.code)
    assert.matches(path, refused.message, 1, true)
    assert.same({ a = 1, b = 1 }, here.starts)
  end)

  it("asks again about a changed file when it is told to", function()
    local here = stage.new(after(100))
    local folder = here.core.host().folder
    assert(here.core.write(folder .. "/a.txt", "one\n"))
    local function review(orch)
      local a = orch.ask("worker", { task = "a", material = orch.skim "a.txt" }).result
      return a .. ask(orch, "b")
    end
    here:execute(review)
    assert(here.core.write(folder .. "/a.txt", "two\n"))

    local _, _, value = here:execute(review, { resume = { redo = true } })

    assert.equal("ab", value)
    assert.same({ a = 2, b = 1 }, here.starts)
  end)
end)
