-- Processes that wait for somebody to type: as the kernel tells, in a world and for real.

local real = require "orch.core"
local support = require "support"

local SELF = "17 0x3 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n"   -- pread64, on x86-64
local BUFFER = 0x7f0000001000

-- The beginning of a program for x86-64.
local HEADER = "\127ELF" .. ("\0"):rep(14) .. ("<I2"):pack(62)

--- A world with processes = { [pid] = { syscall, children = "..", fds = { [n] = path },
-- memory = bytes at BUFFER, fdinfo = { [n] = text } } }; of(pid) there.
local function look(processes, pid, own)
  local files = { ["/proc/self/syscall"] = own or SELF, ["/keeper"] = HEADER }
  for number, process in pairs(processes) do
    local place = "/proc/" .. number
    local thread = place .. "/task/" .. number
    files[thread .. "/syscall"] = process[1]
    files[thread .. "/children"] = process.children or ""
    for fd, path in pairs(process.fds or {}) do
      files[place .. "/fd/" .. fd] = { link = path }
    end
    for fd, text in pairs(process.fdinfo or {}) do
      files[place .. "/fdinfo/" .. fd] = text
    end
  end
  local world = support.world { files = files, host = { keeper = "/keeper" } }
  local read = world.read
  world.read = function(path, offset, n)
    local number = path:match "^/proc/(%d+)/mem$"
    if not number then return read(path, offset, n) end
    local memory = processes[math.tointeger(number)].memory
    return memory:sub(offset - BUFFER + 1, offset - BUFFER + n)
  end
  return support.library(world) "orch.session.awaiting_input".of(pid)
end

local function syscall(number, ...)
  local words = { number }
  for i = 1, 8 do words[i + 1] = ("0x%x"):format((select(i, ...)) or 0) end
  return table.concat(words, " ") .. "\n"
end

local TERMINAL, FILE = "/dev/pts/7", "/home/user/brief"
local FOR_EVER = 0xffffffff

describe("a process waits for input", function()
  it("that reads a terminal, and not one that reads a file", function()
    assert.is_true(look({ [9] = { syscall(0, 3), fds = { [3] = TERMINAL } } }, 9))
    assert.is_true(look({ [9] = { syscall(0, 0), fds = { [0] = "/dev/tty" } } }, 9))
    assert.is_false(look({ [9] = { syscall(0, 0), fds = { [0] = FILE } } }, 9))
    assert.is_false(look({ [9] = { syscall(1, 1), fds = { [1] = TERMINAL } } }, 9))
    assert.is_false(look({ [9] = { "running\n" } }, 9))
    assert.is_false(look({}, 9))
  end)

  it("is seen by who may not look at itself, as orch-lua of an ordinary user", function()
    local reads = { [9] = { syscall(0, 3), fds = { [3] = TERMINAL } } }

    assert.is_true(look(reads, 9, ""))
  end)

  it("wherever it is in the tree", function()
    assert.is_true(look({
      [9] = { syscall(61, 0), children = "10 11 " },
      [10] = { syscall(35, 0) },
      [11] = { syscall(61, 0), children = "12 " },
      [12] = { syscall(0, 4), fds = { [4] = "/dev/tty" } },
    }, 9))
  end)

  it("by the numbers of the machine", function()
    local reads = { [9] = { syscall(63, 3), fds = { [3] = TERMINAL } } }

    assert.is_true(look(reads, 9, "67 0x3\n"))
    assert.is_false(look(reads, 9))
  end)

  it("that polls a terminal for ever", function()
    local list = ("<i4i2i2i4i2i2"):pack(5, 1, 0, 0, 1, 0)
    local function polls(timeout, fds, children)
      return look({ [9] = { syscall(7, BUFFER, 2, timeout), fds = fds, memory = list,
        children = children } }, 9)
    end

    assert.is_true(polls(FOR_EVER, { [5] = FILE, [0] = TERMINAL }))
    assert.is_false(polls(1000, { [5] = FILE, [0] = TERMINAL }))
    assert.is_false(polls(FOR_EVER, { [5] = TERMINAL .. "x", [0] = FILE }))
    assert.is_false(polls(FOR_EVER, { [0] = TERMINAL }, "10 "))
  end)

  it("that selects a terminal for ever", function()
    local function selects(timeout)
      return look({ [9] = { syscall(23, 4, BUFFER, 0, 0, timeout), memory = "\9",
        fds = { [0] = FILE, [3] = TERMINAL } } }, 9)
    end

    assert.is_true(selects(0))
    assert.is_false(selects(BUFFER))
  end)

  it("that has a terminal in its epoll", function()
    local function waits(events)
      return look({ [9] = { syscall(232, 6, BUFFER, 10, FOR_EVER),
        fds = { [0] = TERMINAL },
        fdinfo = { [6] = "pos:\t0\ntfd:        0 events:       " .. events
          .. " data: 0 pos:0 ino:a sdev:1a\n" } } }, 9)
    end

    assert.is_true(waits "19")
    assert.is_false(waits "4")
  end)
end)

describe("a real process waits for input", function()
  local function eventually(command, stdin)
    local awaiting_input = require "orch.session.awaiting_input"
    local folder <close> = support.folder()
    local handle = assert(real.start { folder = folder.path, workdir = "/tmp",
      argv = { "/bin/sh", "-c", command }, env = { "PATH=/usr/bin:/bin" },
      tty = true, stdin = stdin })
    local last = real.now() + 5000
    local waits
    repeat
      real.poll(50)
      local pid = real.status(handle).pid
      waits = pid and awaiting_input.of(pid)
    until waits or real.status(handle).state == "ended" or real.now() > last
    real.control(handle, "kill")
    while real.status(handle).state ~= "ended" do real.poll(1000) end
    real.release(handle)
    return waits
  end

  it("that reads its controlling terminal, with a file as its stdin", function()
    assert.is_true(eventually("read x </dev/tty; echo $x", "null"))
  end)

  it("that a child of a child of it reads for", function()
    assert.is_true(eventually("sh -c 'sh -c \"read x; echo\"; echo'; echo", "tty"))
  end)

  it("and one that ends does not", function()
    assert.is_false(eventually("exec true", "tty"))
  end)
end)
