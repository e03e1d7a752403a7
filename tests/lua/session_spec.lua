-- What a session must do, through the public API, on real terminals and real processes.

local core = require "orch.core"
local orch = require "orch"
local support = require "support"

--- Run *fn* as the root task of a program of its own; what it starts ends with it.
local function main(fn) return orch.main(fn) end

local function exec(given) return orch.exec_command(given) end
local function type_in(id, chars, ms)
  return orch.write_stdin { session_id = id, chars = chars, yield_time_ms = ms }
end

--- Poll until the session has exited; return all that it printed and the last result.
local function finish(result, limit_ms)
  local output, deadline = { result.output }, core.now() + (limit_ms or 10000)
  while result.session_id do
    assert(core.now() < deadline, "the session did not end in time")
    result = type_in(result.session_id, "", 200)
    output[#output + 1] = result.output
  end
  return table.concat(output), result
end

--- Wait until the output of session *id* has *pattern*.
local function await(id, pattern)
  for _, s in ipairs(orch.sessions()) do
    if s.id == id then
      local event = orch.wait(s, { on = pattern, timeout_ms = 10000 })
      assert(event and event.on == "pattern", "never seen: " .. pattern)
      return event
    end
  end
end

local function error_of(given)
  local ok, problem = pcall(exec, given)
  assert.is_false(ok)
  return tostring(problem)
end

for _, tty in ipairs { true, false } do
  describe(tty and "a session on a terminal" or "a session on a pipe", function()
    local function run(command, more)
      local given = { cmd = command, tty = tty }
      for name, value in pairs(more or {}) do given[name] = value end
      return exec(given)
    end

    it("returns a short command with its output and exit code", function()
      local result = main(function() return run "echo hi" end)

      assert.equal("hi\n", result.output)
      assert.equal(0, result.exit_code)
      assert.equal("exited", result.state)
      assert.is_nil(result.session_id)
      assert.is_true(result.wall_time < 1)
    end)

    it("returns at an early exit, long before the yield time", function()
      local result = main(function()
        return run("sleep 0.05", { yield_time_ms = 31415 })
      end)

      assert.equal(0, result.exit_code)
      assert.equal("", result.output)
      assert.is_true(result.wall_time < 0.75)
    end)

    it("yields a session that still runs, and the rest comes with a poll", function()
      local first, second = table.unpack(main(function()
        local one = run("sleep 0.5; echo ready", { yield_time_ms = 10 })
        return { one, type_in(one.session_id, "", 5000) }
      end))

      assert.is_number(first.session_id)
      assert.is_nil(first.exit_code)
      assert.is_true(first.wall_time < 0.2)
      assert.equal("ready\n", second.output)
      assert.equal(0, second.exit_code)
      assert.is_nil(second.session_id)
    end)

    it("tells exit codes", function()
      main(function()
        assert.equal(17, run("exit 17").exit_code)
        assert.equal(3, run("exit 3").exit_code)
      end)
    end)

    it("tells the signal of a death, and 128 + its number", function()
      local result = main(function() return run "kill -KILL $$" end)

      assert.equal("SIGKILL", result.signal)
      assert.equal(137, result.exit_code)
    end)

    it("tells 127 and the shell's message for an unknown command", function()
      local result = main(function() return run "no_such_cmd" end)

      assert.equal(127, result.exit_code)
      assert.matches("no_such_cmd", result.output)
    end)

    it("measures the wall time", function()
      local result = main(function() return run "sleep 0.1" end)

      assert.is_true(result.wall_time >= 0.1)
    end)

    it("gives end of file to a command that reads", function()
      local result = main(function() return run "read x; echo got=$x" end)

      assert.equal("got=\n", result.output)
    end)

    it("counts exactly what a large output leaves out", function()
      local command = "echo HEAD; seq 100000; echo TAIL"
      local result = main(function() return run(command, { max_output_tokens = 100 }) end)

      local bytes = 588895 + 10
      local left_out = tonumber(result.output:match "(%d+) bytes")
      local marker = result.output:match "\n%[%.%.%. [^\n]*\n"
      assert.matches("^HEAD\n1\n2\n", result.output)
      assert.matches("100000\nTAIL\n$", result.output)
      assert.equal(math.ceil(bytes / 4), result.original_token_count)
      assert.equal(bytes - left_out, #result.output - #marker)
    end)

    it("keeps whole characters at a cut", function()
      local command = [[i=0; s=é; while [ $i -lt 10 ]; do s=$s$s; i=$((i+1)); done; ]]
        .. [[printf %s "$s$s$s"]]
      local result = main(function() return run(command, { max_output_tokens = 101 }) end)

      assert.is_truthy(utf8.len(result.output))
      assert.is_nil(result.output:find "\u{FFFD}")
    end)

    it("shows invalid bytes as U+FFFD and keeps the raw ones", function()
      local result, raw = table.unpack(main(function()
        local r = run [[printf '\377\376\000ok']]
        local list = orch.sessions()
        return { r, list[#list]:read(0, 100) }
      end))

      assert.is_truthy(utf8.len(result.output))
      assert.matches("\u{FFFD}\u{FFFD}", result.output)
      assert.equal("\xFF\xFE\0ok", raw)
    end)

    it("drains megabytes on stderr alone", function()
      local result = main(function()
        return run("head -c 4194304 /dev/zero | tr '\\0' e >&2",
          { max_output_tokens = 10 })
      end)

      assert.equal(0, result.exit_code)
      assert.equal(1048576, result.original_token_count)
    end)

    it("delivers a late tail and a process substitution", function()
      main(function()
        assert.equal("late", run("(sleep 0.05; printf late) &").output)
        assert.equal("x\n", run("exec > >(cat); echo x").output)
      end)
    end)

    it("ends within half a second though a grandchild holds the output", function()
      local result = main(function() return run "setsid sleep 60 & echo done" end)

      assert.equal("done\n", result.output)
      assert.equal(0, result.exit_code)
      assert.is_true(result.wall_time < 0.6)
    end)

    it("opens descriptors 0, 1 and 2 only", function()
      local result = main(function() return run "exec ls -1 /proc/self/fd" end)

      assert.equal("0\n1\n2\n3\n", result.output)   -- 3 is ls reading the folder
    end)

    it("leads a session of its own", function()
      local output = main(function()
        return run "set -- $(cat /proc/$$/stat); echo $1 $6"
      end).output

      local pid, session_id = output:match "(%d+) (%d+)"
      assert.equal(pid, session_id)
    end)

    it("interrupts with a lone Ctrl-C, also without a typed stdin", function()
      local result = main(function()
        local r = run("trap 'echo INT-TRAP; exit 42' INT; echo ready; "
          .. "while :; do sleep 0.05; done", { yield_time_ms = 0 })
        await(r.session_id, "ready")
        return select(2, finish(type_in(r.session_id, "\3", 2000)))
      end)

      assert.equal(42, result.exit_code)
    end)

    it("ends by its deadline and says so", function()
      local result = main(function() return run("sleep 60", { deadline_ms = 200 }) end)

      assert.equal("timed_out", result.state)
      assert.is_true(result.wall_time < 5)
    end)
  end)
end

describe("starting a session", function()
  it("refuses an empty command and starts nothing", function()
    main(function()
      local before = #orch.sessions()
      assert.matches("'cmd' is empty", error_of { cmd = "" })
      assert.matches("either 'cmd'.*or 'argv'", error_of {})
      assert.equal(before, #orch.sessions())
    end)
  end)

  it("names the field of a bad argument and the nearest known one", function()
    main(function()
      assert.matches("'max_output_tokens' must be",
        error_of { cmd = "true", max_output_tokens = -1 })
      assert.matches("no field 'yield_time'.*did you mean 'yield_time_ms'",
        error_of { cmd = "true", yield_time = 1 })
      assert.matches("'stdin' must be 'tty'", error_of { cmd = "true", stdin = "pipe" })
      assert.matches("'on_leader_exit' must be",
        error_of { cmd = "true", on_leader_exit = "no" })
    end)
  end)

  it("works in a relative and an absolute folder, and names a missing one", function()
    main(function()
      assert.equal("/usr\n", exec { cmd = "pwd", workdir = "/usr" }.output)
      local here = core.host().folder
      assert.equal(here .. "/core\n",
        exec { cmd = "pwd -L", workdir = here .. "/core" }.output)
      assert.matches("cannot work in '/no/such/folder'.*ENOENT",
        error_of { cmd = "pwd", workdir = "/no/such/folder" })
    end)
  end)

  it("names a missing program and its error, and leaves no zombie", function()
    main(function()
      assert.matches("cannot start '/no/such'.*ENOENT",
        error_of { argv = { "/no/such" } })
      assert.matches("ENOENT", error_of { argv = { "no_such_program" } })
      assert.matches("EACCES", error_of { argv = { "/etc/passwd" } })
    end)
  end)

  it("runs three commands at once", function()
    local began = core.now()
    main(function()
      orch.all({ 1, 2, 3 }, function() return exec { cmd = "sleep 1" } end)
    end)

    assert.is_true(core.now() - began < 2000)
  end)

  it("fixes pager, colour and locale, and passes no secret", function()
    local output = main(function()
      return exec { cmd = "env", env = { MINE = "yes", LOGNAME = false } }.output
    end)

    assert.matches("\nPAGER=cat\n", "\n" .. output)
    assert.matches("\nNO_COLOR=1\n", "\n" .. output)
    assert.matches("\nLC_ALL=C.UTF%-8\n", "\n" .. output)
    assert.matches("\nMINE=yes\n", "\n" .. output)
    assert.is_nil(output:find "LOGNAME=")
    for name in output:gmatch "([^\n=]+)=" do
      assert.is_nil(name:find "TOKEN", 1, true)
    end
  end)

  it("gives a text or a file as stdin, however long", function()
    local long = ("0123456789abcdef"):rep(65536)   -- 1 MiB
    main(function()
      local result = exec { cmd = "sha256sum", stdin = { text = long } }
      assert.equal(core.hash(long), result.output:sub(1, 64))
      assert.equal("", exec { cmd = "cat", stdin = { file = "/dev/null" } }.output)
      assert.matches("cannot read '/no/such/file'",
        error_of { cmd = "cat", stdin = { file = "/no/such/file" } })
    end)
  end)
end)

describe("typing into a session", function()
  local function shell(command)
    return exec { argv = command or { "sh" }, stdin = "tty",
      yield_time_ms = 50 }.session_id
  end

  it("keeps state in one session and apart from another", function()
    main(function()
      local one, other = shell(), shell()
      type_in(one, "V=42\n", 50)
      type_in(one, "echo =$V=\n", 50)
      type_in(other, "echo =$V=\n", 50)
      await(one, "=42=")
      await(other, "==")
      type_in(one, "exit\n", 0)
    end)
  end)

  it("tells the exit once, and then the id is unknown", function()
    main(function()
      local id = shell()
      local _, result = finish(type_in(id, "exit 7\n", 5000))
      local ok, problem = pcall(type_in, id, "")

      assert.equal(7, result.exit_code)
      assert.is_false(ok)
      assert.matches("no session has the id " .. id, tostring(problem))
    end)
  end)

  it("echoes cat and ends it with Ctrl-D", function()
    main(function()
      local id = shell { "cat" }
      local said = type_in(id, "hello\n", 1000)
      assert.equal("hello\n", said.output)
      assert.equal(id, said.session_id)
      local _, result = finish(type_in(id, "\4", 5000))
      assert.equal(0, result.exit_code)
    end)
  end)

  it("returns an interactive shell to its prompt with Ctrl-C", function()
    main(function()
      local id = shell()
      type_in(id, "sh -c 'echo in front; exec sleep 100'\n", 0)
      await(id, "in front")
      type_in(id, "\3", 100)
      local _, result = finish(type_in(id, "exit 7\n", 5000))
      assert.equal(7, result.exit_code)
    end)
  end)

  it("interrupts although the input queue is full", function()
    main(function()
      local id = exec { cmd = "exec sleep 60", stdin = "tty",
        yield_time_ms = 50 }.session_id
      type_in(id, ("x"):rep(99) .. "\n" .. (("y"):rep(99) .. "\n"):rep(2000), 0)
      local began = core.now()
      local _, result = finish(type_in(id, "\3", 3000))
      assert.equal("SIGINT", result.signal)
      assert.is_true(core.now() - began < 2000)
    end)
  end)

  it("refuses a line that the terminal would cut, and types nothing of it", function()
    main(function()
      local id = shell { "cat" }
      local ok, problem = pcall(type_in, id, ("z"):rep(4096) .. "\n", 50)
      assert.is_false(ok)
      assert.matches("4095", tostring(problem))
      assert.equal("ok\n", type_in(id, "ok\n", 500).output)
    end)
  end)

  it("refuses to type into a session that reads no terminal", function()
    main(function()
      local id = exec { cmd = "sleep 60", yield_time_ms = 0 }.session_id
      local ok, problem = pcall(type_in, id, "hello\n")
      assert.is_false(ok)
      assert.matches("stdin = 'tty'", tostring(problem))
      assert.equal("running", type_in(id, "", 0).state)
    end)
  end)

  it("gives the exit, not an error, when the process has just exited", function()
    main(function()
      for _ = 1, 20 do
        local id = exec { argv = { "sh", "-c", "read x; exit 5" }, stdin = "tty",
          yield_time_ms = 0 }.session_id
        if id then
          type_in(id, "a\n", 0)
          local ok, result = pcall(type_in, id, "b\n", 2000)
          if ok then assert.is_true(result.exit_code == 5 or result.session_id ~= nil) end
          if not ok then assert.matches("no session has the id", tostring(result)) end
        end
      end
    end)
  end)

  it("polls a silent session for the whole yield time", function()
    main(function()
      local id = exec { cmd = "sleep 60", yield_time_ms = 0 }.session_id
      local result = type_in(id, "", 500)
      assert.equal("", result.output)
      assert.equal(id, result.session_id)
      assert.is_true(result.wall_time >= 0.5 and result.wall_time < 0.8)
    end)
  end)

  it("shows both sizes of a resized terminal", function()
    main(function()
      local id = exec { cmd = "stty size; read x; stty size", stdin = "tty",
        rows = 31, cols = 101, yield_time_ms = 0 }.session_id
      await(id, "31 101")
      for _, s in ipairs(orch.sessions()) do if s.id == id then s:resize(45, 132) end end
      type_in(id, "\n", 0)
      await(id, "45 132")
    end)
  end)

  it("serves two callers of one session one after the other", function()
    main(function()
      local id = shell { "cat" }
      local results = orch.all({ "a\n", "b\n" }, function(line)
        return type_in(id, line, 300)
      end)
      assert.equal("a\nb\n", results[1].output .. results[2].output)
    end)
  end)
end)

describe("waiting for sessions", function()
  local function find(id)
    for _, s in ipairs(orch.sessions()) do if s.id == id then return s end end
  end

  it("returns at a match, with its offset", function()
    main(function()
      local id = exec { yield_time_ms = 0,
        cmd = "printf 'noise\\n'; sleep 0.1; echo listening on 80; sleep 60" }.session_id
      local event = orch.wait(find(id), { on = "listening on (%d+)", timeout_ms = 5000 })
      assert.equal("pattern", event.on)
      assert.equal(6, event.offset)
      assert.equal("listening on 80", event.match)
    end)
  end)

  it("returns when a session falls idle", function()
    main(function()
      local id = exec { cmd = "for i in 1 2 3; do echo $i; sleep 0.05; done; sleep 60",
        yield_time_ms = 0 }.session_id
      local event = orch.wait(find(id), { on = "idle", idle_ms = 300, timeout_ms = 5000 })
      assert.equal("idle", event.on)
      assert.equal("1\n2\n3\n", find(id):read(0, 100))
    end)
  end)

  it("returns when a file appears", function()
    main(function()
      local folder <close> = support.folder()
      local id = exec { cmd = "sleep 0.2; echo x > made; sleep 60", workdir = folder.path,
        yield_time_ms = 0 }.session_id
      local event = orch.wait(find(id), { on = { file = "made" }, timeout_ms = 5000 })
      assert.equal("file", event.on)
    end)
  end)

  it("returns the first of several that ends", function()
    main(function()
      local slow = exec { cmd = "sleep 60", yield_time_ms = 0 }.session_id
      local fast = exec { cmd = "sleep 0.2", yield_time_ms = 0 }.session_id
      local event = orch.wait({ find(slow), find(fast) },
        { on = "exit", timeout_ms = 5000 })
      assert.equal(fast, event.session.id)
    end)
  end)

  it("times out, and knows sessions by their ids", function()
    main(function()
      local id = exec { cmd = "sleep 60", yield_time_ms = 0 }.session_id
      local event, why = orch.wait(id, { on = "output", timeout_ms = 50 })
      assert.is_nil(event)
      assert.equal("timeout", why)
      assert.error_matches(function() orch.wait(9999) end, "got 9999")
    end)
  end)

  it("wakes with the result when another task stops the session", function()
    main(function()
      local id = exec { cmd = "sleep 60", yield_time_ms = 0 }.session_id
      local results = orch.all({ "wait", "stop" }, function(what)
        if what == "wait" then return orch.wait(find(id), { on = "exit" }) end
        orch.sleep(50)
        return find(id):stop { grace_ms = 100 }
      end)
      assert.equal("exit", results[1].on)
      assert.is_true(results[2])
    end)
  end)
end)

describe("the list of sessions", function()
  it("has id, name, command, folder and since when", function()
    main(function()
      local id = exec { cmd = "sleep 60", name = "sleeper", workdir = "/usr",
        yield_time_ms = 0 }.session_id
      local list = orch.sessions()
      local s = list[#list]
      assert.equal(id, s.id)
      assert.equal("sleeper", s.name)
      assert.equal("sleep 60", s.command)
      assert.equal("/usr", s.workdir)
      assert.is_true(math.abs(core.time() - s.since) < 10)
    end)
  end)
end)

describe("ending a session", function()
  it("is harmless twice and after the exit, and says not running", function()
    main(function()
      exec { cmd = "sleep 60", yield_time_ms = 0 }
      local list = orch.sessions()
      local s = list[#list]
      assert.is_true(s:stop { grace_ms = 100 })
      local again, why = s:stop()
      assert.is_false(again)
      assert.equal("not running", why)
    end)
  end)

  it("leaves none of a hostile tree alive", function()
    main(function()
      local folder <close> = support.folder()
      local id = exec { workdir = folder.path, yield_time_ms = 0, cmd = [[
        (setsid sh -c 'trap "" TERM INT HUP; echo $$ > a; exec sleep 300' &)
        nohup sh -c 'echo $$ > b; exec sleep 300' >/dev/null 2>&1 &
        (sh -c 'trap "" TERM; kill -STOP $$; echo never' & echo $! > c)
        trap "" INT TERM; echo $$ > d; echo up; while :; do sleep 1; done]] }.session_id
      await(id, "up")
      for _, name in ipairs { "a", "b", "c" } do
        orch.wait(orch.sessions(),
          { on = { file = folder.path .. "/" .. name }, timeout_ms = 5000 })
      end
      local list = orch.sessions()
      list[#list]:stop { grace_ms = 100 }
      for _, name in ipairs { "a", "b", "c", "d" } do
        local pid = core.read(folder.path .. "/" .. name):match "%d+"
        local status = core.read("/proc/" .. pid .. "/status")
        assert.is_true(status == nil or status:find "State:%s+Z" ~= nil)
      end
    end)
  end)

  it("survives a caught error and ends with its scope", function()
    local inner
    main(function()
      orch.all({ 1 }, function()
        pcall(function()
          exec { cmd = "sleep 60", yield_time_ms = 0 }
          error "caught"
        end)
        local list = orch.sessions()
        inner = list[#list]
        assert.equal("running", inner:outcome())
      end)
      inner:settle(10000)
      assert.equal("stopped", (inner:outcome()))
    end)
  end)

  it("reads everything again after the exit", function()
    main(function()
      exec { cmd = "printf 0123456789", max_output_tokens = 1 }
      local list = orch.sessions()
      assert.equal("0123456789", list[#list]:read(0, 100))
      assert.equal("789", list[#list]:tail(3))
    end)
  end)
end)
