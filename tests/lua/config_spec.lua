--- The user's configuration: what it may say, and what it is told when it is wrong.

local config = require "orch.config"

local function says(expected, message)
  assert.matches(expected, message, 1, true)
end

-- A core with one file.
local function machine(source, environment)
  return {
    environment = function() return environment or { XDG_CONFIG_HOME = "/etc/me" } end,
    host = function() return { home = "/home/me" } end,
    read = function(path)
      if source and path == "/etc/me/orch-lua/config.lua" then return source end
      return nil, "no such file or directory", "ENOENT"
    end,
  }
end

local function problem(source)
  local loaded, message = config.load(machine(source))
  assert.is_nil(loaded)
  return message
end

describe("config.load", function()
  it("is empty without a file", function()
    assert.same({}, config.load(machine(nil)))
  end)

  it("returns the known keys in the form the library uses", function()
    local loaded = assert(config.load(machine [[
      return {
        agent = { reviewer = "claude,codex", ["*"] = "offline" }, model = "big", jobs = 3,
        pass_env = { "MY_KEY" }, deadline = "1h30m", lease = "5m", max_wait = "2h",
        budget = { tokens = "500k", minutes = 60 },
        prices = { codex = { input = 1.25, cached = 0.1, output = 10 } },
        agents = { mine = { argv = { "my-agent", "--batch" }, events = "none" } },
      }
    ]]))

    assert.same({
      agent = { reviewer = { "claude", "codex" }, ["*"] = { "offline" } }, model = "big",
      jobs = 3, pass_env = { "MY_KEY" }, deadline_ms = 5400000, lease_ms = 300000,
      max_wait_ms = 7200000, budget = { tokens = 500000, minutes = 60 },
      prices = { codex = { input = 1.25, cached = 0.1, output = 10 } },
      agents = { mine = { argv = { "my-agent", "--batch" }, events = "none" } },
    }, loaded)
  end)

  it("takes a budget as it is written on the command line", function()
    assert.same({ tokens = 500000, money = 5 },
      config.load(machine "return { budget = 'tokens=500k,money=5' }").budget)
  end)

  it("takes one agent for every role", function()
    assert.same({ ["*"] = { "codex" } },
      config.load(machine "return { agent = 'codex' }").agent)
  end)

  it("suggests the key that was meant", function()
    says("unknown key 'job'; did you mean 'jobs'?", problem "return { job = 3 }")
  end)

  it("says which keys there are when none is near", function()
    says("model", problem "return { xyzzy = 3 }")
  end)

  it("names the key whose value is wrong and what was expected", function()
    says("'jobs': a whole number above 0", problem "return { jobs = '3' }")
    says("'deadline': '90' is not a duration", problem "return { deadline = 90 }")
    says("'pass_env': a list of texts", problem "return { pass_env = { a = 1 } }")
    says("'agent': ", problem "return { agent = 5 }")
    says("'budget': there is no budget 'token'; did you mean 'tokens'?",
      problem "return { budget = { token = 5 } }")
    says("'budget': a text, or a table", problem "return { budget = 5 }")
    says("'max_wait': '9' is not a duration", problem "return { max_wait = 9 }")
    says("in 'x', 'argv': unknown hole '{{breif_file}}'; did you mean 'brief_file'?",
      problem 'return { agents = { x = { argv = { "a", "{{breif_file}}" } } } }')
    says("'prices': { NAME = ", problem "return { prices = { codex = 5 } }")
    says("'prices': in 'codex', 'inputs': ",
      problem "return { prices = { codex = { input = 1, output = 1, inputs = 2 } } }")
    says("'prices': 'codex' needs 'input' and 'output'",
      problem "return { prices = { codex = { input = 1 } } }")
    says("'prices': in 'codex', 'inpt': ",
      problem "return { prices = { codex = { inpt = 1, output = 1 } } }")
    says("'mine', 'signs': a list of { PATTERN,",
      problem("return { agents = { mine = { argv = { 'x' }, "
        .. "signs = { { 'a', 'quota', 5 } } } } }"))
    says("'mine' needs 'argv'", problem "return { agents = { mine = {} } }")
    assert.matches("'mine', 'argv': a list of texts",
      problem "return { agents = { mine = { argv = 'x' } } }", 1, true)
  end)

  it("refuses a file that returns no table, and keys that are no names", function()
    says("must return a table", problem "local x = 1")
    says("its keys are names", problem "return { 'codex' }")
    says("its keys are names", problem "return { [{}] = 1 }")
  end)

  it("reports a syntax error with its line", function()
    says("config.lua:2:", problem "return {\n  = }")
  end)

  it("gives the file nothing to call", function()
    says("global 'os'", problem "return { model = os.getenv 'HOME' }")
  end)
end)

describe("config.path", function()
  it("follows XDG_CONFIG_HOME, and the home folder without it", function()
    local core = machine(nil)
    assert.equal("/etc/me/orch-lua/config.lua", config.path(core.environment()))
    assert.equal("/h/.config/orch-lua/config.lua", config.path { HOME = "/h" })
    assert.equal("/h/.config/orch-lua/config.lua",
      config.path { HOME = "/h", XDG_CONFIG_HOME = "relative" })
  end)
end)

describe("config.duration", function()
  it("reads numbers with units", function()
    assert.equal(90000, config.duration "90s")
    assert.equal(1800000, config.duration "30m")
    assert.equal(5400000, config.duration "1h30m")
    assert.equal(5400000, config.duration "1.5h")
    assert.equal(250, config.duration "250ms")
  end)

  it("refuses what has no unit, no number or no length", function()
    for _, word in ipairs { "90", "m", "", "0s", "5 m", "5x", "-5s", "5m3" } do
      local ms, message = config.duration(word)
      assert.is_nil(ms)
      says("such as 90s", message)
    end
  end)
end)

describe("config.agents_for", function()
  local typed = { reviewer = { "claude" } }
  local kept = { ["*"] = { "codex" }, reviewer = { "offline" } }

  it("takes the first table that says anything about the role", function()
    assert.same({ "claude" }, config.agents_for("reviewer", typed, kept))
    assert.same({ "codex" }, config.agents_for("verifier", typed, kept))
    assert.same({ "offline" }, config.agents_for("reviewer", nil, kept))
    assert.same({ "x" }, config.agents_for("reviewer", { ["*"] = { "x" } }, kept))
    assert.is_nil(config.agents_for("verifier", typed, nil))
  end)
end)
