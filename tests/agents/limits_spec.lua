-- Real agents that meet their limit, and a budget of money that one tells itself.

local rig = require "rig"

local LIMIT = { error = { type = "usage_limit_reached", message = "The limit is reached",
  plan_type = "pro", resets_at = 1900000000 } }
local GOOD = "RESULT: It is done.\n"

-- Six workers at once; how many came goes to stdout.
local SCRIPT = [[
local orch = require "orch"
local replies, failures = orch.each({ 1, 2, 3, 4, 5, 6 }, function(i)
  return orch.ask("worker", { task = "Say something, " .. i })
end)
return orch.deliver { result = #replies .. " came.", next_step = "None." }
]]

--- How many requests came to each of the two interfaces: that of codex, that of claude.
local function asked(r)
  local codex, claude = 0, 0
  for _, request in ipairs(r:requests()) do
    if request.path == "/v1/responses" then codex = codex + 1 else claude = claude + 1 end
  end
  return codex, claude
end

describe("a chain codex,claude with codex at its limit", function()
  it("is done by claude, and codex is not asked again", function()
    local r <close> = rig.new {
      { when = "", api = "responses",
        steps = { { fault = "http", status = 429, body = LIMIT } } },
      { when = "", steps = { { text = GOOD } } },
    }

    local result = r:script(SCRIPT, { "--agent", "codex,claude", "--jobs", "2" })

    assert.equal(0, result.code, result.err)
    assert.matches("6 came", result.out)
    local codex, claude = asked(r)
    assert.is_true(codex >= 1 and codex <= 2, codex)
    assert.equal(6, claude)
    assert.matches('"event":"pause"', result.err)
  end)
end)

describe("a budget of money", function()
  it("is counted by what claude tells", function()
    local r <close> = rig.new { { when = "",
      steps = { { text = GOOD, usage = { 100000, 0, 1000 } } } } }

    local result = r:script(SCRIPT, { "--agent", "claude", "--jobs", "1",
      "--budget", "money=1.2" })

    local spent = tonumber(result.err:match '"event":"end".*"money":([%d.]+)')
    assert.equal(4, result.code, result.err)
    assert.is_true(spent > 0, result.err)
    assert.matches("it does not fit into the budget money=1.20", result.err)
  end)

  it("needs a price for codex, and keeps it by that", function()
    local prices = "return { prices = { codex = { input = 2, output = 10 } } }\n"
    local words = { "--agent", "codex", "--budget", "money=0.5" }
    local rules = { { when = "",
      steps = { { text = GOOD, usage = { 100000, 0, 1000 } } } } }
    local r <close> = rig.new(rules)
    local priced <close> = rig.new(rules, { config = prices })

    local refused = r:script(SCRIPT, words)
    local result = priced:script(SCRIPT, { "--jobs", "1", table.unpack(words) })

    assert.equal(2, refused.code)
    assert.matches("nobody knows what 'codex' costs", refused.err)
    assert.equal(0, #r:requests())
    -- Each costs 0.21: two fit, a third does not.
    assert.equal(2, #priced:requests())
    assert.equal(4, result.code)
    assert.matches('"money":0.42', result.err)
  end)
end)
