-- Where things are kept, and what becomes of it when the disk is full.

local core = require "orch.core"
local support = require "support"

--- A fresh library whose environment has *own* as well, and whose output is collected.
local function library(own, more)
  local environment, printed = core.environment(), {}
  for name, value in pairs(own) do environment[name] = value end
  local over = setmetatable({
    environment = function() return environment end,
    output = function(_, bytes) printed[#printed + 1] = bytes return true end,
  }, { __index = core })
  for name, value in pairs(more or {}) do over[name] = value end
  return support.library(over), printed
end

describe("the folders", function()
  it("are absolute, also where the environment names them from here", function()
    local scratch <close> = support.folder()
    local host = core.host()
    host.folder, host.temporary = scratch.path, scratch.path
    local load = library({ ORCH_STATE_DIR = "state", XDG_RUNTIME_DIR = "." },
      { host = function() return host end })
    local folders = load "orch.folders"

    assert.equal(scratch.path .. "/state", folders.runs())
    assert.equal("/", folders.runtime():sub(1, 1))
    local result = load "orch".exec_command { cmd = "echo hi" }
    folders.forget()

    assert.equal("hi\n", result.output)
  end)
end)

describe("a full disk", function()
  local function full(folder)
    local state = { is_full = false }
    local load, printed = library({ ORCH_STATE_DIR = folder }, {
      write = function(...)
        if state.is_full then return nil, "no space left on device", "ENOSPC" end
        return core.write(...)
      end,
    })
    return state, load, printed
  end

  it("does not keep a delivered result from stdout", function()
    local scratch <close> = support.folder()
    local disk, load, printed = full(scratch.path)
    local run = assert(load "orch.run".open { name = "test" })
    disk.is_full = true

    local outcome = run:execute(function()
      return load "orch".deliver { result = "It is done.", next_step = "Look at it." }
    end)
    run:close()

    assert.matches("It is done.", table.concat(printed))
    assert.equal(3, outcome.code)
    assert.matches("result.md'.*ENOSPC", outcome.message)
  end)

  it("leaves no half of a run's folder behind", function()
    local scratch <close> = support.folder()
    local disk, load = full(scratch.path)
    disk.is_full = true

    local run, problem = load "orch.run".open { name = "test", source = "return" }

    assert.is_nil(run)
    assert.matches("ENOSPC", problem)
    assert.same({}, core.list(scratch.path))
  end)

  it("is the reason when a command cannot start", function()
    local scratch <close> = support.folder()
    local disk, load = full(scratch.path)
    disk.is_full = true

    local ok, problem = pcall(load "orch".exec_command, { cmd = "echo hi" })
    load "orch.folders".forget()

    assert.is_false(ok)
    assert.equal("disk", problem.cause)
    assert.matches("/spec': no space left", problem.reason)
  end)
end)
