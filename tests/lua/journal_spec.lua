-- The journal of a run: what is written is read again, or said to be damaged.

local core = require "orch.core"
local journal = require "orch.run.journal"
local support = require "support"

local RECORDS = {
  { kind = "launch", n = 1, what = "ask", key = "k1", branch = "", place = 0 },
  { kind = "attempt", of = 1, number = 1, agent = "codex" },
  { kind = "done", of = 1, state = "ok", tokens = 12 },
}

--- A journal of RECORDS in *folder*; returns its bytes.
local function written(folder)
  local own = journal.create(folder, { id = "r1" })
  for _, record in ipairs(RECORDS) do own:write(record, { durable = true }) end
  return core.read(folder .. "/journal")
end

local function put(folder, bytes) assert(core.write(folder .. "/journal", bytes)) end

--- Where the last line of *bytes* begins.
local function last_line(bytes) return #bytes - #bytes:match "[^\n]*\n$" end

describe("a journal", function()
  it("is read as it was written", function()
    local here <close> = support.folder()

    written(here.path)

    local read = assert(journal.read(here.path))
    assert.equal(4, #read.records)
    assert.equal("r1", read.records[1].id)
    assert.equal("codex", read.records[3].agent)
    assert.is_false(read.torn)
  end)

  it("loses its last record alone when that is cut at any byte", function()
    local here <close> = support.folder()
    local bytes = written(here.path)

    for size = last_line(bytes), #bytes - 1 do
      put(here.path, bytes:sub(1, size))
      local read = assert(journal.read(here.path))
      assert.equal(3, #read.records)
      assert.equal(size > last_line(bytes), read.torn)
    end
  end)

  it("goes on after a torn record as if that had never been begun", function()
    local here <close> = support.folder()
    local bytes = written(here.path)
    put(here.path, bytes:sub(1, -5))

    local read = assert(journal.read(here.path))
    journal.continue(here.path, read):write { kind = "end", code = 0 }

    local again = assert(journal.read(here.path))
    assert.equal(4, #again.records)
    assert.equal("end", again.records[4].kind)
  end)

  it("never gives another record for a flipped byte", function()
    local here <close> = support.folder()
    local bytes = written(here.path)
    local before = assert(journal.read(here.path)).records

    for at = 1, #bytes do
      local other = string.char(bytes:byte(at) ~ (1 << (at % 8)))
      put(here.path, bytes:sub(1, at - 1) .. other .. bytes:sub(at + 1))
      local read = journal.read(here.path)
      for i, record in ipairs(read and read.records or {}) do
        assert.same(before[i], record)
      end
      if read then assert.is_true(at >= last_line(bytes)) end
    end
  end)

  it("says at which byte it is damaged", function()
    local here <close> = support.folder()
    local bytes = written(here.path)
    local first = #bytes:match "^[^\n]*\n"
    put(here.path, bytes:sub(1, first + 3) .. "?" .. bytes:sub(first + 5))

    local read, message = journal.read(here.path)

    assert.is_nil(read)
    assert.matches("is damaged at byte " .. first .. ":", message, 1, true)
  end)

  it("sees that a whole line was taken out", function()
    local here <close> = support.folder()
    local bytes = written(here.path)

    put(here.path, (bytes:gsub("\n[^\n]*", "", 1)))

    assert.is_nil(journal.read(here.path))
  end)

  it("of a newer format is refused in words", function()
    local here <close> = support.folder()
    put(here.path, '{"format":2,"kind":"run","sum":"another way"}\n')

    local read, message = journal.read(here.path)

    assert.is_nil(read)
    assert.matches("was written by a newer orch-lua", message, 1, true)
  end)

  it("that was never begun is no journal", function()
    local here <close> = support.folder()

    assert.matches("no such file", select(2, journal.read(here.path)), 1, true)
    put(here.path, "")
    assert.matches("has no beginning", select(2, journal.read(here.path)), 1, true)
  end)

  it("writes nothing after a record that could not be synced", function()
    local world = support.world {}
    local other = support.library(world) "orch.run.journal"
    assert(world.make_folder("/tmp/run", { parents = true }))
    local own = other.create("/tmp/run", { id = "r1" })
    local append = world.append
    world.append = function(path, bytes)
      append(path, bytes)
      return nil, "input/output error", "EIO"
    end

    local first = pcall(own.write, own, { kind = "end" })
    world.append = append
    local second, problem = pcall(own.write, own, { kind = "end" })

    assert.is_false(first)
    assert.is_false(second)
    assert.equal("disk", problem.cause)
  end)

  it("goes on when space has returned", function()
    local world = support.world {}
    local other = support.library(world) "orch.run.journal"
    assert(world.make_folder("/tmp/run", { parents = true }))
    local own = other.create("/tmp/run", { id = "r1" })
    world.world:fail("append", "ENOSPC")

    assert.is_false((pcall(own.write, own, { kind = "end", code = 1 })))
    own:write { kind = "end", code = 2 }

    assert.equal(2, other.read("/tmp/run").records[2].code)
  end)
end)
