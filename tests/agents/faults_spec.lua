-- What real agents make of a model that fails, and what it is called here.

local core = require "orch.core"
local rig = require "rig"

-- One task in one worker; what became of it goes to stderr as one line.
local SCRIPT = [[
local orch = require "orch"
local task = opt_task
local _, problem = orch.try("worker", { task = task, deadline_ms = opt_deadline })
problem = problem or { state = "ok" }
print(("OUTCOME %s|%s|%s|%s"):format(task, problem.state, problem.cause, problem.reset))
print(("REASON %s|%s"):format(task, problem.reason))
]]
local AT_ONCE = 3

--- Rules by which every request is answered with *step*.
local function always(step) return { { when = "", steps = { step } } } end

--- Start *task* in a run of its own: a limit or a refused login concerns a whole run.
local function begin(r, task, deadline_ms, agent)
  local source = SCRIPT:gsub("opt_task", ("%q"):format(task))
    :gsub("opt_deadline", tostring(deadline_ms))
  local path = ("%s/%s.lua"):format(r.folder, core.hash(task):sub(1, 8))
  assert(core.write(path, source))
  return r:orch { path, "--agent", agent, "--max-wait", "1s" }
end

--- What becomes of each of *tasks*, and how long all took.
local function outcomes_of(r, tasks, deadline_ms, agent)
  local outcomes, begun, from = { err = "" }, {}, core.now()
  local function finish_first()
    local result = r:finish(table.remove(begun, 1))
    outcomes.err = outcomes.err .. result.err
    local task, state, cause, reset =
      result.err:match "OUTCOME (.-)|(.-)|(.-)|([%w.]+)"
    outcomes[task or 0] = { state = state, cause = cause ~= "nil" and cause or nil,
      reset = tonumber(reset) }
  end
  for i, task in ipairs(tasks) do
    begun[#begun + 1] = begin(r, task, deadline_ms, agent)
    if i >= AT_ONCE then finish_first() end
  end
  while begun[1] do finish_first() end
  outcomes.seconds = (core.now() - from) / 1000
  return outcomes
end

local function http(status, more)
  local step = { fault = "http", status = status }
  for key, value in pairs(more or {}) do step[key] = value end
  return step
end

local LIMIT = { error = { type = "usage_limit_reached", message = "The limit is reached",
  plan_type = "pro", resets_at = 1900000000 } }
local OVER = { error = { message = "overloaded", code = "server_is_overloaded" } }

-- name, the model's step, and what is expected: state and cause.
local FAULTS = {
  { "a 429", http(429), "limited", "quota" },
  { "a 401", http(401), "failed", "auth" },
  { "a 400", http(400), "failed", "request" },
  { "a 500", http(500), "limited", "overload" },
  { "a 503", http(503, { body = OVER }), "limited", "overload" },
  { "a cut stream", { fault = "cut" }, "limited", "overload" },
  { "a stream of garbage", { fault = "garbage" }, "limited", "overload" },
  { "a silent stream", { fault = "hang" }, "timed_out" },
}

for _, agent in ipairs { "codex", "claude" } do
  describe(agent, function()
    it("names what ended it: a limit, a login, an overload, a bad request", function()
      local rules, tasks = {}, {}
      for i, fault in ipairs(FAULTS) do
        rules[i] = { when = "Meet " .. fault[1], steps = { fault[2] } }
        tasks[i] = "Meet " .. fault[1]
      end
      local r <close> = rig.new(rules)

      local outcomes = outcomes_of(r, tasks, 8000, agent)

      for _, fault in ipairs(FAULTS) do
        local seen = outcomes["Meet " .. fault[1]] or {}
        assert.same({ fault[1], fault[3], fault[4] },
          { fault[1], seen.state, seen.cause })
      end
      assert.is_true(outcomes.seconds < 25)
    end)

    it("that cannot connect is ended by its deadline, and says why", function()
      local r <close> = rig.new({}, { refused = true,
        env = { CLAUDE_CODE_MAX_RETRIES = "10" } })

      local outcomes = outcomes_of(r, { "Connect." }, 4000, agent)

      assert.same({ state = "timed_out", cause = "overload" },
        { state = outcomes["Connect."].state, cause = outcomes["Connect."].cause })
      assert.matches("its deadline passed; it had reported: ", outcomes.err)
      assert.is_true(outcomes.seconds > 4 and outcomes.seconds < 9)
    end)
  end)
end

describe("the end of a limit is known", function()
  it("from what codex says of the account, in local time", function()
    for _, zone in ipairs { "UTC", "America/New_York" } do
      local r <close> = rig.new(always(http(429, { body = LIMIT })),
        { env = { TZ = zone } })

      local outcomes = outcomes_of(r, { "x" }, 20000, "codex")

      assert.equal("limited", outcomes.x.state)
      assert.is_true(math.abs(outcomes.x.reset - 1900000000) <= 60)
    end
  end)

  it("from what codex says of the rate", function()
    local r <close> = rig.new(always { fault = "failed", code = "rate_limit_exceeded",
      message = "Please try again in 11.5s." })

    local outcomes = outcomes_of(r, { "x" }, 20000, "codex")

    assert.equal("quota", outcomes.x.cause)
    assert.is_true(math.abs(outcomes.x.reset - core.time() - 11.5) < 5)
  end)

  it("from an event of claude, when it is logged in", function()
    local r <close> = rig.new(always(http(429, { headers = {
      ["anthropic-ratelimit-unified-status"] = "rejected",
      ["anthropic-ratelimit-unified-reset"] = "1900000000",
      ["anthropic-ratelimit-unified-representative-claim"] = "five_hour" } })),
      { env = { ANTHROPIC_API_KEY = false, CLAUDE_CODE_OAUTH_TOKEN = "sk-none" } })

    local outcomes = outcomes_of(r, { "x" }, 20000, "claude")

    assert.same({ state = "limited", cause = "quota", reset = 1900000000 }, outcomes.x)
  end)

  it("from the pause that claude was told of, with a key", function()
    local r <close> = rig.new(always(http(429, { retry_after = 2 })),
      { env = { CLAUDE_CODE_MAX_RETRIES = "1" } })

    local outcomes = outcomes_of(r, { "x" }, 20000, "claude")

    assert.equal("quota", outcomes.x.cause)
    assert.is_true(math.abs(outcomes.x.reset - core.time()) < 5)
  end)
end)

describe("a fault that passes", function()
  it("is waited out by codex itself", function()
    local r <close> = rig.new(always(http(500,
      { times = 1, text = "RESULT: It came back." })))
    local settings = core.read(r.folder .. "/codex/config.toml")
    assert(core.write(r.folder .. "/codex/config.toml",
      (settings:gsub("stream_max_retries = 0", "stream_max_retries = 2"))))

    local outcomes = outcomes_of(r, { "x" }, 20000, "codex")

    assert.equal("ok", outcomes.x.state)
  end)
end)
