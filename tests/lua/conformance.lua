-- conformance.lua - what every implementation of orch.core must do, as one list of tests.
--
-- conformance(open): open() -> core, folder, close; *folder* is an empty scratch folder.
-- The commands below are given to /bin/sh, so a world needs a handler for each of them.

local limit_ms = 10000

-- Poll until good(status of handle); returns that status.
local function await(core, handle, good)
  local last = core.now() + limit_ms
  while true do
    local status = core.status(handle)
    if good(status) then return status end
    if core.now() >= last then
      error("the session is still " .. status.state .. " with "
        .. core.take(handle, 0, 100), 2)
    end
    core.poll(last - core.now())
  end
end

local function ended(status) return status.state == "ended" end

local function printed(core, handle, text)
  return function() return core.take(handle, 0, 65536):find(text, 1, true) ~= nil end
end

local function file_tests(scene)
  local core, folder

  before_each(function() core, folder = scene.core, scene.folder end)

  it("reads back what was written", function()
    assert.is_true(core.write(folder .. "/a", "one\0two"))

    assert.equal("one\0two", core.read(folder .. "/a"))
    assert.equal("wo", core.read(folder .. "/a", 5, 10))
    assert.equal("one", core.read(folder .. "/a", 0, 3))
    assert.equal("", core.read(folder .. "/a", 100))
  end)

  it("makes private files and folders unless told otherwise", function()
    core.write(folder .. "/a", "x")
    core.write(folder .. "/b", "x", { mode = tonumber("644", 8) })
    core.append(folder .. "/c", "x")
    core.make_folder(folder .. "/d")

    assert.equal(tonumber("600", 8), core.stat(folder .. "/a").mode & 511)
    assert.equal(tonumber("644", 8), core.stat(folder .. "/b").mode & 511)
    assert.equal(tonumber("600", 8), core.stat(folder .. "/c").mode & 511)
    assert.equal(tonumber("700", 8), core.stat(folder .. "/d").mode & 511)
  end)

  it("replaces a file, by another inode or in place", function()
    core.write(folder .. "/a", "old")
    local inode = core.stat(folder .. "/a").inode

    core.write(folder .. "/a", "newer", { atomic = false })
    assert.equal(inode, core.stat(folder .. "/a").inode)
    core.write(folder .. "/a", "newest", { durable = true })
    assert.not_equal(inode, core.stat(folder .. "/a").inode)
    assert.equal("newest", core.read(folder .. "/a"))
    assert.same({ "a" }, core.list(folder))
  end)

  it("refuses an exclusive write over a file", function()
    core.write(folder .. "/a", "mine", { exclusive = true })

    local _, message, name = core.write(folder .. "/a", "theirs", { exclusive = true })

    assert.equal("EEXIST", name)
    assert.is_string(message)
    assert.equal("mine", core.read(folder .. "/a"))
  end)

  it("changes the folder where relative paths begin", function()
    local before = core.host().folder
    core.make_folder(folder .. "/inner")
    core.write(folder .. "/inner/a", "x")

    assert.is_true(core.change_folder(folder .. "/inner"))
    local bytes, here = core.read "a", core.host().folder
    assert(core.change_folder(before))

    assert.equal("x", bytes)
    assert.equal(folder .. "/inner", here)
    assert.equal("ENOENT", select(3, core.change_folder(folder .. "/none")))
    assert.equal("ENOTDIR", select(3, core.change_folder(folder .. "/inner/a")))
  end)

  it("appends and tells the size", function()
    assert.equal(3, core.append(folder .. "/log", "one"))
    assert.equal(6, core.append(folder .. "/log", "two"))
    assert.equal("onetwo", core.read(folder .. "/log"))
    assert.is_true(core.sync(folder .. "/log"))
  end)

  it("truncates", function()
    core.write(folder .. "/a", "123456")

    assert.is_true(core.truncate(folder .. "/a", 3))

    assert.equal("123", core.read(folder .. "/a"))
  end)

  it("overwrites what is there, and nothing behind it", function()
    core.write(folder .. "/a", "123456")

    assert.is_true(core.overwrite(folder .. "/a", 2, "xy"))
    local done, _, name = core.overwrite(folder .. "/a", 5, "xy")

    assert.is_nil(done)
    assert.equal("EINVAL", name)
    assert.equal("12xy56", core.read(folder .. "/a"))
  end)

  it("says nil, a message and the name of the error", function()
    core.write(folder .. "/a", "x")
    local function name_of(result, message, name)
      assert.is_nil(result)
      assert.is_string(message)
      return name
    end

    assert.equal("ENOENT", name_of(core.read(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.stat(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.list(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.remove(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.sync(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.real_path(folder .. "/none")))
    assert.equal("ENOENT", name_of(core.write(folder .. "/none/a", "x")))
    assert.equal("ENOENT", name_of(core.move(folder .. "/none", folder .. "/b")))
    assert.equal("ENOENT", name_of(core.make_folder(folder .. "/none/a")))
    assert.equal("ENOTDIR", name_of(core.list(folder .. "/a")))
    assert.equal("ENOTDIR", name_of(core.read(folder .. "/a/b")))
    assert.equal("EISDIR", name_of(core.read(folder)))
    assert.equal("EINVAL", name_of(core.link_target(folder .. "/a")))
  end)

  it("makes, lists and removes folders", function()
    assert.is_true(core.make_folder(folder .. "/x/y", { parents = true }))
    assert.is_true(core.make_folder(folder .. "/x/y", { parents = true }))
    assert.equal("EEXIST", select(3, core.make_folder(folder .. "/x")))
    core.write(folder .. "/x/b", "")
    core.write(folder .. "/x/B", "")

    assert.same({ "B", "b", "y" }, core.list(folder .. "/x"))
    assert.equal("folder", core.stat(folder .. "/x/y").type)
    assert.equal("ENOTEMPTY", select(3, core.remove(folder .. "/x")))
    assert.is_true(core.remove(folder .. "/x/y"))
    assert.is_true(core.remove(folder .. "/x", { tree = true }))
    assert.same({}, core.list(folder))
  end)

  it("moves a file over another, but not when that is exclusive", function()
    core.write(folder .. "/a", "a")
    core.write(folder .. "/b", "b")

    assert.equal("EEXIST",
      select(3, core.move(folder .. "/a", folder .. "/b", { exclusive = true })))
    assert.is_true(core.move(folder .. "/a", folder .. "/b"))
    assert.equal("a", core.read(folder .. "/b"))
    assert.same({ "b" }, core.list(folder))
  end)

  it("moves a folder neither into itself nor over what holds it", function()
    core.make_folder(folder .. "/x/y", { parents = true })

    assert.equal("EINVAL", select(3, core.move(folder .. "/x", folder .. "/x/y/z")))
    assert.equal("ENOTEMPTY", select(3, core.move(folder .. "/x/y", folder .. "/x")))
    core.write(folder .. "/x/y/z", "")
    assert.equal("ENOTEMPTY", select(3, core.move(folder .. "/x/y/z", folder .. "/x")))
  end)

  it("knows the real path and the time of a change", function()
    core.make_folder(folder .. "/x")
    core.write(folder .. "/x/a", "12")
    local stat = core.stat(folder .. "/x/a")

    assert.equal(core.real_path(folder) .. "/x/a",
      core.real_path(folder .. "/x/../x/./a"))
    assert.equal(2, stat.size)
    assert.equal("file", stat.type)
    assert.is_true(math.abs(stat.mtime - core.time()) < 60)
    assert.equal("float", math.type(stat.mtime))
    assert.equal("integer", math.type(stat.inode))
  end)

  it("raises on a caller's mistake", function()
    local function mistake(what, name, ...)
      local ok, message = pcall(core[name], ...)
      assert.is_false(ok)
      assert.matches(("^bad argument #%d to '[%%w.]*%s'"):format(what, name), message)
    end

    mistake(1, "read")
    mistake(2, "write", folder .. "/a", {})
    mistake(1, "status", 123456)
    mistake(1, "output", 7, "x")
  end)
end

local function lock_tests(scene)
  local core, folder

  before_each(function() core, folder = scene.core, scene.folder end)

  it("gives a lock to one holder at a time and writes its pid", function()
    local lock = core.lock(folder .. "/lock")

    assert.equal("integer", math.type(lock))
    assert.equal("EWOULDBLOCK", select(3, core.lock(folder .. "/lock")))
    assert.equal(core.host().pid .. "\n", core.read(folder .. "/lock"))
    core.unlock(lock)
    local again = core.lock(folder .. "/lock")
    assert.is_true(again > lock)
    core.unlock(again)
  end)

  it("signals nobody by a lock that is free", function()
    core.unlock(core.lock(folder .. "/lock"))

    assert.equal("ESRCH", select(3, core.signal(folder .. "/lock", "INT")))
  end)

  it("tells whether a lock is held, and takes nothing", function()
    local lock = core.lock(folder .. "/lock")

    assert.is_true(core.locked(folder .. "/lock"))
    core.unlock(lock)
    assert.is_false(core.locked(folder .. "/lock"))
    assert.equal("ENOENT", select(3, core.locked(folder .. "/none")))
  end)

  it("reports once that a watched file appears, changes and goes", function()
    local watch = core.watch(folder .. "/a")
    assert.same({}, core.poll(0))
    local steps = {
      function() core.write(folder .. "/a", "x", { atomic = false }) end,
      function() core.append(folder .. "/a", "y") end,
      function() core.remove(folder .. "/a") end,
    }

    for _, step in ipairs(steps) do
      step()
      assert.same({ watch }, core.poll(limit_ms))
      assert.same({}, core.poll(0))
    end
    core.release(watch)
    core.write(folder .. "/a", "x")
    assert.same({}, core.poll(0))
  end)
end

local function value_tests(scene)
  local core

  before_each(function() core = scene.core end)

  it("keeps integers, lists and null through JSON", function()
    local text = core.json_encode {
      b = core.array {}, a = 9007199254740993, c = core.null, d = { 1, 2 }, e = true,
    }

    assert.equal('{"a":9007199254740993,"b":[],"c":null,"d":[1,2],"e":true}',
      (text:gsub("[ \n]", "")))
    local value = core.json_decode(text)
    assert.equal(9007199254740993, value.a)
    assert.equal(core.null, value.c)
    assert.equal("[]", core.json_encode(value.b))
    local nothing, message = core.json_decode "[1,"
    assert.is_nil(nothing)
    assert.is_string(message)
  end)

  it("gives as many random bytes as were asked for", function()
    assert.equal(0, #core.random(0))
    assert.equal(13, #core.random(13))
    assert.not_equal(core.random(16), core.random(16))
  end)

  it("knows its machine", function()
    local host = core.host()

    for _, name in ipairs { "name", "user", "folder", "version", "boot", "home",
      "temporary" } do
      assert.is_string(host[name], name)
    end
    for _, name in ipairs { "pid", "uid", "cpus", "open_files" } do
      assert.equal("integer", math.type(host[name]), name)
    end
    assert.is_true(core.memory().available <= core.memory().total)
    assert.is_string(core.environment().PATH)
  end)

  it("lets time pass while it waits for nothing", function()
    local before = core.now()

    assert.same({}, core.poll(20))

    assert.equal("float", math.type(before))
    assert.is_true(core.now() - before >= 19)
  end)
end

local function session_tests(scene)
  local core, folder, count

  before_each(function() core, folder, count = scene.core, scene.folder, 0 end)

  local function start(command, more)
    count = count + 1
    local spec = {
      folder = folder .. "/s" .. count, argv = { "/bin/sh", "-c", command },
      env = { "PATH=/usr/bin:/bin" }, workdir = folder, tty = true, stdin = "null",
      stderr = "merge", rows = 24, cols = 80, lease_ms = 0, deadline_ms = 0,
      cap = 1 << 20, on_leader_exit = "kill",
    }
    for name, value in pairs(more or {}) do spec[name] = value end
    core.make_folder(spec.folder)
    return assert(core.start(spec)), spec.folder
  end

  local function outcome(command, more)
    local handle = start(command, more)
    local status = await(core, handle, ended)
    return status, core.take(handle, 0, 65536), handle
  end

  it("captures the output and the exit code", function()
    local status, output = outcome "printf hi; exit 17"

    assert.equal("hi", output)
    assert.equal(17, status.code)
    assert.is_nil(status.signal)
    assert.equal("self", status.ended_by)
    assert.equal(2, status.bytes)
    assert.equal(0, status.left)
    assert.equal(0, status.dropped)
    assert.is_true(status.ended >= status.started)
  end)

  it("captures the same through a pipe", function()
    local status, output = outcome("printf hi; exit 17", { tty = false })

    assert.equal("hi", output)
    assert.equal(17, status.code)
  end)

  it("names the signal that ended a process", function()
    local status = outcome "kill -9 $$"

    assert.equal("SIGKILL", status.signal)
    assert.is_nil(status.code)
    assert.equal("self", status.ended_by)
  end)

  it("gives the end of file, or a file, as stdin", function()
    core.write(folder .. "/in", "text\n")

    assert.equal("got=", select(2, outcome "read x; printf got=$x"))
    assert.equal("got=text",
      select(2, outcome("read x; printf got=$x", { stdin = folder .. "/in" })))
  end)

  it("keeps stderr apart when asked to", function()
    local handle, where = start("printf out; printf err >&2", { stderr = "file" })

    await(core, handle, ended)

    assert.equal("out", core.take(handle, 0, 100))
    assert.equal("err", core.read(where .. "/stderr"))
  end)

  it("types a line, and numbers what it accepts and refuses", function()
    local handle = start("read x; printf got=$x", { stdin = "tty" })

    local refused = core.give(handle, ("x"):rep(5000) .. "\n")
    local ticket = core.give(handle, "text\n")
    local status = await(core, handle, ended)

    assert.equal("got=text", core.take(handle, 0, 100))
    assert.equal(ticket, status.accepted)
    assert.equal(refused, status.refused)
    assert.is_true(ticket > refused)
    assert.equal("EPIPE", select(3, core.give(handle, "x")))
  end)

  it("refuses input for a process that has no terminal", function()
    local handle = start("exec sleep 60", { tty = false })

    local ticket = core.give(handle, "text\n")

    await(core, handle, function(status) return status.refused == ticket end)
    core.control(handle, "kill")
    await(core, handle, ended)
  end)

  it("interrupts a process, which may have something to say", function()
    local handle = start
      "trap 'printf caught; exit 42' INT; printf ready; while :; do sleep .05; done"
    await(core, handle, printed(core, handle, "ready"))

    assert.is_true(core.control(handle, "interrupt"))
    local status = await(core, handle, ended)

    assert.equal("readycaught", core.take(handle, 0, 100))
    assert.equal(42, status.code)
    assert.equal("self", status.ended_by)
    assert.equal("ESRCH", select(3, core.control(handle, "interrupt")))
  end)

  it("stops a process by an interrupt first", function()
    local handle = start "printf ready; exec sleep 60"
    await(core, handle, printed(core, handle, "ready"))

    core.control(handle, "stop", { interrupt_ms = 5000, terminate_ms = 5000 })
    local status = await(core, handle, ended)

    assert.equal("SIGINT", status.signal)
    assert.equal("stop", status.ended_by)
    assert.equal("ESRCH", select(3, core.control(handle, "stop", {})))
  end)

  it("stops a process that ignores all that can be ignored", function()
    local handle = start "trap '' INT TERM; printf ready; exec sleep 60"
    await(core, handle, printed(core, handle, "ready"))

    core.control(handle, "stop", { interrupt_ms = 30, terminate_ms = 30 })
    local status = await(core, handle, ended)

    assert.equal("SIGKILL", status.signal)
    assert.equal("stop", status.ended_by)
  end)

  it("stops with the graces that the session was started with", function()
    local handle = start("trap '' INT TERM; printf ready; exec sleep 60",
      { interrupt_ms = 30, terminate_ms = 30 })
    await(core, handle, printed(core, handle, "ready"))

    local began = core.now()
    core.control(handle, "stop", {})
    local status = await(core, handle, ended)

    assert.equal("SIGKILL", status.signal)
    assert.is_true(core.now() - began < 2000)
  end)

  it("ends a session at its deadline", function()
    local status = outcome("exec sleep 60", { deadline_ms = 100 })

    assert.equal("deadline", status.ended_by)
    assert.equal("SIGINT", status.signal)
  end)

  it("ends what outlives the leader, and counts it", function()
    local status = outcome("sleep 60 & printf started", { tty = false })

    assert.equal(0, status.code)
    assert.equal("self", status.ended_by)
    assert.equal(1, status.left)
    assert.equal(0, status.survivors)
  end)

  it("hangs up on what the leader leaves at a terminal that is typed at", function()
    local status = outcome("sleep 60 & printf started", { stdin = "tty" })

    assert.equal(0, status.code)
    assert.equal(0, status.left)
  end)

  it("tells the same fields of a session everywhere", function()
    local function fields(status)
      local names = {}
      for name in pairs(status) do names[#names + 1] = name end
      table.sort(names)
      return table.concat(names, " ")
    end
    local handle = start("read x; printf got=$x", { stdin = "tty" })
    local running = await(core, handle, function(s) return s.state == "running" end)
    core.give(handle, "text\n")
    local over = await(core, handle, ended)
    local failed = outcome("", { argv = { "/no/such/program" } })

    assert.equal("accepted bytes owner pid queued refused state", fields(running))
    assert.equal("accepted bytes code dropped ended ended_by left owner pid queued "
      .. "refused started state survivors v", fields(over))
    assert.equal("accepted bytes dropped ended ended_by error left owner queued "
      .. "refused stage started state survivors v", fields(failed))
  end)

  it("says why a process could not be started", function()
    local missing = outcome("", { argv = { "/no/such/program" } })
    local nowhere = outcome("printf hi", { workdir = folder .. "/none" })

    assert.equal("start", missing.ended_by)
    assert.equal("ENOENT", missing.error)
    assert.equal("exec", missing.stage)
    assert.equal("start", nowhere.ended_by)
    assert.equal("ENOENT", nowhere.error)
    assert.equal("workdir", nowhere.stage)
  end)

  it("leaves a record of one line of JSON", function()
    local handle, where = start "printf hi; exit 17"
    local status = await(core, handle, ended)

    local text = core.read(where .. "/exit")
    local record = core.json_decode(text)

    assert.matches("^[^\n]*\n$", text)
    assert.equal(1, record.v)
    assert.equal(17, record.code)
    assert.equal(core.null, record.signal)
    assert.equal(core.null, record.error)
    for _, name in ipairs { "bytes", "dropped", "left", "survivors", "ended_by" } do
      assert.equal(status[name], record[name])
    end
    assert.equal("hi", core.read(where .. "/transcript"))
  end)

  it("follows living, finished and lost sessions alike", function()
    local handle, where = start "printf ready; exec sleep 60"
    await(core, handle, printed(core, handle, "ready"))
    core.make_folder(folder .. "/lost")
    core.write(folder .. "/lost/transcript", "half a")

    local living = core.attach(where, "look")
    await(core, living, function(status) return status.state == "running" end)
    assert.is_false(core.status(living).owner)
    core.control(handle, "kill")
    await(core, living, ended)
    local finished = core.attach(where, "look")
    local lost = core.attach(folder .. "/lost", "own")

    local record = await(core, finished, ended)
    assert.equal("SIGKILL", record.signal)
    assert.equal("stop", record.ended_by)
    assert.is_nil(record.code)
    assert.is_nil(record.error)
    assert.equal("ready", core.take(finished, 0, 100))
    await(core, lost, function(status) return status.state == "lost" end)
    assert.equal("half a", core.take(lost, 0, 100))
    assert.equal("ENOENT", select(3, core.attach(folder .. "/none", "look")))
  end)

  it("ends a session without a lease when its owner lets go", function()
    local handle, where = start "printf ready; exec sleep 60"
    await(core, handle, printed(core, handle, "ready"))
    local onlooker = core.attach(where, "look")
    core.poll(0)

    core.release(handle)
    local status = await(core, onlooker, ended)

    assert.equal("engine", status.ended_by)
  end)

  it("leaves a session with a lease to the next owner", function()
    local handle, where = start("read x; printf got=$x",
      { stdin = "tty", lease_ms = 60000 })
    await(core, handle, function(status) return status.state == "running" end)

    core.release(handle)
    local owner = core.attach(where, "own")
    await(core, owner, function(status) return status.owner end)
    core.give(owner, "text\n")
    local status = await(core, owner, ended)

    assert.equal(0, status.code)
    assert.equal("got=text", core.take(owner, 0, 100))
  end)

  it("keeps the head and the newest tail of more output than its cap", function()
    local status, output = outcome("printf %s AAAA; seq 100000; printf ZZZZ",
      { cap = 65536 })

    assert.equal("AAAA", output:sub(1, 4))
    assert.is_true(status.dropped > 0)
    assert.equal(588895 + 8, status.bytes)
  end)

  it("reports each change once", function()
    local handle = start "exit 0"
    await(core, handle, ended)
    core.poll(0)

    assert.same({}, core.poll(0))
  end)
end

local function detach_tests(scene)
  local core, log

  before_each(function() core, log = scene.core, scene.folder .. "/log" end)

  local function detach(command)
    return core.detach({ "/bin/sh", "-c", command }, log)
  end

  local function wait_until_it_ended()
    local watch = core.watch(log)
    local last = core.now() + limit_ms
    while core.locked(log) and core.now() < last do core.poll(last - core.now()) end
    core.release(watch)
    return not core.locked(log)
  end

  it("lets a program go on without us, and keeps what it prints", function()
    core.append(log, "before\n")

    assert.is_true(detach "printf out; printf err >&2")

    assert.is_true(wait_until_it_ended())
    assert.equal("before\nouterr", core.read(log))
  end)

  it("gives it nothing to read and no terminal", function()
    assert.is_true(detach "read x; printf got=$x")

    assert.is_true(wait_until_it_ended())
    assert.equal("got=", core.read(log))
  end)

  it("holds the lock of the log while the program lives", function()
    detach "sleep .5"

    assert.is_true(core.locked(log))
    assert.equal("EAGAIN", select(3, detach "exit 0"))
    assert.is_true(wait_until_it_ended())
  end)

  it("says which program or folder is not there", function()
    assert.equal("ENOENT", select(3, core.detach({ "/none/program" }, log)))
    assert.equal("ENOENT",
      select(3, core.detach({ "/bin/sh" }, scene.folder .. "/none/log")))
    assert.has_error(function() core.detach({ "sh" }, log) end)
  end)
end

return function(open)
  local scene = {}
  local close

  before_each(function() scene.core, scene.folder, close = open() end)
  after_each(function() close() end)

  describe("keeps files:", function() file_tests(scene) end)
  describe("locks and watches:", function() lock_tests(scene) end)
  describe("knows values:", function() value_tests(scene) end)
  describe("runs sessions:", function() session_tests(scene) end)
  describe("detaches programs:", function() detach_tests(scene) end)
end
