--- What doctor says of a machine, in the world: there any machine can be had.

local support = require "support"

local SHARE = "/opt/orch-lua/share/orch-lua"

-- A machine on which nothing is wrong; *changes* are files to add, or to leave out.
local function files(changes)
  local all = {
    ["/proc/sys/kernel/osrelease"] = "6.1.0-18-amd64\n",
    ["/proc/self/task/7/children"] = "",
    ["/proc/self/limits"] = "Limit  Soft Limit  Hard Limit  Units\n"
      .. "Max open files            1024                 20000                files\n",
    ["/proc/sys/kernel/pty/max"] = "4096\n", ["/proc/sys/kernel/pty/nr"] = "12\n",
    ["/home/user/.codex/auth.json"] = "{}",
  }
  local core = require "orch.core"
  for _, name in ipairs { "implementer", "preamble" } do
    local file = ("/worker-templates/%s.lua"):format(name)
    all[SHARE .. file] = core.read(core.host().share .. file)
  end
  for path, what in pairs(changes or {}) do all[path] = what or nil end
  return all
end

local function completed(text)
  return ('{"type":"item.completed","item":{"type":"agent_message","text":%q}}\n')
    :format(text):gsub("\\\n", "\\n")
    .. '{"type":"turn.completed","usage":{"input_tokens":900,"output_tokens":20}}\n'
end

-- codex as doctor meets it; *works* says whether its tools do anything.
local function codex(works)
  return function(program)
    if program.argv[2] == "--version" then
      program:print "codex-cli 0.169.0\n"
      return 0
    end
    local brief = {}
    for line in function() return program:read_line() end do brief[#brief + 1] = line end
    local word = table.concat(brief, "\n"):match "single line (%x+)"
    local last
    for i, argument in ipairs(program.argv) do
      if argument == "-o" then last = program.argv[i + 1] end
    end
    if works then program:write_file("proof.txt", word .. "\n") end
    local reply = "CHANGED:\n- proof.txt - made it\n"
    program:write_file(last, reply)
    program:print(completed(reply))
    return 0
  end
end

local function keeper_of(version)
  return function(program) program:print("orch-keeper " .. version .. "\n") end
end

--- Examine a world that differs from a sound one by *different*.  Return the results by
-- name, and the list.
local function examine(different, asked)
  different = different or {}
  local programs = { codex = codex(true), git = function() end,
    ["orch-keeper"] = keeper_of "0.0.0" }
  for name, program in pairs(different.programs or {}) do
    programs[name] = program or nil
  end
  local world = support.world {
    files = files(different.files), programs = programs, memory = different.memory,
    environment = different.environment,
    shell = different.shell or function(program) program:print "terminal" end,
  }
  local load = support.library(world)
  asked = asked or {}
  asked.settings = asked.settings or load "orch.config".load()
  local results, by_name = load "orch.doctor".examine(asked), {}
  for _, one in ipairs(results) do by_name[one.what] = one end
  return by_name, results, world
end

local function finds(state, what, different, asked)
  local one = examine(different, asked)[what]
  assert.is_table(one, "there is no examination " .. what)
  assert.equal(state, one.state, one.found)
  return one
end

describe("doctor", function()
  it("finds nothing on a sound machine", function()
    local by_name, results = examine()

    for _, one in ipairs(results) do
      assert.equal("ok", one.state, one.what .. ": " .. one.found)
      assert.is_nil(one.advice)
    end
    assert.equal("codex-cli 0.169.0, /usr/bin/codex, logged in", by_name.codex.found)
    assert.equal("20000 may be open, raised from 1024", by_name["open files"].found)
  end)

  it("says for every problem and warning how to mend it", function()
    local _, results = examine {
      environment = { ORCH_WORKER = "W2 Scout", CODEX_HOME = "/tmp/codex" },
      memory = { total = 1 << 30, available = 1 << 20 },
      programs = { git = false, ["orch-keeper"] = keeper_of "0.0.9" },
      shell = function() return 3 end,
      files = {
        ["/proc/sys/kernel/osrelease"] = "5.4.0\n", ["/tmp/codex/auth.json"] = "{}",
        ["/proc/self/task/7/children"] = false, ["/proc/sys/kernel/pty/nr"] = "4095\n",
        ["/proc/self/limits"] = "\nMax open files  48   48   files\n",
      },
    }

    local problems = 0
    for _, one in ipairs(results) do
      if one.state ~= "ok" then
        assert.is_string(one.advice, one.what)
        assert.not_matches("\n", one.advice)
      end
      problems = problems + (one.state == "problem" and 1 or 0)
    end
    assert.equal(9, problems)
  end)

  it("takes an old kernel and one without lists of children for problems", function()
    finds("problem", "kernel", { files = { ["/proc/sys/kernel/osrelease"] = "5.8.1\n" } })
    finds("ok", "kernel", { files = { ["/proc/sys/kernel/osrelease"] = "5.9.0\n" } })
    finds("problem", "process trees",
      { files = { ["/proc/self/task/7/children"] = false } })
  end)

  it("tells a full machine from one that is nearly full", function()
    local function terminals(used)
      return { files = { ["/proc/sys/kernel/pty/nr"] = used .. "\n" } }
    end

    finds("problem", "terminals", terminals(4094))
    finds("warning", "terminals", terminals(4050))
    assert.equal("sudo sysctl kernel.pty.max=8190",
      finds("problem", "terminals", terminals(4094)).advice)
    finds("problem", "memory", { memory = { available = 100 << 20 } })
    finds("warning", "memory", { memory = { available = 700 << 20 } })
  end)

  it("tells a keeper of another build", function()
    local one = finds("problem", "keeper",
      { programs = { ["orch-keeper"] = keeper_of "9.9" } })

    assert.matches("is version 9.9, orch%-lua is 0.0.0", one.found)
  end)

  it("says why a session on a terminal failed", function()
    local one = finds("problem", "session", { shell = function() return 3 end })

    assert.matches("it exited with 3", one.found)
  end)

  it("finds a state folder that cannot be made, or that others can write", function()
    finds("problem", "state folder",
      { environment = { ORCH_STATE_DIR = "/file/state" }, files = { ["/file"] = "x" } })
    local one = finds("problem", "state folder",
      { environment = { ORCH_STATE_DIR = "/s" },
        files = { ["/s"] = { folder = true, mode = tonumber("777", 8) } } })
    assert.equal("chmod 700 '/s'", one.advice)
  end)

  it("finds codex's folder below the temporary one", function()
    local one = finds("problem", "codex home",
      { environment = { CODEX_HOME = "/tmp/c" } })

    assert.equal("unset CODEX_HOME", one.advice)
  end)

  it("takes an agent without a login for a problem when there is no other", function()
    local one = finds("problem", "codex",
      { files = { ["/home/user/.codex/auth.json"] = false } })

    assert.equal("codex login", one.advice)
    assert.matches("0.169.0.*not logged in$", one.found)
  end)

  it("warns of a missing agent, unless the user wants it", function()
    local without = { programs = { codex = false } }

    finds("warning", "codex", without)
    finds("problem", "codex", without, { agent = { ["*"] = { "codex" } } })
    local one = finds("problem", "codx", nil, { agent = { reviewer = { "codx" } } })
    assert.matches("did you mean 'codex'", one.found)
  end)

  it("gives an agent that hangs ten seconds for its version", function()
    local one = finds("problem", "codex",
      { programs = { codex = function(program) program:sleep(3600000) end } })

    assert.matches("did not end within 10 s", one.found)
  end)
end)

describe("doctor --deep", function()
  it("asks for nothing that costs unless it is told to", function()
    assert.is_nil(examine()["codex tools"])
  end)

  it("looks at the effect of a tool, and leaves nothing behind", function()
    local told = {}
    local by_name, _, world = examine(nil,
      { deep = true, tell = function(sentence) told[#told + 1] = sentence end })

    assert.equal("ok", by_name["codex tools"].state, by_name["codex tools"].found)
    assert.matches("codex.*tokens", told[1])
    for _, name in ipairs(assert(world.list "/home/user/.local/state/orch-lua/runs")) do
      assert.not_matches("doctor", name)
    end
  end)

  it("does not believe an agent that says all is well", function()
    local one = finds("problem", "codex tools", { programs = { codex = codex(false) } },
      { deep = true })

    assert.matches("its tools do not work", one.found)
    assert.matches("^less /.*transcript$", one.advice)
  end)

  it("starts no worker inside a worker", function()
    finds("warning", "codex tools", { environment = { ORCH_WORKER = "W1" } },
      { deep = true })
  end)
end)
