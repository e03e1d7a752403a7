-- rehearse_spec.lua - scripts rehearsed in worlds: what is found, shrunk and shown.

local calls = require "orch.rehearsal.calls"
local lots = require "orch.rehearsal.lots"
local rehearse = require "orch.rehearsal.rehearse"
local shrink = require "orch.rehearsal.shrink"
local subject = require "orch.rehearsal.subject"
local support = require "support"
local tally = require "orch.rehearsal.tally"
local timeline = require "orch.rehearsal.timeline"

local REVIEW = [[
local orch = require "orch"
local opt = orch.options { artefact = { "the file to review" }, most = { "at most", 3 } }
local plan = orch.plan { "Look", "Review it", "Write it down" }
plan:next()
local reviews = orch.each({ "order", "names" }, function(lens)
  return orch.ask("reviewer", { artefact = opt.artefact, lens = lens })
end)
plan:next()
local findings = orch.findings(reviews)
return orch.deliver { result = findings:summary(), next_step = "Read.",
  findings = findings }
]]

--- The subject of a script with that *source*, whose required options are filled.
local function subject_of(source, words, beside)
  local core = require "orch.core"
  local folder <close> = support.folder()
  local path = folder.path .. "/mine.lua"
  assert(core.write(path, source))
  if beside then assert(core.write(folder.path .. "/mine.rehearsal.lua", beside)) end
  return assert(rehearse.prepare(assert(subject.of(path, words or {}))))
end

local function once(source, plan)
  plan.seed = plan.seed or 1
  return rehearse.once(subject_of(source), plan)
end

local function names(problems)
  local list = {}
  for i, problem in ipairs(problems) do list[i] = problem.name end
  return list
end

local function fault(kind, at, more)
  local made = { kind = kind, at = at }
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

describe("a rehearsal", function()
  it("runs a script to its end in virtual time, with all promises held", function()
    local record = once(REVIEW, { faults = {} })

    assert.same({}, record.problems)
    assert.equal("delivered", record.outcome.kind)
    assert.equal(2, #record.workers)
    assert.equal("ok", record.workers[1].state)
    assert.equal(1, record.workers[1].starts)
    assert.is_true(record.ms > 1000 and record.tokens > 1000)
    assert.is_true(#record.data.findings > 0)
  end)

  it("has the same timeline for the same seed, and another for another", function()
    local mine = subject_of(REVIEW)
    local function lines(seed)
      return rehearse.lines(rehearse.once(mine, { seed = seed, kinds = lots.names }))
    end

    assert.same(lines(7), lines(7))
    assert.not_same(lines(7), lines(8))
  end)

  it("makes up the options that must be given, and leaves the others", function()
    local mine = subject_of(REVIEW)

    assert.same({ "--artefact", "src/parse.c" }, mine.words)
    assert.same({ "--artefact", "README.md" },
      subject_of(REVIEW, { "--artefact", "README.md" }).words)
  end)

  it("goes on after the engine was killed, and delivers the same", function()
    local mine = subject_of(REVIEW)

    local whole = rehearse.once(mine, { seed = 3, faults = {} })
    for at = 2, 30 do
      local cut = rehearse.once(mine, { seed = 3,
        faults = { fault("kill_engine", at, { after = at % 2 == 0 }) } })

      assert.same({}, cut.problems)
      assert.equal(whole.result, cut.result)
      assert.equal(#whole.witness.starts, #cut.witness.starts)
    end
  end)

  it("counts once what a report used that the power has cut short", function()
    local mine = subject_of(REVIEW)

    for at = 6, 16 do
      local record = rehearse.once(mine, { seed = 3, faults = {
        fault("bad_reply", 1, { says = "All is well." }),
        fault("bad_reply", 2, { says = "All is well." }),
        fault("crash", at, { seed = 1 }) }, agents = {} })

      assert.same({}, record.problems)
    end
  end)

  it("leaves no worker without an end when a resume cannot take up its files", function()
    local source = 'local orch = require "orch"\n'
      .. 'orch.each({ "src/parse.c", "src/write.c" }, function(path)\n'
      .. '  return orch.ask("implementer", { task = "Mend it.", edit = path })\nend)\n'
      .. 'return orch.deliver { result = "Done.", next_step = "Go." }\n'
    local mine, struck = subject_of(source), 0

    for at = 25, 38 do
      local record = rehearse.once(mine, { seed = 3, agents = {}, faults = {
        fault("crash", 20, { seed = 1 }), fault("output_lost", at, { times = 2 }) } })

      struck = struck + (record.workers[2].state == "failed" and 1 or 0)
      assert.same({}, record.problems)
    end
    assert.is_true(struck > 0)
  end)

  it("says that a worker died, and what became of the run", function()
    local record = once(REVIEW, { faults = { fault("dies", 2, { signal = "KILL" }) } })

    assert.same({}, record.problems)
    local dead = record.workers[record.workers[1].state == "failed" and 1 or 2]
    assert.equal("failed", dead.state)
    assert.equal(dead.label, record.data.failures[1].label)
    assert.matches("agent start 2 is killed by SIGKILL",
      table.concat(rehearse.lines(record), "\n"))
  end)

  it("names every worker that a full disk has cost, whenever it is full", function()
    local mine = subject_of(REVIEW)

    for at = 1, 45 do
      local record = rehearse.once(mine, { seed = 2,
        faults = { fault("disk_full", at, { times = 3 }) } })
      assert.same({}, record.problems)
    end
  end)

  it("names the line of a script that computes for ever", function()
    local record = once("local n = 0\nwhile true do n = n + 1 end\n", { faults = {} })

    assert.same({ "stated reason" }, names(record.problems))
    assert.matches("mine.lua:2: the script has computed for 10 s without waiting",
      record.problems[1].text)
  end)

  it("names the line of a script that waits for nothing again and again", function()
    local record = once(
      'local orch = require "orch"\n\nwhile true do orch.sleep(0) end\n', { faults = {} })

    assert.same({ "stated reason" }, names(record.problems))
    assert.matches("mine.lua:3: the script goes on without end", record.problems[1].text)
  end)

  it("finds the mistake of a script that counts on an answer", function()
    local source = 'local orch = require "orch"\nlocal reply = '
      .. 'orch.try("reviewer", { artefact = "src", lens = "all" })\n'
      .. 'return orch.deliver { result = reply.findings:summary(), next_step = "Go." }\n'

    local good = once(source, { faults = {} })
    local bad = once(source, { faults = { fault("dies", 1, { signal = "KILL" }) } })

    assert.same({}, good.problems)
    assert.same({ "stated reason" }, names(bad.problems))
    assert.matches("mine.lua:3: attempt to index a nil value", bad.problems[1].text)
  end)

  it("takes options and what must always hold from the file beside the script", function()
    local function problems_of(always)
      local mine = subject_of(REVIEW, {}, "return { options = { artefact = 'docs' }, "
        .. "reviewer = { findings = 2 }, always = function(run) " .. always .. " end }")
      assert.same({ "--artefact", "docs" }, mine.words)
      return rehearse.once(mine, { seed = 1, faults = {} }).problems
    end

    assert.same({}, problems_of "return run.outcome.code == 0 and #run.workers == 2")
    assert.equal("there are two",
      problems_of("return #run.workers > 2, 'there are two'")[1].text)
    assert.same({ "always" }, names(problems_of "error 'broken check'"))
  end)

  it("refuses a rehearsal file with a mistake, and names it", function()
    local core = require "orch.core"
    local folder <close> = support.folder()
    assert(core.write(folder.path .. "/mine.lua", REVIEW))
    assert(core.write(folder.path .. "/mine.rehearsal.lua", "return { reviewr = 'x' }"))

    local _, message = subject.of(folder.path .. "/mine.lua", {})

    assert.matches("mine.rehearsal.lua: there is no role or setting 'reviewr'; did you "
      .. "mean 'reviewer'", message)
  end)

  it("tells which of its own ways out a script has used", function()
    local record = once('os.getenv "HOME"\nlocal o = os\no["getenv"] "PATH"\n',
      { faults = {} })

    assert.same({ "os.getenv" }, table.move(record.calls, 1, #record.calls, 1, {}))
  end)
end)

describe("the calls that go round orch-lua", function()
  it("are found with their lines, and not in texts, comments or fields", function()
    local source = 'local x = io.open "a"\n-- os.remove\nlocal t = "os.execute"\n'
      .. "t.io.open()\nos . rename ('a', 'b')\nos.time() os.tmpname()\n"
      .. "[[ io.lines ]]"

    assert.same({ { line = 1, name = "io.open" }, { line = 5, name = "os.rename" },
      { line = 6, name = "os.tmpname" } }, calls.of(source))
  end)
end)

describe("what a seed brings", function()
  it("is the same whenever it is asked", function()
    for seed = 1, 40 do
      assert.same(lots.draw(seed, lots.names), lots.draw(seed, lots.names))
    end
  end)

  it("is nothing but kills in every fourth seed", function()
    for seed = 3, 99, 4 do
      for _, one in ipairs(lots.draw(seed, lots.names)) do
        assert.equal("kill_engine", one.kind)
      end
    end
  end)

  it("is little patience in some seeds in which an agent is limited", function()
    local impatient = 0
    for seed = 1, 200 do
      local options, armed =
        lots.split(lots.draw(seed, { "dies", "limited", "short_wait" }))
      local limited = false
      for _, one in ipairs(armed) do limited = limited or one.kind == "limited" end
      impatient = impatient + (options.max_wait_ms and 1 or 0)
      assert.is_true(limited or not options.max_wait_ms)
    end

    assert.is_true(impatient > 20)
  end)

  it("can be named in part", function()
    local list = { fault("dies", 2), fault("hang", 1), fault("dies", 3) }

    assert.same({ list[1], list[3] }, lots.only(list, { "dies@3", "dies@2" }))
    assert.same({}, lots.only(list, { "none" }))
    assert.matches("no 'dies@1': it brings dies@2, hang@1, dies@3",
      select(2, lots.only(list, { "dies@1" })))
  end)

  it("refuses a kind that there is not, and says which is meant", function()
    assert.is_nil(lots.mistake { "dies", "kill_engine" })
    assert.matches("did you mean 'kill_engine'", lots.mistake { "kill_engin" })
  end)
end)

describe("shrinking", function()
  it("leaves what is needed, whatever the order", function()
    local asked = 0
    local function needs(...)
      local wanted = { ... }
      return function(list)
        asked = asked + 1
        local has = {}
        for _, item in ipairs(list) do has[item] = true end
        for _, item in ipairs(wanted) do if not has[item] then return false end end
        return true
      end
    end

    assert.same({ 3, 7 }, shrink({ 1, 2, 3, 4, 5, 6, 7, 8 }, needs(3, 7)))
    assert.same({}, shrink({ 1, 2, 3 }, needs()))
    assert.same({ 1 }, shrink({ 1 }, needs(1)))
    assert.is_true(asked < 100)
  end)
end)

describe("the timeline", function()
  it("shows hours, one line for each event, and no control characters", function()
    assert.equal("26:03:09", timeline.clock(((26 * 60 + 3) * 60 + 9) * 1000 + 999.5))
    assert.same({ " 0:00:01  a    one two", " 0:01:01  bcd  x" }, timeline.lines {
      { at = 1000, who = "a", text = "one\ntwo" },
      { at = 61000.0, who = "bcd", text = "\27[31mx\27[0m" },
    })
  end)
end)

describe("the tally", function()
  it("adds up digests, whatever their order, and picks the smallest failure", function()
    local function digest(seed, ms, faults, failing)
      return { seed = seed, kind = "delivered", code = 0, workers = 2, starts = 3,
        ms = ms, tokens = 10 * seed, money = seed > 2 and seed / 4 or nil,
        resumes = 0, faults = faults, states = { "ok" },
        happened = {}, problems = failing and { { name = "x" } } or {}, calls = {} }
    end
    local list = { digest(1, 5, 2, true), digest(2, 9, 0), digest(3, 9, 1, true),
      digest(4, 1, 1, true) }
    local one, other = tally.new(), tally.new()
    for i = 1, 4 do one:add(list[i]) other:add(list[5 - i]) end

    assert.equal(3, one:smallest().seed)
    assert.equal(3, other:smallest().seed)
    assert.equal(2, one.longest.seed)
    assert.equal(2, other.longest.seed)
    assert.equal(40, one.dearest.tokens)
    assert.equal(1.75, one.money)
    assert.same({ ["delivered 0"] = 4 }, one.outcomes)
    assert.same({ "failed", "blocked", "limited", "over_budget", "timed_out", "stopped",
      "lost" }, one:unseen())
  end)
end)
