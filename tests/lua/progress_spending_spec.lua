-- What the display shows of budgets, limits and silence.

local core = require "orch.core"
local progress = require "orch.progress"

local MINUTE = 60 * 1000

-- An observer in *mode* and its machine, whose `clock` is set by hand.
local function display(mode)
  local machine = { clock = 0, written = {} }
  local double = {
    now = function() return machine.clock end, environment = function() return {} end,
    terminal = function() return { rows = 24, columns = 100 } end,
    output = function(_, bytes)
      table.insert(machine.written, bytes)
      return true
    end,
    json_encode = core.json_encode, array = core.array,
  }
  function machine.text() return table.concat(machine.written) end
  return progress.new { mode = mode, core = double }, machine
end

local function running(label)
  return { label = label, state = "running", started = 0, last_output = 0, tokens = 0 }
end

local PAUSE = { agent = "codex", ["until"] = 1900000000, clock = "14:05",
  why = "429 Too\nMany Requests" }
local BUDGET = { limits = { tokens = 500000, minutes = 60, workers = 20, money = 5 },
  spent = { tokens = 120000, workers = 4, money = 1.2, seconds = 600 } }

describe("a pause", function()
  it("is told with its end, and when it is over", function()
    for _, mode in ipairs { "plain", "tty" } do
      local observer, machine = display(mode)

      observer:event("pause", PAUSE)
      observer:event("pause", { agent = "codex" })
      observer:close()

      assert.is_truthy(machine.text():find(
        "codex is limited until 14:05: 429 Too Many Requests", 1, true))
      assert.is_truthy(machine.text():find("codex may be started again", 1, true))
    end
  end)

  it("whose end is a guess is told so", function()
    local observer, machine = display "plain"
    observer:event("pause", { agent = "codex", ["until"] = 1, clock = "14:05",
      guess = true })
    assert.equal("[0:00] codex is limited; next try at 14:05\n", machine.text())
  end)

  it("is an event for programs", function()
    local observer, machine = display "json"
    observer:event("pause", PAUSE)
    observer:event("pause", { agent = "codex" })
    local first, second = machine.text():match "(.-)\n(.-)\n"
    first, second = core.json_decode(first), core.json_decode(second)
    assert.same({ "pause", "codex", 1900000000 },
      { first.event, first.agent, first["until"] })
    assert.is_true(second.over)
  end)
end)

describe("a budget", function()
  it("is shown in the live display's last line, with the time since", function()
    local observer, machine = display "tty"
    machine.clock = MINUTE
    observer:event("budget", BUDGET)
    machine.clock = 3 * MINUTE
    observer:tick()

    assert.is_truthy(machine.text():find("120k of 500k tokens, 12 of 60 min, "
      .. "4 of 20 workers, cost 1.20 of 5.00", 1, true), machine.text())
  end)

  it("is told at the end: what was spent, and of how much", function()
    local observer, machine = display "plain"
    observer:event("end", { code = 4, seconds = 600, workers = 9, started = 4,
      tokens = 120000, money = 1.2, limits = BUDGET.limits })
    observer:close()

    assert.equal("ended in 10 min of 60 min, 4 of 20 workers, 120k of 500k tokens, "
      .. "cost 1.20 of 5.00\n", machine.text())
  end)

  it("is an event for programs, and so is what the run cost", function()
    local observer, machine = display "json"
    observer:event("budget", BUDGET)
    observer:event("end", { code = 0, seconds = 1, money = 1.2 })
    observer:close()
    local first, second = machine.text():match "(.-)\n(.-)\n"
    first, second = core.json_decode(first), core.json_decode(second)
    assert.same({ "budget", 500000, 120000 },
      { first.event, first.limits.tokens, first.spent.tokens })
    assert.equal(1.2, second.money)
  end)

  it("without one, what the run cost is told where it is known", function()
    local observer, machine = display "plain"
    observer:event("end", { code = 0, seconds = 1, workers = 1, tokens = 5, money = 0.25,
      limits = {} })
    observer:close()
    assert.equal("done in 1.0 s, 1 worker, 5 tokens, cost 0.25\n", machine.text())
  end)
end)

describe("silence", function()
  it("is told after five minutes and then ever more rarely, in one line", function()
    local observer, machine = display "plain"
    observer:event("worker", running "W1 Reviewer")
    observer:event("worker", running "W2 Reviewer")
    machine.written = {}
    for second = 1, 3600 do
      machine.clock = second * 1000
      observer:tick()
    end

    local lines = select(2, machine.text():gsub("\n", ""))
    assert.equal(4, lines)
    assert.is_truthy(machine.text():find(
      "no output of W1 Reviewer for 5 min, W2 Reviewer for 5 min", 1, true))
    assert.is_truthy(machine.text():find("W1 Reviewer for 40 min", 1, true))
  end)

  it("ends with new output, which is no change that is told", function()
    for _, mode in ipairs { "plain", "tty" } do
      local observer, machine = display(mode)
      local record = running "W1 Reviewer"
      observer:event("worker", record)
      for second = 1, 1200 do
        machine.clock = second * 1000
        record.last_output = machine.clock
        observer:tick()
      end
      assert.is_nil(machine.text():find("no output", 1, true))
      assert.is_nil(machine.text():find("silent", 1, true))
    end
  end)

  it("is shown in the live display after ten seconds", function()
    local observer, machine = display "tty"
    observer:event("worker", running "W1 Reviewer")
    machine.clock = 12000
    observer:tick()
    assert.is_truthy(machine.text():find("silent for 12 s", 1, true))
  end)
end)

describe("workers that never started", function()
  it("for one reason are one line at the end", function()
    local observer, machine = display "quiet"
    for i = 5, 9 do
      observer:event("worker", { label = ("W%d Worker"):format(i), state = "over_budget",
        tokens = 0, folder = "/runs/1/" .. i,
        failure = { state = "over_budget", reason = i == 9 and "other" or "no" } })
    end
    machine.written = {}
    observer:close()
    assert.equal("5 workers did not succeed:\n  W5 Worker and 3 more over budget: no\n"
      .. "  W9 Worker over budget: other\n", machine.text())
  end)
end)

describe("a worker that never started", function()
  it("has no files that could be named", function()
    local observer, machine = display "plain"
    observer:event("worker", { label = "W6 Worker", state = "over_budget", tokens = 0,
      folder = "/runs/1/workers/W6", failure = { state = "over_budget", reason = "no" } })
    observer:close()
    assert.is_nil(machine.text():find("/runs/1", 1, true))
    assert.matches("W6 Worker over budget: no", machine.text())
  end)
end)
