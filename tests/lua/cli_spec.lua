--- The command line as a function of its words.

local arguments = require "orch.cli.arguments"
local ask = require "orch.cli.command.ask"

local function says(expected, message)
  assert.matches(expected, message, 1, true)
end

local function split(line, raw)
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return arguments.split(words, raw)
end

local function problem(line)
  local found, message = split(line)
  assert.is_nil(found)
  return message
end

describe("arguments.split", function()
  it("gives a script the words that are not orch-lua's own", function()
    local found = split "x.lua --lens speed --top 3"

    assert.equal("x.lua", found.target)
    assert.same({ "--lens", "speed", "--top", "3" }, found.words)
    assert.same({}, found.globals)
  end)

  it("takes its own options before and after the script", function()
    local found = split "--jobs 3 x.lua --lens speed --deadline 90s -q --dry-run"

    assert.same({ "--lens", "speed" }, found.words)
    assert.same({ jobs = 3, deadline_ms = 90000, quiet = true, dry_run = true },
      found.globals)
  end)

  it("takes budgets, the later amount of a kind, and how long to wait", function()
    local found = split("--budget tokens=500k,workers=5 x.lua --budget workers=9 "
      .. "--max-wait 2h")

    assert.same({ budget = { tokens = 500000, workers = 9 }, max_wait_ms = 7200000 },
      found.globals)
    says("--budget: there is no budget 'token'; did you mean 'tokens'?",
      problem "--budget token=5 x.lua")
  end)

  it("takes values after an equals sign, empty ones too", function()
    local found = split "x.lua --model=big --lens= --context=a=b"

    assert.same({ model = "big", context = "a=b" }, found.globals)
    assert.same({ "--lens=" }, found.words)
  end)

  it("collects agents by role", function()
    local found = split "--agent codex,offline --agent reviewer=claude x.lua"

    assert.same({ ["*"] = { "codex", "offline" }, reviewer = { "claude" } },
      found.globals.agent)
  end)

  it("passes everything after -- to the script", function()
    local found = split "x.lua --lens a -- --jobs 3 -- -q"

    assert.same({ "--lens", "a", "--jobs", "3", "--", "-q" }, found.words)
    assert.same({}, found.globals)
  end)

  it("takes the word after a first -- as the script", function()
    local found = split "-q -- x.lua --jobs 3"

    assert.equal("x.lua", found.target)
    assert.same({ "--jobs", "3" }, found.words)
  end)

  it("leaves all words after a raw subcommand alone", function()
    local found = split("-v agent offline --model x -q --", { agent = true })

    assert.equal("agent", found.target)
    assert.same({ "offline", "--model", "x", "-q", "--" }, found.words)
    assert.same({ verbose = true }, found.globals)
  end)

  it("finds no target in an empty line", function()
    assert.same({ globals = {}, words = {} }, split "")
    assert.same({ help = true }, split("--help").globals)
  end)

  it("does not change the words it is given", function()
    local words = { "--jobs", "3", "x.lua", "--", "y" }
    arguments.split(words)
    assert.same({ "--jobs", "3", "x.lua", "--", "y" }, words)
  end)

  it("suggests the option that was meant", function()
    says("unknown option '--job': did you mean '--jobs'?", problem "--job 3 x.lua")
    says("orch-lua --help", problem "--xyzzy x.lua")
    says("unknown option '-x'", problem "-x x.lua")
  end)

  it("says what is wrong with a value", function()
    says("'--jobs' needs a value: --jobs N", problem "x.lua --jobs")
    says("'--jobs' needs a value", problem "x.lua --jobs -- 3")
    says("'three' is not a whole number", problem "--jobs three x.lua")
    says("'0' is not a whole number", problem "--jobs 0 x.lua")
    says("'5' is not a duration", problem "--deadline 5 x.lua")
    says("none of auto, tty", problem "--progress loud x.lua")
    says("'a,,b' names no agent", problem "--agent a,,b x.lua")
    says("'--json=1' takes no value", problem "--json=1 x.lua")
  end)
end)

describe("arguments.help", function()
  it("has a line for every option, none wider than a terminal", function()
    local help = arguments.help()
    for _, option in ipairs(require "orch.cli.globals") do
      local found = help:find(option.name .. " ", 1, true)
      assert.equal(not option.hidden, found ~= nil, option.name)
    end
    for line in help:gmatch "[^\n]+" do assert.is_true(#line <= 95, line) end
  end)
end)

describe("ask.script", function()
  it("writes the script that the words stand for", function()
    local source = assert(ask.script { "reviewer", "--lens", "speed", "--edit=a b",
      "--edit", "c", "--deadline-note", "x\n\"y\"" })

    local asked
    local chunk = assert(load(source, "=ask", "t", { require = function()
      return { ask = function(...) asked = { ... } return "reply" end }
    end }))
    assert.equal("reply", chunk())
    assert.same({ "reviewer", { lens = "speed", edit = { "a b", "c" },
      deadline_note = "x\n\"y\"" } }, asked)
  end)

  it("says what is missing", function()
    says("needs a role", select(2, ask.script {}))
    says("needs a role", select(2, ask.script { "--lens", "x" }))
    says("'--lens' needs a value", select(2, ask.script { "reviewer", "--lens" }))
    says("'speed' is no field", select(2, ask.script { "reviewer", "speed" }))
  end)
end)
