-- The scheduler, in a world whose clock is virtual.

local support = require "support"

describe("task", function()
  local task, fanout, failure, core

  before_each(function()
    core = support.world()
    local load = support.library(core)
    task, fanout, failure = load "orch.task", load "orch.task.fanout", load "orch.failure"
  end)

  local function fails(reason)
    failure.raise { state = "failed", cause = "crash", reason = reason }
  end

  it("runs a function and returns its value", function()
    local value = task.main(function() return 42 end)

    assert.equal(42, value)
  end)

  it("raises the error of the root", function()
    assert.error_matches(function()
      task.main(function() error("broken", 0) end)
    end, "broken")
  end)

  it("sleeps in virtual time", function()
    local before = core.now()

    task.main(function() task.sleep(3600 * 1000) end)

    assert.is_true(core.now() - before >= 3600 * 1000)
  end)

  it("gives the results of all in the order of the list", function()
    local results = task.main(function()
      return fanout.all({ 30, 10, 20 }, function(ms, i)
        task.sleep(ms)
        return i .. ":" .. ms
      end)
    end)

    assert.same({ "1:30", "2:10", "3:20" }, results)
  end)

  it("lets the others of all finish before the first failure is raised", function()
    local finished = {}

    local ok, problem = pcall(task.main, function()
      fanout.all({ 10, 20, 30 }, function(ms)
        task.sleep(ms)
        if ms == 10 then fails "early" end
        finished[#finished + 1] = ms
      end)
    end)

    assert.is_false(ok)
    assert.equal("early", problem.reason)
    assert.same({ 20, 30 }, finished)
  end)

  it("separates the results and the failures of each, in order", function()
    local results, failures

    task.main(function()
      results, failures = fanout.each({ "a", "b", "c", "d" }, function(item)
        if item == "b" or item == "d" then fails("no " .. item) end
        return item
      end)
    end)

    assert.same({ "a", "c" }, results)
    assert.equal("no b", failures[1].reason)
    assert.equal("no d", failures[2].reason)
  end)

  it("names the item and the index of a failure of each", function()
    local failures = task.main(function()
      local _, dead = fanout.each({ "a", "b" }, function(item)
        if item == "b" then fails "gone" end
        return item
      end)
      return dead
    end)

    assert.equal(1, #failures)
    assert.equal("b", failures[1].item)
    assert.equal(2, failures[1].index)
  end)

  it("raises when every item of each has failed", function()
    local ok, problem = pcall(task.main, function()
      fanout.each({ 1, 2 }, function(i) fails("dead " .. i) end)
    end)

    assert.is_false(ok)
    assert.equal("dead 1", problem.reason)
  end)

  it("raises a mistake of the script out of each even when others succeed", function()
    assert.error_matches(function()
      task.main(function()
        fanout.each({ 1, 2 }, function(i)
          if i == 2 then error "a typing error" end
          return i
        end)
      end)
    end, "a typing error")
  end)

  it("returns the first of a race and stops the others", function()
    local closed = {}

    local value, index = table.unpack(task.main(function()
      return { fanout.race({ 50, 10, 90 }, function(ms)
        local _ <close> = setmetatable({}, { __close = function()
          closed[#closed + 1] = ms
        end })
        task.sleep(ms)
        return ms
      end) }
    end))

    assert.equal(10, value)
    assert.equal(2, index)
    assert.same({ 10, 90, 50 }, closed)
  end)

  it("goes on in a race when one member fails", function()
    local value = task.main(function()
      return (fanout.race({ 10, 20 }, function(ms)
        task.sleep(ms)
        if ms == 10 then fails "first" end
        return ms
      end))
    end)

    assert.equal(20, value)
  end)

  it("names the place of a task in the script by its branch", function()
    local branches = {}

    task.main(function()
      fanout.all({ "a" }, function() branches[1] = task.branch() end)
      fanout.all({ "a", "b" }, function(item)
        if item == "b" then
          fanout.all({ "x" }, function() branches[2] = task.branch() end)
        end
      end)
    end)

    assert.same({ "1.1", "2.2/1.1" }, branches)
  end)

  it("closes what a cancelled task holds, children before parents' ends", function()
    local closed = {}
    local function holder(name)
      return setmetatable({}, { __close = function() closed[#closed + 1] = name end })
    end

    task.main(function()
      local parent = task.spawn(function()
        local _ <close> = holder "parent"
        task.spawn(function()
          local _ <close> = holder "child"
          task.sleep(1000)
        end)
        task.sleep(1000)
      end)
      task.sleep(10)
      parent:cancel()
    end)

    table.sort(closed)
    assert.same({ "child", "parent" }, closed)
  end)

  it("ends children with the task that started them", function()
    local ended = false

    task.main(function()
      task.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() ended = true end })
        task.sleep(1e6)
      end)
      task.sleep(1)
    end)

    assert.is_true(ended)
  end)

  it("asks what a task owns to stop when it ends", function()
    local asked = 0
    local thing = { close = function() asked = asked + 1 end }

    task.main(function() task.own(thing) end)

    assert.equal(1, asked)
  end)

  it("says so when every task waits and nothing can wake it", function()
    assert.error_matches(function()
      task.main(function() task.condition():wait() end)
    end, "nothing can wake this one")
  end)

  it("says so for tasks that wait for each other", function()
    assert.error_matches(function()
      task.main(function()
        local first
        local second = task.spawn(function() first:join() end)
        first = task.spawn(function() second:join() end)
        second:join()
        second:result()
      end)
    end, "nothing can wake this one")
  end)

  it("says so for an endless sleep beside a service that ticks", function()
    assert.error_matches(function()
      task.main(function()
        task.service(function() while true do task.sleep(100) end end)
        task.sleep(math.huge)
      end)
    end, "nothing can wake this one")
  end)

  it("blames the line of a plain Lua program for its mistakes", function()
    local orch = support.library(core) "orch"
    local mistakes = {
      ["orch.sleep needs a number of milliseconds, 0 or more, got 'x'"] =
        function() orch.sleep "x" end,
      ["orch.race needs at least one item"] = function() orch.race({}, print) end,
      ["orch.similar needs two texts, got a nil and a string"] =
        function() return (orch.similar(nil, "x")) end,
      ["orch.start needs a task that owns the worker: call it inside orch.main"] =
        function() return (orch.start("scout", { find = "x" })) end,
    }

    for said, call in pairs(mistakes) do
      local _, message = pcall(call)
      assert.matches("task_spec.lua:%d+: " .. said .. "$", message)
    end
  end)

  it("refuses to wait inside a coroutine of the script's own", function()
    assert.error_matches(function()
      task.main(function()
        local inner = coroutine.wrap(function() task.sleep(1) end)
        inner()
      end)
    end, "coroutine of the script's own")
  end)

  it("wakes every task that waits for a condition", function()
    local woken = 0

    task.main(function()
      local condition = task.condition()
      for _ = 1, 3 do
        task.spawn(function()
          condition:wait()
          woken = woken + 1
        end)
      end
      task.sleep(1)
      condition:signal()
      task.sleep(1)
    end)

    assert.equal(3, woken)
  end)

  it("wakes a task once that waits twice for the same", function()
    local woken = task.main(function()
      local news, count = task.condition(), 0
      task.spawn(function()
        while true do
          task.wait { news, news }
          count = count + 1
        end
      end, { service = true })
      task.sleep(1)
      news:signal()
      task.sleep(1)
      return count
    end)

    assert.equal(1, woken)
  end)

  it("keeps the order of a thousand alarms", function()
    local order = {}

    task.main(function()
      local list = {}
      for i = 1, 1000 do list[i] = (i * 7919) % 1000 end
      fanout.all(list, function(ms)
        task.sleep(ms)
        order[#order + 1] = ms
      end)
    end)

    for i = 2, #order do assert.is_true(order[i - 1] <= order[i]) end
    assert.equal(1000, #order)
  end)

  it("holds no alarms that were taken back, and keeps the order of the others", function()
    local timers = require "orch.task.timers"
    local alarms, rest = timers.new(), {}
    for i = 1, 3000 do
      local alarm = alarms:add((i * 7919) % 3001, i)
      if i % 30 == 0 then rest[#rest + 1] = alarm.at else alarms:cancel(alarm) end
    end
    table.sort(rest)

    assert.is_true(alarms.n < 300)
    for _, at in ipairs(rest) do assert.equal(at, alarms:take_due(3001).at) end
    assert.is_nil(alarms:first())
    assert.equal(0, alarms.dead)
  end)

  it("takes a list and a function, and says what it got", function()
    task.main(function()
      assert.error_matches(function() fanout.all("x", print) end,
        "needs a list, got string")
      assert.error_matches(function() fanout.each({}, nil) end, "needs a function")
    end)
  end)
end)
