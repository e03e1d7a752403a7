--- The display of a run, on a core that only collects what is written.

local progress = require "orch.progress"
local width = require "orch.progress.width"
local words = require "orch.progress.words"
local core = require "orch.core"

-- options: size = { rows, columns } or nil without a terminal, environment, and what
-- progress.new takes.  Returns the observer and the machine; its `clock` is set by hand.
local function display(options)
  local machine = { clock = 0, written = {}, to_stdout = {} }
  local double = {
    now = function() return machine.clock end,
    environment = function() return options.environment or {} end,
    terminal = function()
      if machine.size then return machine.size end
      return nil, "not a terminal", "ENOTTY"
    end,
    output = function(fd, bytes)
      table.insert(fd == 2 and machine.written or machine.to_stdout, bytes)
      return true
    end,
    json_encode = core.json_encode, array = core.array,
  }
  machine.size = options.size
  function machine.text() return table.concat(machine.written) end
  return progress.new { mode = options.mode, core = double, verbose = options.verbose },
    machine
end

local function worker(fields)
  local record = { label = "W1 Reviewer", role = "reviewer", state = "queued" }
  for key, value in pairs(fields or {}) do record[key] = value end
  return record
end

local FAILURE = {
  state = "failed", cause = "no_message", reason = "it ended without a final message",
  tail = "first\nsecond\27[31m red\27[0m\n", folder = "/runs/1/workers/W1",
}

-- What a terminal of *columns* shows after *bytes*: a list of rows without trailing
-- space.  Knows line ends, cursor up and erase below; colours and modes are skipped.
local function screen(bytes, columns)
  local rows, y, x, at = { {} }, 1, 1, 1
  while at <= #bytes do
    local parameter, final = bytes:match("^\27%[([%d?;]*)(%a)", at)
    if final then
      if final == "A" then y = math.max(1, y - tonumber(parameter)) end
      if final == "J" then
        for i = x, columns do rows[y][i] = nil end
        for i = y + 1, #rows do rows[i] = nil end
      end
      at = at + #parameter + 3
    else
      local char = bytes:match("^" .. utf8.charpattern, at)
      if char == "\n" then
        y, x = y + 1, 1
        rows[y] = rows[y] or {}
      elseif char == "\r" then
        x = 1
      else
        assert(x <= columns, "a line is wider than the terminal")
        rows[y][x], x = char, x + 1
      end
      at = at + #char
    end
  end
  local shown = {}
  for i, row in ipairs(rows) do shown[i] = table.concat(row):gsub("%s+$", "") end
  return shown
end

describe("the plain display", function()
  it("writes one line for each change, with the time since the start", function()
    local observer, machine = display { mode = "plain" }
    local record = worker()

    observer:event("run", { id = "r1", name = "review" })
    observer:event("plan", { steps = { { step = "Look", status = "completed" },
      { step = "Review it", status = "in_progress" },
      { step = "End", status = "pending" } } })
    observer:event("worker", record)
    machine.clock = 7000
    record.state, record.started, record.agent = "running", 7000, "codex"
    observer:event("worker", record)
    record.last_output = 7100
    observer:event("worker", record)
    machine.clock = 3727000
    record.state, record.ended, record.tokens = "ok", 3727000, 12345
    observer:event("worker", record)

    assert.equal(table.concat({
      "[0:00] run r1: review",
      "[0:00] step 2/3 Review it",
      "[0:00] W1 Reviewer: queued",
      "[0:07] W1 Reviewer: running (codex)",
      "[1:02:07] W1 Reviewer: ok (1 h 2 min, 12.3k tokens)", "",
    }, "\n"), machine.text())
  end)

  it("says what a worker is about, beside its label", function()
    local observer, machine = display { mode = "plain" }

    observer:event("worker", worker { about = "ri\27[31msks", state = "running" })

    assert.matches("W1 Reviewer %(risks%): running", machine.text())
  end)

  it("says what a worker waits for", function()
    local observer, machine = display { mode = "plain" }
    local record = worker { state = "waiting", waits_for = "memory" }
    observer:event("worker", record)
    record.waits_for = "the writer"
    observer:event("worker", record)
    assert.equal("[0:00] W1 Reviewer: waiting for memory\n"
      .. "[0:00] W1 Reviewer: waiting for the writer\n", machine.text())
  end)

  it("shows the last lines of a failure, and the failure again at the end", function()
    local observer, machine = display { mode = "plain" }

    observer:event("worker", worker { state = "failed", failure = FAILURE })
    observer:event("end", { outcome = "a worker failed", code = 3, seconds = 61,
      tokens = 1500, workers = 1, folder = "/runs/1" })
    observer:close()

    assert.equal(table.concat({
      "[0:00] W1 Reviewer failed: it ended without a final message [no_message]",
      "  | first",
      "  | second red",
      "  its files are in /runs/1/workers/W1",
      "1 worker did not succeed:",
      "  W1 Reviewer failed: it ended without a final message [no_message]",
      "    /runs/1/workers/W1",
      "a worker failed",
      "ended in 1 min 1 s, 1 worker, 1.5k tokens; kept in /runs/1", "",
    }, "\n"), machine.text())
  end)

  it("keeps the last ten lines of a failure, all of them when asked for more", function()
    local failure = { state = "failed", tail = ("line\n"):rep(30) }
    local function lines_shown(verbose)
      local observer, machine = display { mode = "plain", verbose = verbose }
      observer:event("worker", worker { state = "failed", failure = failure })
      return select(2, machine.text():gsub("| line", ""))
    end
    assert.equal(10, lines_shown(false))
    assert.equal(30, lines_shown(true))
  end)

  it("does not list a worker that failed and succeeded later", function()
    local observer, machine = display { mode = "plain" }
    local record = worker { state = "lost", failure = { reason = "gone" } }
    observer:event("worker", record)
    record.state, record.failure = "ok", nil
    observer:event("worker", record)
    observer:close()
    assert.is_nil(machine.text():find("did not succeed", 1, true))
  end)

  it("writes no control codes, whatever it is told", function()
    local observer, machine = display { mode = "plain" }
    local evil = "a\27[2Jb\27]0;title\7c\r\nd\u{202E}e\u{9B}31m\8"
    observer:event("note", evil)
    observer:event("warning", evil)
    observer:event("check", { command = evil, state = "pass", seconds = 1, code = 0 })
    observer:event("plan", { steps = { { step = evil, status = "in_progress" } } })
    observer:event("worker", worker { label = evil, state = "waiting", waits_for = evil })
    observer:event("worker", worker { state = "failed", agent = evil,
      failure = { reason = evil, tail = evil, cause = evil, folder = evil } })
    observer:message(evil)
    observer:close()
    assert.is_nil(machine.text():find "[%z\1-\9\11-\31\127]")
    assert.is_nil(machine.text():find("\u{202E}", 1, true))
    assert.is_nil(machine.text():find("\u{9B}", 1, true))
  end)

  it("prints notes as they are, and the message before the cost", function()
    local observer, machine = display { mode = "plain" }
    observer:event("note", "one\ttwo")
    observer:event("end", { outcome = "gave up", code = 1, seconds = 1, workers = 0 })
    observer:message("orch-lua: gave up")
    observer:close()
    observer:close()
    assert.equal("one\ttwo\norch-lua: gave up\nended in 1.0 s, 0 workers\n",
      machine.text())
  end)

  it("counts no cost when the script was called wrongly and did nothing", function()
    local observer, machine = display { mode = "plain" }
    observer:event("end", { outcome = "no", code = 2, seconds = 1, workers = 0 })
    observer:message("orch-lua: no")
    observer:close()
    assert.equal("orch-lua: no\n", machine.text())
  end)

  it("refuses an event it does not know", function()
    local observer = display { mode = "plain" }
    assert.has_error(function() observer:event("worked", {}) end,
      "the display knows no event 'worked'")
  end)
end)

describe("the quiet display", function()
  it("shows warnings, failures and the message only", function()
    local observer, machine = display { mode = "quiet" }
    observer:event("run", { id = "r1" })
    observer:event("note", "a note")
    observer:event("worker", worker { state = "running" })
    observer:event("warning", "careful")
    observer:event("worker", worker { label = "W2 Scout", state = "timed_out",
      failure = { reason = "too slow" } })
    observer:event("end", { code = 3, seconds = 1, workers = 2, tokens = 0 })
    observer:message("orch-lua: it ended")
    observer:close()

    assert.equal(table.concat({
      "[0:00] warning: careful", "[0:00] W2 Scout timed out: too slow",
      "orch-lua: it ended",
      "1 worker did not succeed:", "  W2 Scout timed out: too slow", "",
    }, "\n"), machine.text())
  end)
end)

describe("the JSON display", function()
  it("writes one object a line, and none for output alone", function()
    local observer, machine = display { mode = "json" }
    local record = worker { state = "running", started = 0, last_output = 0 }
    machine.clock = 1500
    observer:event("worker", record)
    record.last_output = 1400
    observer:event("worker", record)
    record.state, record.ended, record.failure = "failed", 1500, FAILURE
    observer:event("worker", record)
    observer:event("note", "two\nlines")
    observer:event("end", { code = 3, seconds = 2, workers = 1, tokens = 5 })
    observer:close()

    local events = {}
    for line in machine.text():gmatch "[^\n]+" do
      events[#events + 1] = assert(core.json_decode(line))
    end
    assert.equal(4, #events)
    assert.equal("running", events[1].state)
    assert.equal(1500, events[1].silent_ms)
    assert.same({ "first", "second red" }, { table.unpack(events[2].failure.tail) })
    assert.equal("two\nlines", events[3].text)
    assert.same({ "W1 Reviewer" }, { table.unpack(events[4].failed) })
  end)
end)

describe("the live display", function()
  local function live(columns, rows)
    return display { mode = "tty", size = { rows = rows or 24, columns = columns or 80 } }
  end

  it("keeps one line a worker and scrolls finished ones away", function()
    local observer, machine = live()
    local first, second = worker(), worker { label = "W2 Scout" }
    observer:event("note", "above")
    observer:event("plan", { steps = { { step = "Look", status = "in_progress" } } })
    observer:event("worker", first)
    observer:event("worker", second)
    machine.clock = 20000
    first.state, first.started, first.last_output = "running", 0, 1000
    first.agent, first.tokens = "codex", 2500
    observer:event("worker", first)

    assert.same({
      "above",
      "W1 Reviewer  running  20 s, 2.5k tokens, silent for 19 s, codex",
      "W2 Scout     queued",
      "1/1 Look  1 running, 1 queued  2.5k tokens  20 s",
    }, screen(machine.text(), 80))

    machine.clock = 30000
    first.state, first.ended = "ok", 30000
    observer:event("worker", first)

    assert.same({
      "above",
      "W1 Reviewer: ok (30 s, 2.5k tokens)",
      "W2 Scout     queued",
      "1/1 Look  1 ok, 1 queued  2.5k tokens  30 s",
    }, screen(machine.text(), 80))
  end)

  it("draws at most ten times a second and loses nothing by that", function()
    local observer, machine = live()
    for i = 1, 1000 do
      machine.clock = i
      observer:event("note", "note " .. i)
      observer:tick()
    end
    observer:close()

    assert.is_true(#machine.written <= 12, #machine.written .. " writes")
    local shown = screen(machine.text(), 80)
    assert.equal("note 1", shown[1])
    assert.equal("note 1000", shown[1000])
  end)

  it("writes nothing when nothing changed", function()
    local observer, machine = live()
    local record = worker { state = "running", started = 0 }
    machine.clock = 20000
    observer:event("worker", record)
    local before = #machine.written
    for clock = 20001, 20400 do
      machine.clock, record.last_output = clock, clock
      observer:event("worker", record)
      observer:tick()
    end
    assert.equal(before, #machine.written)
  end)

  it("moves the times on once a second", function()
    local observer, machine = live()
    observer:event("worker", worker { state = "running", started = 0 })
    machine.clock = 12000
    observer:tick()
    assert.matches("12 s", screen(machine.text(), 80)[1], 1, true)
  end)

  it("leaves nothing of itself behind and shows the cursor again", function()
    local observer, machine = live()
    observer:event("worker", worker { state = "running", started = 0 })
    observer:event("end", { code = 0, seconds = 5, workers = 1, tokens = 7 })
    observer:close()

    assert.same({ "done in 5.0 s, 1 worker, 7 tokens", "" }, screen(machine.text(), 80))
    local hidden, shown = machine.text():match "^.*()\27%[%?25l.*()\27%[%?25h"
    assert.is_true(hidden < shown)
  end)

  it("never writes a line wider than the terminal, not even after it shrank", function()
    local observer, machine = live(60)
    local record = worker { state = "running", started = 0,
      label = "W1 " .. ("é漢"):rep(40), agent = ("agent"):rep(30) }
    observer:event("worker", record)
    machine.size = { rows = 24, columns = 20 }
    machine.clock = 5000
    observer:tick()
    local last = machine.written[#machine.written]
    for line in last:gsub("\27%[[%d?;]*%a", ""):gsub("\r", "\n"):gmatch "[^\n]+" do
      assert.is_true(width.of(line) <= 19, line)
    end
  end)

  it("fits into a low terminal and says how many more there are", function()
    local observer, machine = live(80, 5)
    for i = 1, 9 do
      observer:event("worker", worker { label = "W" .. i, state = "running" })
    end
    machine.clock = 500
    observer:tick()
    local shown = screen(machine.text(), 80)
    assert.equal(4, #shown)
    assert.equal("and 7 more", shown[3])
    assert.matches("9 running", shown[4], 1, true)
  end)

  it("lets the deliverable through without mixing it with itself", function()
    local observer, machine = live()
    observer:event("worker", worker { state = "running", started = 0 })
    observer:output("the result\n")

    assert.same({ "the result\n" }, machine.to_stdout)
    assert.same({ "" }, screen(machine.text(), 80))
  end)

  it("tells equal checks that run at once apart", function()
    local observer, machine = live()
    local first = { command = "make", state = "running" }
    local second = { command = "make", state = "running" }
    observer:event("check", first)
    observer:event("check", second)
    machine.clock, first.state = 20000, "ok"
    observer:event("check", first)

    assert.same({ "check 'make': ok", "check 'make': running", "orch-lua  20 s" },
      screen(machine.text(), 80))
  end)

  it("shows checks while they run", function()
    local observer, machine = live()
    observer:event("check", { command = "make", state = "running" })
    observer:event("check", { command = "lint", state = "running" })
    machine.clock = 20000
    observer:event("check", { command = "make", state = "failed", seconds = 20,
      code = 2 })

    assert.same({ "check 'make': failed (exit code 2, 20 s)", "check 'lint': running",
      "orch-lua  20 s" }, screen(machine.text(), 80))
  end)

  it("uses no colours where NO_COLOR is set", function()
    local observer, machine = display { mode = "tty", size = { rows = 24, columns = 80 },
      environment = { NO_COLOR = "1" } }
    observer:event("warning", "careful")
    observer:event("worker", worker { state = "failed", failure = FAILURE })
    observer:close()
    assert.is_nil(machine.text():find "\27%[%d+m")
  end)
end)

describe("the choice of display", function()
  local size = { rows = 24, columns = 80 }
  local function chosen(options) return (display(options)).mode end

  it("is live on a terminal and plain elsewhere", function()
    assert.equal("tty", chosen { size = size, environment = { TERM = "xterm" } })
    assert.equal("plain", chosen { environment = { TERM = "xterm" } })
  end)

  it("is plain on a dumb terminal and with NO_COLOR, unless asked for", function()
    assert.equal("plain", chosen { size = size, environment = { TERM = "dumb" } })
    assert.equal("plain", chosen { size = size, environment = { NO_COLOR = "1" } })
    assert.equal("tty", chosen { size = size, environment = { NO_COLOR = "" } })
    assert.equal("tty", chosen { mode = "tty", size = size,
      environment = { TERM = "dumb" } })
  end)
end)

describe("width", function()
  it("counts columns, not bytes", function()
    assert.equal(5, width.of "hello")
    assert.equal(2, width.of "éa")
    assert.equal(4, width.of "漢字")
    assert.equal(1, width.of "e\u{301}")
    assert.equal(2, width.of "\u{1F600}")
  end)

  it("cuts between characters, with an ellipsis", function()
    assert.equal("hello", width.cut("hello", 5))
    assert.equal("hel…", width.cut("hello", 4))
    assert.equal("漢…", width.cut("漢字字", 4))
    assert.equal("…", width.cut("漢字", 2))
    assert.equal("", width.cut("hello", 0))
    assert.equal("e\u{301}…", width.cut("e\u{301}llo", 2))
  end)

  it("does not stop at text that is not UTF-8", function()
    assert.equal("\xFFab", width.cut("\xFFabcd", 3))
  end)
end)

describe("words.count", function()
  it("writes large numbers short", function()
    assert.equal("950", words.count(950))
    assert.equal("12.3k", words.count(12345))
    assert.equal("1M", words.count(999999))
    assert.equal("0", words.count(nil))
  end)
end)
