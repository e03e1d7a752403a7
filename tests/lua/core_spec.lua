-- core_spec.lua - the seam orch.core as Lua sees it, where the real one is more than any
-- other: see conformance.lua for what all of them must do.

local core = require "orch.core"

local folder

local function fresh_folder()
  folder = core.host().temporary .. "/orch-core-" .. core.hash(core.random(9)):sub(1, 16)
  assert(core.make_folder(folder))
end

local function remove_folder() assert(core.remove(folder, { tree = true })) end

local function start(command, more)
  local spec = {
    folder = folder .. "/session", argv = { "/bin/sh", "-c", command },
    env = { "PATH=/usr/bin:/bin" }, workdir = folder, tty = true,
  }
  for name, value in pairs(more or {}) do spec[name] = value end
  core.make_folder(spec.folder)
  return assert(core.start(spec)), spec.folder
end

local function await(handle, good)
  local last = core.now() + 20000
  while true do
    local status = core.status(handle)
    if good(status) then return status end
    assert(core.now() < last, "waited in vain")
    core.poll(last - core.now())
  end
end

local function is_over(status)
  return status.state == "ended" or status.state == "lost"
end

local function finish(command, more)
  local handle = start(command, more)
  local status = await(handle, is_over)
  local output = core.take(handle, 0, 1 << 20)
  core.release(handle)
  return status, output
end

describe("JSON", function()
  local encode, decode = core.json_encode, core.json_decode

  it("keeps every integer an integer and every number its value", function()
    for _, text in ipairs { "9223372036854775807", "-9223372036854775808", "0" } do
      assert.equal("integer", math.type(decode(text)))
      assert.equal(text, encode(decode(text)))
    end
    assert.equal("0.1", encode(0.1))
    assert.equal("3.0", encode(3.0))
    for _, number in ipairs { 1 / 3, 5e-324, 1.7976931348623157e308, 1700000000.123 } do
      assert.equal(number, decode(encode(number)))
    end
  end)

  it("reads integers that are too big as numbers, and their neighbours as integers",
    function()
      local list = decode "[18446744073709551616, 7, 0.5]"

      assert.equal(2.0 ^ 64, list[1])
      assert.equal("integer", math.type(list[2]))
      assert.equal(0.5, list[3])
    end)

  it("sorts keys at every depth", function()
    assert.equal('{"a":{"x":1,"y":2},"b":[{"c":1,"d":2}]}',
      encode { b = { { d = 2, c = 1 } }, a = { y = 2, x = 1 } })
  end)

  it("writes lines when it is to be pretty", function()
    assert.equal('{\n  "a": [\n    1\n  ]\n}', encode({ a = { 1 } }, { pretty = true }))
  end)

  it("tells an empty list from an empty object, there and back", function()
    assert.equal('{"a":[],"b":{}}', encode(decode '{"b":{},"a":[]}'))
    assert.equal("[]", encode(core.array {}))
    assert.equal("{}", encode {})
  end)

  it("keeps null in its place", function()
    local value = decode '[null,1]'

    assert.equal(core.null, value[1])
    assert.equal("[null,1]", encode(value))
  end)

  it("replaces what is not UTF-8, in values and in keys", function()
    assert.equal('"a\u{fffd}b"', encode "a\xffb")
    assert.equal('{"k\u{fffd}":1}', encode { ["k\xfe"] = 1 })
    assert.equal("a\u{fffd}b", decode '"a\xffb"')
  end)

  it("reads NUL, characters beyond the first plane, and half a surrogate pair", function()
    assert.equal("a\0b", decode '"a\\u0000b"')
    assert.equal('"a\\u0000b"', encode "a\0b")
    assert.equal("\u{1f600}", decode '"\\ud83d\\ude00"')
    assert.equal("\u{fffd}x\u{1f600}\u{fffd}",
      decode '"\\ud83dx\\uD83D\\uDE00\\ude00"')
    assert.equal("\\ud83d", decode '"\\\\ud83d"')
  end)

  it("says where text is wrong", function()
    for _, text in ipairs { "", "[1,", "{'a':1}", "[1] x", '"\\x"', "nul" } do
      local value, message = decode(text)
      assert.is_nil(value)
      assert.matches("^line 1 column %d+: ", message)
    end
  end)

  it("refuses what JSON cannot hold", function()
    local circle = {}
    circle.circle = circle
    local function refuses(pattern, value)
      local ok, message = pcall(encode, value)
      assert.is_false(ok)
      assert.matches(pattern, message)
    end

    refuses("contains itself", circle)
    refuses("cannot hold", { 0 / 0 })
    refuses("cannot hold", math.huge)
    refuses("no data", { f = print })
    refuses("both a list and an object", { 1, 2, x = 3 })
    refuses("no strings", { [1.5] = 1 })
    refuses("NUL", { ["a\0b"] = 1 })
    assert.has_error(function() core.array(setmetatable({}, {})) end)
  end)

  it("reads as deep as it is asked to without falling over", function()
    local deep = ("["):rep(1000) .. ("]"):rep(1000)

    assert.is_table(decode(deep))
    assert.is_nil(decode(("["):rep(100000)))
  end)
end)

describe("files", function()
  before_each(fresh_folder)
  after_each(remove_folder)

  it("bounds what it reads", function()
    core.write(folder .. "/a", ("x"):rep(100))

    assert.equal(10, #core.read(folder .. "/a", 95 - 5, 50))
    assert.equal(7, #core.read(folder .. "/a", 0, 7))
  end)

  it("refuses paths with a NUL byte", function()
    assert.has_error(function() core.read "a\0b" end,
      "bad argument #1 to 'read' (contains a NUL byte)")
  end)

  it("keeps a lock against other processes, which may be signalled through it", function()
    local path = folder .. "/lock"
    local handle = start("exec flock -n " .. path .. " sh -c 'echo $PPID >" .. path
      .. "; echo held; exec sleep 60'")
    await(handle, function() return core.take(handle, 0, 10) == "held\n" end)

    assert.equal("EWOULDBLOCK", select(3, core.lock(path)))
    assert.is_true(core.signal(path, "TERM"))
    local status = await(handle, is_over)

    assert.equal("SIGTERM", status.signal)
    core.release(handle)
    local lock = core.lock(path)
    assert.equal("integer", math.type(lock))
    core.unlock(lock)
  end)
end)

describe("sessions", function()
  before_each(fresh_folder)
  after_each(remove_folder)

  it("take 16 MiB of stdin from a file, all of it", function()
    local brief = folder .. "/brief"
    local text = core.random(1 << 20):rep(16)
    core.write(brief, text)

    local status, output = finish("sha256sum", { stdin = brief })

    assert.equal(0, status.code)
    assert.equal(core.hash(text), output:sub(1, 64))
  end)

  it("give the child 0, 1 and 2 and nothing else", function()
    local _, output = finish "exec ls -1 /proc/self/fd"

    assert.equal("0\n1\n2\n3\n", output) -- 3 is the folder that ls reads
  end)

  it("give the child the environment of the request and nothing else", function()
    local _, output = finish("exec env", { env = { "A=1", "B=two words" } })

    assert.equal("A=1\nB=two words\n", (output:gsub("PWD=[^\n]*\n", "")))
  end)

  it("give the child the limit of open files that we were given", function()
    local _, output = finish "ulimit -n"

    assert.equal(core.host().open_files, tonumber(output))
  end)

  it("name what is wrong with a request", function()
    local function refuses(pattern, more)
      local ok, message = pcall(start, "true", more)
      assert.is_false(ok)
      assert.matches(pattern, message)
    end

    refuses("'argv' is empty", { argv = {} })
    refuses("'argv' has an item that is no string", { argv = { "a", 1 } })
    refuses("'workdir' is no absolute path: 'here'", { workdir = "here" })
    refuses("'stderr' is 'apart': 'merge' or 'file' expected", { stderr = "apart" })
    refuses("'stdin' is 'tty', but 'tty' is false", { stdin = "tty", tty = false })
    refuses("'rows' is out of range", { rows = 70000 })
    refuses("contains a NUL byte", { argv = { "a\0b" } })
  end)

  it("can be asked for by the hundred", function()
    local handles = {}
    for i = 1, 200 do
      handles[i] = start("echo " .. i, { folder = folder .. "/" .. i })
    end

    for i, handle in ipairs(handles) do
      assert.equal("self", await(handle, is_over).ended_by)
      assert.equal(i .. "\n", core.take(handle, 0, 100))
      core.release(handle)
    end
  end)

  it("are no more known once they are released", function()
    local handle = start "true"
    await(handle, is_over)
    core.release(handle)

    assert.has_error(function() core.status(handle) end)
    assert.has_error(function() core.take(handle, 0, 1) end)
    assert.has_error(function() core.control(handle, "kill") end)
    assert.has_error(function() core.release(handle) end)
  end)
end)

describe("guard", function()
  before_each(fresh_folder)
  after_each(function()
    core.guard(nil)
    remove_folder()
  end)

  local function busy(ms)
    return coroutine.create(function()
      local last = core.now() + ms
      while core.now() < last do end
      return "computed"
    end)
  end

  it("stops a coroutine that computes for too long, at its line", function()
    local co = busy(10000)
    core.guard(co, 300)

    local ok, message = coroutine.resume(co)

    assert.is_false(ok)
    assert.matches("^.*core_spec.lua:%d+: the script has computed for 0.3 s without "
      .. "waiting$", message)
  end)

  it("leaves a coroutine alone that comes back in time", function()
    local co = busy(600)
    core.guard(co, 5000)

    assert.same({ true, "computed" }, { coroutine.resume(co) })
  end)

  it("leaves a coroutine alone once it is off guard", function()
    local co = busy(700)
    core.guard(co, 100)
    core.guard(nil)

    assert.same({ true, "computed" }, { coroutine.resume(co) })
  end)

  it("interrupts a computing coroutine, and keeps the signal for poll", function()
    core.catch_signals()
    local lock = core.lock(folder .. "/lock")
    local co = busy(10000)
    core.guard(co)
    local before = core.now()
    core.signal(folder .. "/lock", "INT")

    local ok, message = coroutine.resume(co)

    assert.same({ false, "interrupted" }, { ok, message })
    assert.is_true(core.now() - before < 1000)
    assert.same({ "INT" }, core.poll(1000))
    assert.same({}, core.poll(0))
    core.unlock(lock)
  end)
end)

describe("the rest", function()
  it("writes all of its output, and nowhere but to 1 and 2", function()
    assert.is_true(core.output(1, ""))
    assert.has_error(function() core.output(3, "x") end)
  end)

  local program = core.environment().ORCH_LUA

  -- Runs Lua text under the program, at a terminal or without one.
  local function run_program(text, more)
    assert(core.write(folder .. "/script.lua", text))
    more.argv = { program, "--lua", folder .. "/script.lua" }
    return start(nil, more)
  end

  if program then
    it("takes raw bytes from a terminal, and tells its size", function()
      fresh_folder()
      local handle = run_program([[
        local core = require "orch.core"
        local size = core.terminal(0, true)
        core.output(1, size.rows .. "x" .. size.columns .. "\n")
        local ready = core.poll(5000)
        core.output(1, ready[1] .. " " .. core.hash(core.read "/dev/stdin"))
        core.terminal(0, false)
      ]], { stdin = "tty", rows = 33, cols = 99 })
      await(handle, function() return core.take(handle, 0, 10) ~= "" end)

      core.give(handle, "a\3\4b")
      local status = await(handle, is_over)

      assert.equal(0, status.code)
      assert.equal("33x99\ninput " .. core.hash "a\3\4b", core.take(handle, 0, 200))
      core.release(handle)
      remove_folder()
    end)

    it("reads standard input, and says that it is no terminal", function()
      fresh_folder()
      core.write(folder .. "/brief", "CONTEXT: WORKER\n")
      local handle = run_program([[
        local core = require "orch.core"
        core.output(1, core.read "/dev/stdin" .. select(3, core.terminal(0)))
      ]], { stdin = folder .. "/brief", tty = false })

      assert.equal(0, await(handle, is_over).code)
      assert.equal("CONTEXT: WORKER\nENOTTY", core.take(handle, 0, 200))
      core.release(handle)
      remove_folder()
    end)
  end

  it("knows where its parts are", function()
    local host = core.host()

    assert.equal("file", core.stat(host.keeper).type)
    assert.equal("folder", core.stat(host.share).type)
    assert.matches("^%d+%.%d+%.%d+$", host.version)
    assert.is_true(host.cpus >= 1 and host.open_files >= 1)
  end)
end)

describe("orch.load", function()
  it("takes other texts for some modules, in one library only", function()
    local load = require "orch.load"
    local replaced = {
      ["orch.session.shell"] = "return function() return { 'other' } end",
    }

    local _, find = load(require "orch.core", replaced)

    assert.same({ "other" }, find "orch.session.shell" "x")
    assert.equal(3, #select(2, load(require "orch.core")) "orch.session.shell" "x")
  end)

  it("loads the library anew over the core it is given", function()
    local load = require "orch.load"
    local other = setmetatable({ now = function() return 42.0 end }, { __index = core })

    local orch, fresh_require = load(other)

    assert.not_equal(require "orch", orch)
    assert.equal(other, fresh_require "orch.core")
    assert.equal(orch, fresh_require "orch")
    assert.not_equal(require "orch.task", fresh_require "orch.task")
    assert.equal(require "lpeg", fresh_require "lpeg")
    assert.has_error(function() fresh_require "orch.no_such_module" end,
      "module 'orch.no_such_module' not found")
  end)
end)
