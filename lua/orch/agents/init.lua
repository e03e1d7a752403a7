--- Which agent does a piece of work: the user's word first, else the first that is
--- installed and logged in, else the offline agent.  A pack never chooses.
--
-- An agent is a table.  Of its program: `find()` or `program_word`, `ready(environment)`
-- and why not, `warning(environment)`, `needs(environment)` = names of variables, `sets`
-- = values of others, `memory`, `model` of its own, `money` = "told" | "free" | nil (not
-- known without a price).  Of its way of working: `argv(job)`, `reader()`, `events`
-- = whether they tell of success, `message` = "file" | "events" | "output", `signs` of
-- causes, `continues` a conversation, `tokens_of` = "process" | "conversation",
-- `sandboxed`.

local command = require "orch.agents.command"
local config = require "orch.config"
local core = require "orch.core"
local failure = require "orch.failure"
local prices = require "orch.budget.prices"
local text = require "orch.text"

local agents = {}

local BUILT_IN = {
  claude = require "orch.agents.claude",
  codex = require "orch.agents.codex",
  offline = require "orch.agents.offline",
}
local DETECTED = { "codex", "claude" }   -- in the order in which they are tried
local NOTICE = "no agent CLI that is logged in was found: the offline agent does the "
  .. "work. It finds and fixes mechanical defects only; install codex or claude for more."

--- The path of *word* in the user's PATH, or nil.
local function which(word)
  if word:find "/" then
    return core.stat(word, true) and core.real_path(word)
  end
  for folder in (core.environment().PATH or ""):gmatch "[^:]+" do
    local path = folder .. "/" .. word
    local found = core.stat(path, true)
    if found and found.type == "file" and found.mode & 73 ~= 0 then return path end
  end
end

--- The path of the agent's program, or nil and why it cannot be used.
local function locate(agent)
  if agent.find then return agent.find() end
  local word = agent.program_word or agent.name
  local path = which(word)
  if not path then
    local where = word:find("/", 1, true) and "a program" or "in PATH"
    return nil, ("'%s' is not %s"):format(word, where)
  end
  return path
end

local function unknown(name, own)
  local known = text.sorted_keys(BUILT_IN)
  for own_name in text.sorted_pairs(own) do known[#known + 1] = own_name end
  return ("there is no agent '%s'%s"):format(name, text.suggest(name, known))
end

local function named(name, own)
  local entry = own[name]
  if entry then return command.new(name, entry) end
  if BUILT_IN[name] then return BUILT_IN[name] end
  failure.refuse("usage", "%s", unknown(name, own))
end

--- The agent called *name*, of *own* (the configuration's) or built in, and the path of
-- its program if there is one.
function agents.named(name, own)
  local agent = named(name, own)
  return agent, (locate(agent))
end

--- What is wrong with *wishes*, the user's agents by role, or nil.  *own* are the agents
-- of the configuration, *roles* the worker templates, if only those may be named.
function agents.mistake(wishes, own, roles)
  local known = { ["*"] = true }
  for _, role in ipairs(roles or {}) do known[role] = true end
  for role, names in text.sorted_pairs(wishes or {}) do
    if roles and not known[role] then
      return ("there is no role '%s'%s"):format(role, text.suggest(role, roles))
    end
    for _, name in ipairs(names) do
      if not own[name] and not BUILT_IN[name] then return unknown(name, own) end
    end
  end
end

--- Why the cost of work by an agent of the user's *wishes*, in their order, could not be
-- known, or nil; see agents.mistake.  The first that speaks for every role decides.
function agents.unpriced(settings, model, ...)
  for _, wishes in ipairs { ... } do
    for _, names in text.sorted_pairs(wishes) do
      for _, name in ipairs(names) do
        local agent = named(name, settings.agents or {})
        local problem = prices.mistake(settings.prices, agent, model)
        if problem then return problem end
      end
    end
    if wishes["*"] then return nil end
  end
end

local function usable(agent)
  local program, why = locate(agent)
  if not program then return nil, why end
  local ready, reason = agent.ready(core.environment())
  if not ready then return nil, reason end
  return program
end

--- Tell the user what there is to know before *agent* is used.
local function warn_of(agent, run)
  local warning = agent.warning and agent.warning(core.environment())
  if warning then run:warn_once(warning) end
end

local function detect(run)
  for _, name in ipairs(DETECTED) do
    local program, why = usable(BUILT_IN[name])
    if program then
      warn_of(BUILT_IN[name], run)
      return { agent = BUILT_IN[name], program = program }
    end
    if locate(BUILT_IN[name]) then
      run:warn_once(("%s is installed but passed over: %s"):format(name, why))
    end
  end
  run:warn_once(NOTICE)
  return { agent = BUILT_IN.offline, program = (locate(BUILT_IN.offline)) }
end

--- Every agent there could be: the built-in ones and those of the configuration, *own*.
function agents.all(own)
  local list = {}
  for _, agent in text.sorted_pairs(BUILT_IN) do list[#list + 1] = agent end
  for name, entry in text.sorted_pairs(own) do
    list[#list + 1] = command.new(name, entry)
  end
  return list
end

--- Every agent there could be, the built-in ones first: a list of { name, agent,
-- built_in, program or nil, ready, why = what keeps it from being used }.  *own* are the
-- configuration's.
function agents.survey(own)
  local list = {}
  local function add(name, agent, built_in)
    local program, missing = locate(agent)
    local ready, reason = nil, missing
    if program then ready, reason = agent.ready(core.environment()) end
    list[#list + 1] = { name = name, agent = agent, built_in = built_in,
      program = program, ready = ready == true, why = not ready and reason or nil }
  end
  for name, agent in text.sorted_pairs(BUILT_IN) do
    if not own[name] then add(name, agent, true) end
  end
  for name, entry in text.sorted_pairs(own) do
    add(name, command.new(name, entry), false)
  end
  return list
end

--- Those of *names* that can be used, as { agent, program }, and why others cannot.
local function usable_of(names, run)
  local chain, reasons = {}, {}
  for _, name in ipairs(names) do
    local agent = named(name, run.config.agents or {})
    local program, why = usable(agent)
    if program then
      chain[#chain + 1] = { agent = agent, program = program }
    else
      reasons[#reasons + 1] = ("%s: %s"):format(name, why)
    end
  end
  return chain, reasons
end

--- *chain*, unless the run has a budget of money and nobody knows what one of it costs.
local function check_prices(chain, run)
  if not run.budget.limits.money then return chain end
  for _, choice in ipairs(chain) do
    local model = run.options.model or run.config.model
    local problem = prices.mistake(run.config.prices, choice.agent, model)
    if problem then failure.refuse("usage", "%s", problem) end
  end
  return chain
end

--- The agents for *role* in *run*, in the order in which they are tried: a list of {
-- agent, program = its path }; *wanted* is the script's own wish, which the user's word
-- for that role overrules.  Raise a failure with the cause `environment` when none that
-- was asked for can be used.
function agents.chain(role, run, wanted)
  local names = config.agents_for(role, run.options.agent,
    wanted and { ["*"] = { wanted } }, run.config.agent)
  if not names then return check_prices({ detect(run) }, run) end
  local chain, reasons = usable_of(names, run)
  if not chain[1] then
    failure.refuse("environment", "no agent of those you named can be used (%s)",
      table.concat(reasons, "; "))
  end
  for _, reason in ipairs(reasons) do run:warn_once("passed over " .. reason) end
  for _, choice in ipairs(chain) do warn_of(choice.agent, run) end
  return check_prices(chain, run)
end

return agents
