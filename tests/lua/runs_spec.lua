-- The runs there have been, as their folders tell of them.

local support = require "support"
local core = require "orch.core"

local STATE = "/state"

--- A world with runs = { [id] = summary or false for none }, and its module orch.runs.
local function with_runs(list, more)
  local files = more or {}
  for id, record in pairs(list) do
    local folder = STATE .. "/" .. id
    files[folder .. "/lock"] = "1\n"
    if record then
      record.v, record.list = 1, record.list or core.array {}
      record.steps, record.pauses = core.array {}, core.array {}
      files[folder .. "/summary.json"] = core.json_encode(record) .. "\n"
    end
  end
  files[STATE] = { folder = true }
  local world = support.world { files = files,
    environment = { ORCH_STATE_DIR = STATE } }
  return support.library(world) "orch.runs", world
end

local FIRST, SECOND = "20260101-100000-review-aaaaaa", "20260101-100001-review-bbbbbb"
local THIRD = "20260102-100000-other-cccccc"

local function three()
  return with_runs {
    [FIRST] = { state = "delivered", started = 100 },
    [SECOND] = { state = "running", started = 200 },
    [THIRD] = { state = "stopped", started = 300 },
  }
end

local function ids_of(list)
  local ids = {}
  for i, run in ipairs(list) do ids[i] = run.id end
  return ids
end

describe("the list of runs", function()
  it("is newest first, and may be cut", function()
    local runs = three()

    local list, count = runs.list(2)

    assert.same({ THIRD, SECOND }, ids_of(list))
    assert.equal(3, count)
    assert.same({ THIRD, SECOND, FIRST }, ids_of((runs.list())))
  end)

  it("orders runs of one second by what they tell", function()
    local runs = with_runs {
      ["20260101-100000-z-aaaaaa"] = { state = "done", started = 1.25 },
      ["20260101-100000-a-bbbbbb"] = { state = "done", started = 1.75 },
      ["20260101-100000-m-cccccc"] = { state = "done", started = 1.5 },
    }

    assert.same({ "20260101-100000-a-bbbbbb", "20260101-100000-m-cccccc",
      "20260101-100000-z-aaaaaa" }, ids_of((runs.list())))
  end)

  it("leaves out what is no run", function()
    local runs = with_runs({ [FIRST] = { state = "done", started = 1 } },
      { [STATE .. "/.locks/x"] = "" })

    assert.same({ FIRST }, runs.ids())
  end)
end)

describe("a run", function()
  it("that says it runs, with a lock that nobody holds, was interrupted", function()
    local runs, world = three()

    assert.equal("interrupted", runs.read(STATE .. "/" .. SECOND).state)
    local lock = world.lock(STATE .. "/" .. SECOND .. "/lock")
    local held = runs.read(STATE .. "/" .. SECOND)
    world.unlock(lock)

    assert.equal("running", held.state)
    assert.is_true(held.alive)
    assert.is_false(runs.read(STATE .. "/" .. SECOND).alive)
  end)

  it("without a summary is known by its folder", function()
    local runs = with_runs { [FIRST] = false }

    local run = runs.read(STATE .. "/" .. FIRST)

    assert.equal("interrupted", run.state)
    assert.equal("review", run.name)
    assert.equal(1767261600, run.started)
    assert.same({}, run.list)
  end)

  it("with a summary that was cut is as one without", function()
    local runs = with_runs({ [FIRST] = false },
      { [STATE .. "/" .. FIRST .. "/summary.json"] = '{"v":1,"sta' })

    assert.equal("interrupted", runs.read(STATE .. "/" .. FIRST).state)
  end)

  it("has its workers in order, also those that are not in its summary", function()
    local rows = core.array { { label = "W10 Worker", role = "worker", state = "ok",
      folder = "workers/W10-worker" } }
    local workers = STATE .. "/" .. FIRST .. "/workers/"
    local runs = with_runs({ [FIRST] = { state = "done", started = 1, list = rows } }, {
      [workers .. "W10-worker/1/transcript"] = "",
      [workers .. "W2-web_research/1/transcript"] = "",
      [workers .. "W2.2-worker/1/transcript"] = "",
      [workers .. "W2.2-worker/2/transcript"] = "",
    })

    local run = runs.read(STATE .. "/" .. FIRST)
    local list = runs.workers(run)

    assert.equal("W2 Web research", list[1].label)
    assert.equal("web_research", list[1].role)
    assert.equal("W2.2 Worker", list[2].label)
    assert.equal("W10 Worker", list[3].label)
    local attempts = runs.attempts(run, list[2])
    assert.equal(2, #attempts)
    assert.equal(workers .. "W2.2-worker/2", attempts[2].folder)
  end)

  it("has the sessions that live, each by the lock of its transcript", function()
    local runs, world = with_runs { [FIRST] = { state = "running", started = 1 } }
    local session = STATE .. "/" .. FIRST .. "/workers/W1-worker/1"
    world.make_folder(session, { parents = true })
    world.lock(session .. "/transcript")

    local living = runs.living(runs.read(STATE .. "/" .. FIRST))

    assert.equal(1, #living)
    assert.equal("W1 Worker", living[1].label)
    assert.equal(session, living[1].folder)
  end)
end)

describe("a run is found", function()
  it("by its id, the beginning of no other, or 'last'", function()
    local runs = three()

    assert.equal(STATE .. "/" .. FIRST, runs.find(FIRST))
    assert.equal(STATE .. "/" .. THIRD, runs.find "20260102")
    assert.equal(STATE .. "/" .. THIRD, runs.find "last")
  end)

  it("or the word is refused with what was probably meant", function()
    local runs = three()
    local function refusal(word)
      local folder, sentence = runs.find(word)
      assert.is_nil(folder)
      return sentence
    end

    assert.equal("'20260101' begins the ids of 2 runs: " .. SECOND .. ", " .. FIRST,
      refusal "20260101")
    assert.matches("did you mean '" .. THIRD .. "'?", refusal(THIRD .. "x"), 1, true)
    assert.matches("did you mean 'last'?", refusal "lst", 1, true)
    assert.matches("orch-lua runs lists them", refusal "", 1, true)
    assert.equal("there is no run yet", select(2, with_runs({}).find "last"))
  end)
end)
