-- Event streams of agents as they really are, and what is made of them; no agent runs.

local agents = {
  codex = require "orch.agents.codex", claude = require "orch.agents.claude",
}
local core = require "orch.core"
local event_stream = require "orch.worker.event_stream"
local outcome = require "orch.worker.outcome"
local support = require "support"

local CODEX = table.concat({
  '\27[?25hnot an event, {"type":"turn.failed"}\r',
  '{"type":"thread.started","thread_id":"t-1"}\r',
  '{"type":"turn.started"}\r',
  '{"type":"error","message":"Reconnecting... 1/5 (last status: 429 Too Many)"}\r',
  '{"type":"item.completed","item":{"id":"i0","type":"agent_message","text":"first"}}\r',
  '{"type":"item.completed","item":{"id":"item_1","type":"command_execution",'
    .. '"command":"cat","aggregated_output":"{\\"type\\":\\"turn.failed\\",'
    .. '\\"type\\":\\"agent_message\\"}' .. ("x"):rep(700) .. '","exit_code":0}}\r',
  '{"type":"item.completed","item":{"id":"i2","type":"agent_message","text":"last"}}\r',
  '{"type":"turn.completed","usage":{"input_tokens":200,"cached_input_tokens":50,'
    .. '"output_tokens":40}}\r',
}, "\n")

local CLAUDE = table.concat({
  '{"type":"system","subtype":"init","session_id":"s-1","tools":["Read"]}',
  '{"type":"assistant","message":{"content":[{"type":"text","text":"'
    .. '{\\"type\\":\\"result\\"}' .. ("y"):rep(700) .. '"}]}}',
  '{"type":"result","subtype":"success","is_error":false,"result":"RESULT: done",'
    .. '"session_id":"s-1","total_cost_usd":0.5,'
    .. '"usage":{"input_tokens":100,"cache_read_input_tokens":30,'
    .. '"cache_creation_input_tokens":7,"output_tokens":20,"service_tier":"standard"}}',
}, "\n")

--- The reader of *agent* after it has read *bytes* in pieces of *size*.
local function read(agent, bytes, size)
  local reader = agents[agent].reader()
  local stream = event_stream.new(reader)
  size = size or #bytes
  for at = 1, #bytes, size do stream:feed(bytes:sub(at, at + size - 1)) end
  stream:close()
  return reader
end

describe("the events of codex", function()
  it("read the same in pieces of any size", function()
    for size = 1, #CODEX + 1, 7 do
      local reader = read("codex", CODEX, size)

      assert.equal("ok", reader.finished)
      assert.equal("last", reader.message)
      assert.equal(240, reader.tokens)
      assert.same({ input = 150, cached = 50, output = 40 }, reader.usage)
      assert.equal("t-1", reader.conversation)
      assert.equal(1, #reader.errors)
    end
  end)

  it("are found behind a chunk that holds no sign of them", function()
    local noise = ('{"type":"item.started","item":{"id":"item_1"}}\n'):rep(20000)

    local reader = read("codex", noise .. CODEX .. "\n" .. noise, 262144)

    assert.equal("last", reader.message)
    assert.equal("ok", reader.finished)
  end)

  it("may have a line of many chunks", function()
    local long = '{"type":"item.completed","item":{"id":"i","type":"agent_message",'
      .. '"text":"' .. ("z"):rep(3000000) .. '"}}\n'

    assert.equal(3000000, #read("codex", long, 262144).message)
  end)
end)

describe("what an agent tells of its usage", function()
  it("is nothing when it told nothing, and no number that is none", function()
    assert.is_nil(read("codex", '{"type":"turn.failed","error":{"message":"x"}}').usage)
    local reader = read("claude", '{"type":"result","is_error":false,"result":"x",'
      .. '"total_cost_usd":"free","usage":{"input_tokens":-5,"output_tokens":"9"}}')
    assert.same({ input = 0, cached = 0, output = 0 }, reader.usage)
  end)
end)

describe("the events of claude", function()
  it("hold the last message in the last line, in pieces of any size", function()
    for size = 1, #CLAUDE + 1, 7 do
      local reader = read("claude", CLAUDE, size)

      assert.equal("ok", reader.finished)
      assert.equal("RESULT: done", reader.message)
      assert.equal(157, reader.tokens)
      assert.same({ input = 107, cached = 30, output = 20, money = 0.5 }, reader.usage)
      assert.equal("s-1", reader.conversation)
    end
  end)

  it("tell of a failure by is_error, whatever the subtype says", function()
    local line = '{"type":"result","subtype":"success","is_error":true,'
      .. '"api_error_status":429,"result":"Request rejected (429)"}'

    local reader = read("claude", line)

    assert.equal("failed", reader.finished)
    assert.is_nil(reader.message)
    assert.same({ "status 429: Request rejected (429)" }, reader.errors)
  end)
end)

--- What outcome makes of a turn of *agent* that ended with these error texts.
local function judged(agent, errors, more)
  local reader = { errors = errors, tokens = 0, finished = "failed" }
  local seen = { status = { state = "ended", ended_by = "self", code = 1 },
    stderr = "", agent = agents[agent], reader = reader }
  for key, value in pairs(more or {}) do seen[key] = value end
  return select(2, outcome.judge(seen))
end

describe("a sign", function()
  for _, case in ipairs {
    { "codex", "exceeded retry limit, last status: 429 Too Many Requests",
      "limited", "quota" },
    { "codex", "You’ve hit your usage limit. Try again later.", "limited", "quota" },
    { "codex", "Quota exceeded. Check your plan and billing.", "limited", "quota" },
    { "codex", "Selected model is at capacity. Please try a different model.",
      "limited", "overload" },
    { "codex", "We’re currently experiencing high demand, which may cause errors.",
      "limited", "overload" },
    { "codex", "unexpected status 401 Unauthorized: x, url: http://127.0.0.1:42995/v1",
      "failed", "auth" },
    { "codex", "unexpected status 404 Not Found: x, url: http://127.0.0.1:42995/v1",
      "failed", "request" },
    { "codex", "Codex ran out of room in the model's context window.",
      "failed", "request" },
    { "codex", "it could not apply the patch in line 429", "failed", "crash" },
    { "claude", "status unknown: Not logged in · Please run /login", "failed", "auth" },
    { "claude", "status 400: Credit balance is too low", "limited", "quota" },
    { "claude", "status 400: Prompt is too long", "failed", "request" },
    { "claude", "status 529: API Error: 529", "limited", "overload" },
    { "claude", "status unknown: error_max_turns", "failed", "crash" },
  } do
    it(("of %s is read: %s"):format(case[1], case[2]:sub(1, 40)), function()
      local problem = judged(case[1], { "last status: 429, recovered", case[2] })

      assert.same({ case[3], case[4] }, { problem.state, problem.cause })
    end)
  end

  it("on stderr counts when the agent ended without an event", function()
    local problem = judged("codex", {}, { stderr = "Not logged in\n",
      reader = { errors = {}, tokens = 0 } })

    assert.equal("auth", problem.cause)
  end)

  it("says when a limit ends", function()
    local problem = judged("codex",
      { "rate limit exceeded: on tokens per min. Please try again in 90s." })

    assert.is_true(math.abs(problem.reset - core.time() - 90) < 2)
  end)

  it("of codex counts for a command of the user's that speaks its events", function()
    local command = require "orch.agents.command"
    local mine = command.new("mine", { argv = { "mine" }, events = "codex" })

    local busy = judged(nil, { "Selected model is at capacity." }, { agent = mine })
    local limited = judged(nil, { "You've hit your usage limit. Try again in 2 hours." },
      { agent = mine })

    assert.equal("overload", busy.cause)
    assert.is_true(math.abs(limited.reset - core.time() - 7200) < 2)
  end)

  it("of any command may say when its limit ends", function()
    local command = require "orch.agents.command"
    local mine = command.new("mine", { argv = { "mine" } })
    local problem = judged(nil, {}, { agent = mine,
      reader = { errors = {}, tokens = 0 }, stderr = "rate limit: try again in 40 s\n" })

    assert.equal("quota", problem.cause)
    assert.is_true(math.abs(problem.reset - core.time() - 40) < 2)
  end)
end)

describe("a date in words", function()
  local function reset_at(words, zone, now)
    local load = support.library(setmetatable({
      environment = function() return { TZ = zone } end,
      time = function() return now end,
    }, { __index = core }))
    return load "orch.agents.reset".at(words)
  end

  it("is local time", function()
    assert.equal(1899999960, reset_at("Mar 17th, 2030 5:46 PM", "UTC"))
    assert.equal(1709208000, reset_at("Feb 29th, 2024 12:00 PM", "UTC"))
  end)

  it("without a day is today, or tomorrow when that is long past", function()
    local noon = 1900022400 // 86400 * 86400 + 43200

    assert.equal(noon + 3600, reset_at("1:00 PM", "UTC", noon))
    assert.equal(noon, reset_at("12:00 PM", "UTC", noon + 30))
    assert.equal(noon + 86400 - 7200, reset_at("10:00 AM", "UTC", noon))
  end)
end)
