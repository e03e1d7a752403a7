-- world_spec.lua - the world in memory, and what it has in common with the real core.

local here = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
local conformance = assert(loadfile(here .. "conformance.lua", "t", _ENV))()
local real = require "orch.core"
local world = require "orch.rehearsal.world"

-- What /bin/sh would do with the commands of conformance.lua.
local commands = {
  ["printf hi"] = function(program) program:print "hi" end,
  ["printf hi; exit 17"] = function(program)
    program:print "hi"
    program:exit(17)
  end,
  ["exit 0"] = function() end,
  ["sleep .5"] = function(program) program:sleep(500) end,
  ["printf out; printf err >&2"] = function(program)
    program:print "out"
    program:print_error "err"
  end,
  ["kill -9 $$"] = function(program) program:die "KILL" end,
  ["read x; printf got=$x"] = function(program)
    program:print("got=" .. (program:read_line() or ""))
  end,
  ["exec sleep 60"] = function(program) program:sleep(60000) end,
  ["printf ready; exec sleep 60"] = function(program)
    program:print "ready"
    program:sleep(60000)
  end,
  ["trap 'printf caught; exit 42' INT; printf ready; while :; do sleep .05; done"] =
    function(program)
      program:trap("INT", function()
        program:print "caught"
        program:exit(42)
      end)
      program:print "ready"
      while true do program:sleep(50) end
    end,
  ["trap '' INT TERM; printf ready; exec sleep 60"] = function(program)
    program:ignore("INT", "TERM")
    program:print "ready"
    program:sleep(60000)
  end,
  ["sleep 60 & printf started"] = function(program)
    program:spawn(function(child) child:sleep(60000) end)
    program:print "started"
  end,
  ["printf %s AAAA; seq 100000; printf ZZZZ"] = function(program)
    local lines = {}
    for i = 1, 100000 do lines[i] = i .. "\n" end
    program:print("AAAA" .. table.concat(lines) .. "ZZZZ")
  end,
}

local function shell(program, command) return commands[command](program) end

-- A world without surprises; *options* as for world.new.
local function new(options)
  options = options or {}
  options.core, options.shell = real, options.shell or shell
  return world.new(options)
end

local function start(core, name, more)
  local spec = {
    folder = "/tmp/" .. name, argv = { name }, env = {}, workdir = "/tmp",
    tty = true, stdin = "null",
  }
  for field, value in pairs(more or {}) do spec[field] = value end
  assert(core.make_folder(spec.folder))
  return assert(core.start(spec))
end

local function run_until(core, handle, state)
  while core.status(handle).state ~= state do
    core.poll(-1)
    if core.world.stuck then error("it will never be " .. state, 2) end
  end
  return core.status(handle)
end

describe("the world", function()
  conformance(function()
    local core = new()
    assert(core.make_folder "/tmp/scratch")
    return core, "/tmp/scratch", function() end
  end)

  it("passes time only in poll, up to the next event", function()
    local core = new()
    core.world:after(1500, function() core.world:signal "INT" end)
    core.catch_signals()
    local civil = core.time()

    assert.equal(0, core.now())
    assert.same({}, core.poll(1000))
    assert.equal(1000, core.now())
    assert.same({ "INT" }, core.poll(3600 * 1000))
    assert.equal(1500, core.now())
    assert.equal(1.5, core.time() - civil)
  end)

  it("reports a source once, however often it became ready", function()
    local core = new()
    core.catch_signals()

    core.world:signal "INT"
    core.world:signal "TERM"
    core.world:signal "INT"

    local sources = core.poll(-1)
    table.sort(sources)
    assert.same({ "INT", "TERM" }, sources)
    assert.same({}, core.poll(0))
  end)

  it("reports what became ready at one time in an order that the seed draws", function()
    local orders = {}
    for seed = 1, 20 do
      local core = new { seed = seed }
      core.catch_signals()
      core.world:signal "INT"
      core.world:signal "TERM"
      orders[table.concat(core.poll(-1), " ")] = true
    end

    assert.same({ ["INT TERM"] = true, ["TERM INT"] = true }, orders)
  end)

  it("says when a wait would never end", function()
    local core = new()

    assert.same({}, core.poll(-1))

    assert.is_true(core.world.stuck)
    core.poll(1)
    assert.is_false(core.world.stuck)
  end)

  it("fails, rather than hangs, a loop that waits for ever for nothing", function()
    local core = new()

    assert.error_matches(function() while true do core.poll(-1) end end,
      "the world is stuck")
  end)

  it("lets time pass for a loop that polls without waiting", function()
    local core = new()
    core.world:after(100, function() end)

    while core.now() < 300 do core.poll(0) end

    assert.equal(300, core.now())
  end)

  it("refuses an unknown option", function()
    assert.error_matches(function() new { file = {} } end, "unknown field 'file'")
  end)

  it("keeps the output of the engine", function()
    local core = new()

    core.output(1, "one ")
    core.output(1, "two")
    core.output(2, "err")

    assert.equal("one two", core.world.output[1])
    assert.equal("err", core.world.output[2])
  end)

  it("types at the engine's terminal and changes its size", function()
    local core = new { terminal = { rows = 24, cols = 80 } }
    core.catch_signals()
    assert.same({ rows = 24, cols = 80 }, core.terminal(0, true))

    core.world:type "q"
    core.world:resize(30, 100)

    local sources = core.poll(-1)
    table.sort(sources)
    assert.same({ "WINCH", "input" }, sources)
    assert.equal("q", core.read "/dev/stdin")
    assert.equal("", core.read "/dev/stdin")
    assert.same({ rows = 30, cols = 100 }, core.terminal(0))
    assert.equal("ENOTTY", select(3, new().terminal(0)))
  end)

  it("is ended by a signal that it does not catch", function()
    local core = new()

    core.world:signal "TERM"

    assert.equal("SIGTERM", core.world.died)
    assert.same({}, core.poll(0))
  end)

  it("lets what is asked for fail, as often as is asked", function()
    local core = new()
    core.world:fail("append", "ENOSPC", 2)

    assert.same({ nil, "'append': no space left on device", "ENOSPC" },
      { core.append("/tmp/a", "x") })
    assert.equal("ENOSPC", select(3, core.append("/tmp/a", "x")))
    assert.equal(1, core.append("/tmp/a", "x"))
    assert.error_matches(function() core.world:fail("apend", "EIO") end, "'apend'")
  end)

  it("stops a script that computes without waiting", function()
    local core = new()
    local co = coroutine.create(function() while true do end end)

    core.guard(co, 1000)
    local ok, message = coroutine.resume(co)

    assert.is_false(ok)
    assert.matches("the script has computed for 1 s without waiting", message)
  end)

  it("stops a script that catches its every error and goes on", function()
    local core = new()
    local protected, nothing = pcall, function() end
    local co = coroutine.create(function()
      while true do protected(nothing) end
    end)

    core.guard(co, 1000)
    local ok, message = coroutine.resume(co)

    assert.is_false(ok)
    assert.matches("world_spec.lua:%d+: the script has computed for 1 s", message)
  end)

  it("leaves an engine where it is killed, in the middle of a poll", function()
    local core = new()
    core.world:after(10, function() core.world:kill_engine() end)

    assert.error_matches(function() core.poll(1000) end, "this engine is gone")
    assert.equal(10, core.world.machine.clock.now)
  end)

  it("interrupts a script that computes when a signal comes", function()
    local core = new()
    core.catch_signals()
    local co = coroutine.create(function()
      core.world:signal "INT"
      while true do end
    end)

    core.guard(co)
    local ok, message = coroutine.resume(co)
    core.guard(nil)

    assert.is_false(ok)
    assert.matches("interrupted", message)
    assert.same({ "INT" }, core.poll(0))
  end)

  it("follows links, but not for ever", function()
    local core = new { files = {
      ["/d/a"] = "text", ["/d/rel"] = { link = "a" }, ["/abs"] = { link = "/d" },
      ["/loop"] = { link = "/loop" }, ["/pipe"] = { type = "fifo" },
    } }

    assert.equal("text", core.read "/abs/rel")
    assert.equal("/d/a", core.real_path "/abs/rel")
    assert.equal("a", core.link_target "/d/rel")
    assert.equal("link", core.stat("/abs").type)
    assert.equal("folder", core.stat("/abs", true).type)
    assert.equal("ELOOP", select(3, core.read "/loop"))
    assert.equal("EINVAL", select(3, core.read "/pipe"))
  end)

  it("has its programs as files, for whoever looks for them", function()
    local core = new { programs = { codex = function() end } }

    assert.equal(tonumber("755", 8), core.stat("/usr/bin/codex").mode)
  end)

  it("opens another folder's files to a relative path", function()
    local core = new { host = { folder = "/home/user/p" }, files = {
      ["/home/user/p/a"] = "here",
    } }

    assert.equal("here", core.read "a")
    assert.equal("/home/user/p/a", core.real_path "./a")
  end)
end)

describe("a scripted program", function()
  it("reads top to bottom in virtual time", function()
    local core = new { programs = {
      agent = function(program)
        program:print(program.argv[2] .. program.env.NAME .. program.stdin .. "\n")
        program:sleep(3600 * 1000)
        program:write_file("answer", program:read_file "/question" .. "!")
        return 3
      end,
    }, files = { ["/question"] = "what", ["/brief"] = "do it" } }

    local handle = start(core, "agent", {
      argv = { "/usr/bin/agent", "-x" }, env = { "NAME=v=w" }, stdin = "/brief",
    })
    assert.same({ state = "starting", bytes = 0, queued = 0, accepted = 0, refused = 0,
      owner = true }, core.status(handle))
    local status = run_until(core, handle, "ended")

    assert.equal("-xv=wdo it\n", core.take(handle, 0, 100))
    assert.equal("what!", core.read "/tmp/answer")
    assert.equal(3, status.code)
    assert.equal(3600 * 1000, core.now())
    assert.equal(3600, status.ended - status.started)
  end)

  it("changes what the engine sees inside poll only", function()
    local core = new { programs = { agent = function(program) program:print "x" end } }
    local beside = core.world:engine_beside()
    local handle = start(core, "agent")

    beside.poll(0)

    assert.equal("starting", core.status(handle).state)
    core.poll(0)
    assert.equal("ended", core.status(handle).state)
  end)

  it("runs again from its wait after a trap", function()
    local core = new { programs = { agent = function(program)
      program:trap("INT", function() program:print "trapped " end)
      program:sleep(1000)
      program:print "slept"
    end } }
    local handle = start(core, "agent")
    core.poll(500)

    core.control(handle, "interrupt")
    run_until(core, handle, "ended")

    assert.equal("trapped slept", core.take(handle, 0, 100))
    assert.equal(1000, core.now())
  end)

  it("takes typed lines until the end of the input", function()
    local core = new { programs = { cat = function(program)
      for line in program.read_line, program do program:print(line .. "\n") end
    end } }
    local handle = start(core, "cat", { stdin = "tty" })

    core.give(handle, "one\ntwo\n")
    core.give(handle, "thr")
    core.give(handle, "ee\4\4")
    run_until(core, handle, "ended")

    assert.equal("one\ntwo\nthree\n", core.take(handle, 0, 100))
  end)

  it("keeps what it does not read in a queue with an end", function()
    local core = new { programs = { deaf = function(program) program:sleep(1000) end } }
    local handle = start(core, "deaf", { stdin = "tty" })
    local bytes = ("x"):rep(4000) .. "\n"

    local refusal
    repeat refusal = select(3, core.give(handle, bytes)) until refusal
    core.poll(10)

    assert.equal("EAGAIN", refusal)
    assert.is_true(core.status(handle).queued > (1 << 20) - 64 * 1024)
    assert.equal(0, core.status(handle).refused)
    core.control(handle, "interrupt")
    assert.equal("SIGINT", run_until(core, handle, "ended").signal)
  end)

  it("sees its terminal change", function()
    local core = new { programs = { top = function(program)
      program:trap("WINCH", function()
        program:print(program.rows .. "x" .. program.cols)
      end)
      program:sleep(100)
    end } }
    local handle = start(core, "top")
    core.poll(1)

    core.control(handle, "resize", { rows = 31, cols = 101 })
    run_until(core, handle, "ended")

    assert.equal("31x101", core.take(handle, 0, 100))
    assert.error_matches(function() core.control(handle, "resize", {}) end, "'cols'")
  end)

  it("shows its own mistake to the test", function()
    local core = new { programs = { agent = function() error "oops" end } }
    start(core, "agent")

    local ok, message = pcall(core.poll, 0)

    assert.is_false(ok)
    assert.matches("the scripted program 'agent' failed: .*oops", message)
  end)

  it("cannot hang the world", function()
    local core = new { programs = { agent = function() while true do end end } }
    start(core, "agent")

    assert.error_matches(function() core.poll(0) end, "computes for ever")
  end)
end)

describe("a session of the world", function()
  local function sleeper(program) program:sleep(math.maxinteger) end

  it("takes the whole ladder, rung by rung", function()
    local core = new { programs = { stubborn = function(program)
      program:ignore("INT", "TERM")
      program:sleep(math.maxinteger)
    end } }
    local handle = start(core, "stubborn", { interrupt_ms = 3000, terminate_ms = 5000 })
    core.poll(0)

    core.control(handle, "stop")
    local status = run_until(core, handle, "ended")

    assert.equal(8000, core.now())
    assert.equal("SIGKILL", status.signal)
  end)

  it("ends by its lease when no engine comes back", function()
    local core = new { programs = { agent = sleeper } }
    start(core, "agent", { lease_ms = 900 * 1000 })
    core.poll(10)
    core.poll(10)

    local next_core = core.world:kill_engine()
    local handle = next_core.attach("/tmp/agent", "look")
    local status = run_until(next_core, handle, "ended")

    assert.equal("lease", status.ended_by)
    assert.equal(900 * 1000 + 10, next_core.now())
  end)

  it("is adopted by the next engine", function()
    local core = new { programs = { agent = function(program) program:sleep(5000) end } }
    start(core, "agent", { lease_ms = 1000 })
    local lock = core.lock "/tmp/lock"
    core.poll(10)

    local next_core = core.world:kill_engine()
    local handle = next_core.attach("/tmp/agent", "own")
    local status = run_until(next_core, handle, "ended")

    assert.equal("self", status.ended_by)
    assert.is_true(status.owner)
    assert.is_number(next_core.lock "/tmp/lock", lock)
    assert.error_matches(function() core.now() end, "this engine is gone")
  end)

  it("is owned by one engine at a time", function()
    local core = new { programs = { agent = sleeper } }
    local first = start(core, "agent")
    local beside = core.world:engine_beside()

    local second = beside.attach("/tmp/agent", "own")

    assert.is_true(core.status(first).owner)
    assert.is_false(beside.status(second).owner)
  end)

  it("is lost with its keeper", function()
    local core = new { programs = { agent = function(program)
      program:print "half a"
      sleeper(program)
    end } }
    local handle = start(core, "agent")
    core.poll(10)

    core.world:kill_keeper(handle)

    assert.same({ handle }, core.poll(-1))
    assert.equal("lost", core.status(handle).state)
    assert.equal("half a", core.take(handle, 0, 100))
    assert.is_nil(core.stat "/tmp/agent/exit")
    assert.equal("ESRCH", select(3, core.control(handle, "kill")))
    local again = core.attach("/tmp/agent", "look")
    assert.equal("lost", core.status(again).state)
  end)

  it("ends for a full disk with a reason", function()
    local core = new { programs = { agent = function(program)
      program:print "one"
      program:sleep(10)
      program:print "two"
      sleeper(program)
    end } }
    local handle = start(core, "agent")
    core.poll(1)

    core.world:fail("transcript", "ENOSPC", math.huge)
    local status = run_until(core, handle, "ended")

    assert.equal("disk", status.ended_by)
    assert.equal("ENOSPC", status.error)
    assert.equal("one", core.take(handle, 0, 100))
  end)

  it("can fail to start in both ways", function()
    local core = new { programs = { agent = sleeper } }
    core.make_folder "/tmp/agent"
    local spec = { folder = "/tmp/agent", argv = { "agent" }, env = {}, workdir = "/tmp" }

    core.world:fail("start", "EMFILE")
    assert.equal("EMFILE", select(3, core.start(spec)))
    core.world:fail("exec", "EACCES")
    local status = run_until(core, assert(core.start(spec)), "ended")

    assert.equal("start", status.ended_by)
    assert.equal("EACCES", status.error)
    assert.is_nil(status.code)
  end)

  it("keeps what outlives its leader when asked to", function()
    local core = new { programs = { agent = function(program)
      program:spawn(function(child)
        child:ignore "HUP"
        child:sleep(2000)
        child:print "tail"
      end)
      program:sleep(1000)
    end } }
    local handle = start(core, "agent", { on_leader_exit = "keep" })

    run_until(core, handle, "exited")
    assert.equal(1000, core.now())
    local status = run_until(core, handle, "ended")

    assert.equal(2000, core.now())
    assert.equal("self", status.ended_by)
    assert.equal("tail", core.take(handle, 0, 100))
  end)

  it("refuses a mistaken spec", function()
    local core = new()
    local function mistake(what, change)
      local spec = { folder = "/tmp", argv = { "a" }, env = {}, workdir = "/tmp" }
      for name, value in pairs(change) do spec[name] = value end
      assert.error_matches(function() core.start(spec) end, what)
    end

    mistake("unknown field 'rowz'", { rowz = 1 })
    mistake("'argv': empty list", { argv = {} })
    mistake("'folder': 'tmp' is not an absolute path", { folder = "tmp" })
    mistake("'env': item 1 is not of the form NAME=value", { env = { "x" } })
    mistake("needs tty = true", { stdin = "tty", tty = false })
    mistake("'on_leader_exit': 'stay' is none of", { on_leader_exit = "stay" })
  end)
end)

describe("locks of the world", function()
  it("hold between two engines and carry signals", function()
    local core = new()
    local beside = core.world:engine_beside()
    beside.catch_signals()
    local lock = beside.lock "/tmp/lock"

    assert.equal("EWOULDBLOCK", select(3, core.lock "/tmp/lock"))
    assert.is_true(core.signal("/tmp/lock", "TERM"))
    assert.same({ "TERM" }, beside.poll(-1))
    beside.unlock(lock)
    assert.is_number(core.lock "/tmp/lock")
  end)

  it("hold a transcript for as long as its keeper lives", function()
    local core = new { programs = { agent = function(program) program:sleep(10) end } }
    local handle = start(core, "agent")
    core.poll(1)

    assert.equal("EWOULDBLOCK", select(3, core.lock "/tmp/agent/transcript"))
    run_until(core, handle, "ended")
    assert.is_number(core.lock "/tmp/agent/transcript")
  end)
end)

describe("a power cut", function()
  -- What each of many seeds leaves of what *act* did.
  local function outcomes(act, look)
    local seen = {}
    for seed = 1, 60 do
      local core = new { files = { ["/p/old"] = "old" } }
      act(core)
      local result = look(core.world:crash(seed))
      seen[tostring(result)] = (seen[tostring(result)] or 0) + 1
    end
    local names = {}
    for name in pairs(seen) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, " ")
  end

  local function at(path) return function(core) return core.read(path) end end

  it("may take a file that was not synced, or leave any beginning of it", function()
    local function act(core) core.write("/p/new", "ab") end

    assert.equal(" a ab nil", outcomes(act, at "/p/new"))
  end)

  it("leaves what was written durably", function()
    local function act(core) core.write("/p/new", "ab", { durable = true }) end

    assert.equal("ab", outcomes(act, at "/p/new"))
  end)

  it("leaves what was appended durably", function()
    local function act(core)
      core.append("/p/log", "a", { durable = true })
      core.append("/p/log", "b")
    end

    assert.equal("a ab", outcomes(act, at "/p/log"))
  end)

  it("leaves the folders above what was synced", function()
    local function act(core)
      core.make_folder("/p/a/b", { parents = true })
      core.write("/p/a/b/c", "ab")
      core.sync "/p/a/b/c"
    end

    assert.equal("ab", outcomes(act, at "/p/a/b/c"))
  end)

  it("tears what was appended after the last sync", function()
    local function act(core)
      core.append("/p/log", "1\n")
      core.sync "/p/log"
      core.append("/p/log", "2\n")
    end

    assert.equal("1\n 1\n2 1\n2\n", outcomes(act, at "/p/log"))
  end)

  it("leaves a replaced file whole when the new one was synced first", function()
    local function act(core)
      core.write("/p/tmp", "new", { durable = true })
      core.move("/p/tmp", "/p/old")
    end

    assert.equal("new old", outcomes(act, at "/p/old"))
  end)

  it("leaves either bytes of a file that was rewritten in place", function()
    local function act(core) core.write("/p/old", "new", { atomic = false }) end

    assert.equal("new old", outcomes(act, at "/p/old"))
  end)

  it("ends all sessions and frees all locks", function()
    local core = new { programs = { agent = function(program) program:sleep(1e6) end } }
    start(core, "agent", { lease_ms = 1000 })
    core.lock "/tmp/lock"
    core.sync "/tmp/lock"
    local boot = core.host().boot
    core.poll(10)
    core.sync "/tmp/agent/transcript"

    local next_core = core.world:crash()

    assert.equal("lost",
      next_core.status(next_core.attach("/tmp/agent", "own")).state)
    assert.is_number(next_core.lock "/tmp/lock")
    assert.not_equal(boot, next_core.host().boot)
    next_core.poll(-1)
    assert.same({}, next_core.poll(-1))
    assert.is_true(next_core.world.stuck)
  end)

  it("leaves the end of a durable session", function()
    local function act(core)
      local handle = start(core, "sh", { argv = { "sh", "-c", "printf hi; exit 17" },
        durable = true })
      run_until(core, handle, "ended")
    end

    assert.equal("17 hi", outcomes(act, function(core)
      local handle = core.attach("/tmp/sh", "look")
      return core.status(handle).code .. " " .. core.take(handle, 0, 9)
    end))
  end)
end)

describe("a seed", function()
  -- Eight agents that do the same at the same moments: the order of all that is seen.
  local function history(seed)
    local core = new { seed = seed, programs = { agent = function(program)
      for i = 1, 3 do
        program:print(("step %d of %d\n"):format(i, program.pid))
        program:sleep(100)
      end
    end } }
    local seen, left = {}, 8
    for i = 1, left do start(core, "agent" .. i, { argv = { "agent" } }) end
    while left > 0 do
      for _, handle in ipairs(core.poll(-1)) do
        local status = core.status(handle)
        if status.state == "ended" then left = left - 1 end
        seen[#seen + 1] = ("%g %d %s %d"):format(core.now(), handle, status.state,
          status.bytes)
      end
    end
    return table.concat(seen, "\n")
  end

  it("gives the same history each time", function()
    assert.equal(history(7), history(7))
  end)

  it("gives the same random bytes each time, and others than another seed", function()
    assert.equal(new { seed = 7 }.random(20), new { seed = 7 }.random(20))
    assert.not_equal(new { seed = 7 }.random(20), new { seed = 8 }.random(20))
  end)

  it("gives another history than another seed", function()
    local seen, count = {}, 0
    for seed = 1, 10 do
      local text = history(seed)
      if not seen[text] then seen[text], count = true, count + 1 end
    end

    assert.equal(10, count)
  end)
end)

describe("the real core", function()
  conformance(function()
    local name = real.hash(real.random(16)):sub(1, 16)
    local folder = real.host().temporary .. "/orch-conformance-" .. name
    assert(real.make_folder(folder))
    return real, folder, function() assert(real.remove(folder, { tree = true })) end
  end)

  it("has the functions of the world, and no other", function()
    local function names(of)
      local list = {}
      for name in pairs(of) do list[#list + 1] = name end
      table.sort(list)
      return list
    end
    local double = new()
    double.world = nil

    assert.same(names(double), names(real))
  end)
end)
