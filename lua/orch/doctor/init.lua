--- What can keep workers from running on this machine, examined one thing at a time.
--
-- An examination is { what, examine, advice }: *what* is its name; examine(about) returns
-- "ok", "warning" or "problem", what was found in a few words and, for the advice, what
-- it is about; advice is the command that mends it, or a function that returns it.

local agents = require "orch.agents"
local core = require "orch.core"
local failure = require "orch.failure"

local doctor = {}

-- In the order in which they are shown: what others rest on comes first.
local PARTS = {
  require "orch.doctor.machine",
  require "orch.doctor.sessions",
  require "orch.doctor.places",
  (require "orch.doctor.agents"),   -- one value: require returns two
}

local function all(about)
  local list = {}
  for _, part in ipairs(PARTS) do
    for _, one in ipairs(part.examinations(about)) do list[#list + 1] = one end
  end
  if about.deep then
    for _, one in ipairs(require "orch.doctor.deep".examinations(about)) do
      list[#list + 1] = one
    end
  end
  return list
end

local function advice_of(one, detail)
  if type(one.advice) == "function" then return one.advice(detail) end
  return one.advice
end

local function perform(one, about)
  local fine, state, found, detail = pcall(one.examine, about)
  if not fine then
    -- What the machine refuses is a finding; anything else is a mistake in here.
    if not failure.is(state) then error(state, 0) end
    -- What to do follows as a command of its own.
    local reason = state.reason:gsub("; set ORCH_STATE_DIR.*$", "")
    state, found, detail = "problem", reason, nil
  end
  return { what = one.what, state = state, found = found,
    advice = state ~= "ok" and advice_of(one, detail) or nil }
end

--- Examine everything.  *asked*: settings = the user's configuration; agent = the agents
-- that --agent names; deep = whether agents are asked to do something, which costs a
-- little; model; tell = function(sentence) that is called before what takes long.
-- Return a list of { what, state = "ok" | "warning" | "problem", found, advice }.
function doctor.examine(asked)
  local about = {
    settings = asked.settings or {}, wishes = asked.agent, deep = asked.deep,
    model = asked.model, tell = asked.tell or function() end,
    environment = core.environment(), host = core.host(),
  }
  about.agents = agents.survey(about.settings.agents or {})
  local results = {}
  for i, one in ipairs(all(about)) do results[i] = perform(one, about) end
  return results
end

return doctor
