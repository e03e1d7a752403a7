-- Sessions that have gone silent: one that waits for input is shown, and when it goes on.

local support = require "support"

--- Run fn(orch, world) in a world whose agent prints a prompt, is silent for 20 s, and
-- answers.  Return what was told: a list of { seconds, state or kind, what }.
local function told_of(fn)
  local files = support.templates()
  files["/proc/self/syscall"] = "17 0x3\n"
  for pid = 1000, 1010 do
    files[("/proc/%d/fd/0"):format(pid)] = { link = "/dev/pts/3" }
  end
  local world = support.world {
    programs = { agent = function(program)
      program:print "working\nOverwrite? [y/N] "
      program:sleep(20000)
      program:print "\nRESULT: Done.\n"
    end },
    files = files,
  }
  local load = support.library(world)
  local orch, told = load "orch", {}
  local observer = { tick = function() end, close = function() end,
    output = function() return true end,
    event = function(_, kind, record)
      if kind ~= "worker" and kind ~= "note" then return end
      told[#told + 1] = { world.now() / 1000, kind == "worker" and record.state or kind,
        kind == "worker" and record.waits_for or kind == "note" and record }
    end }
  local run = assert(load "orch.run".open {
    name = "test", progress = observer,
    config = { agent = { ["*"] = { "mine" } },
      agents = { mine = { argv = { "agent" } } } },
  })
  run:execute(function() return fn(orch, world) end)
  run:close()
  return told
end

--- Let the process of the newest session wait for input, or, with false, no longer.
local function let_wait(orch, world, waits)
  local sessions = orch.sessions()
  local pid = world.status(sessions[#sessions].handle).pid
  local thread = ("/proc/%d/task/%d"):format(pid, pid)
  if not waits then return assert(world.remove(thread, { tree = true })) end
  assert(world.make_folder(thread, { parents = true }))
  assert(world.write(thread .. "/syscall", "0 0x0 0x0 0x1 0x0 0x0 0x0 0x0 0x0\n"))
end

local function find(told, state)
  for _, one in ipairs(told) do if one[2] == state then return one end end
end

describe("a silent worker", function()
  it("that waits for input is shown with the line that asks, within 5 s", function()
    local told = told_of(function(orch, world)
      local worker <close> = orch.start("worker", { task = "Do it." })
      orch.sleep(500)
      let_wait(orch, world, true)
      worker:wait()
    end)

    local waiting = assert(find(told, "waiting"))
    assert.equal('input on its terminal: "Overwrite? [y/N]"', waiting[3])
    assert.is_true(waiting[1] < 5, waiting[1])
    assert.equal("ok", told[#told][2])
  end)

  it("is running again when it no longer waits, though it says nothing", function()
    local told = told_of(function(orch, world)
      local worker <close> = orch.start("worker", { task = "Do it." })
      orch.sleep(500)
      let_wait(orch, world, true)
      orch.sleep(6000)
      let_wait(orch, world, false)
      worker:wait()
    end)

    local again
    for i, one in ipairs(told) do
      if one[2] == "waiting" then again = told[i + 1] end
    end
    assert.equal("running", again[2])
    assert.is_true(again[1] > 6 and again[1] < 10, again[1])
  end)

  it("that computes is not shown as waiting", function()
    local told = told_of(function(orch)
      return orch.ask("worker", { task = "Do it." })
    end)

    assert.is_nil(find(told, "waiting"))
  end)
end)

describe("a silent command", function()
  local function told_with(stdin)
    return told_of(function(orch, world)
      local result = orch.exec_command { argv = { "agent" }, stdin = stdin,
        yield_time_ms = 100 }
      let_wait(orch, world, true)
      orch.sleep(30000)
      return result
    end)
  end

  it("that waits for input is noted once", function()
    local notes = 0
    for _, one in ipairs(told_with(nil)) do
      if one[2] == "note" and one[3]:find "waits for input" then
        notes = notes + 1
        assert.equal([[session 1 'agent' waits for input on its terminal: ]]
          .. [["Overwrite? [y/N]"]], one[3])
      end
    end

    assert.equal(1, notes)
  end)

  it("that the script types into is the script's own affair", function()
    assert.is_nil(find(told_with "tty", "note"))
  end)
end)
