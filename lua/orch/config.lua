--- The user's configuration: one returned table, loaded with nothing inside.
--
-- It is never looked for in a project: a cloned repository must not choose commands.

local amounts = require "orch.budget.amounts"
local core = require "orch.core"
local text = require "orch.text"

local config = {}

local MOST_MS = 1000           -- how long the configuration may compute
local units = { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000 }

--- Read a duration such as "90s", "30m" or "1h30m".  Return milliseconds, or nil and what
-- was expected.
function config.duration(word)
  local total, rest = 0, tostring(word)
  repeat
    local count, unit, after = rest:match "^(%d+%.?%d*)(%a+)(.*)$"
    if not count or not units[unit] then total = nil break end
    total, rest = total + tonumber(count) * units[unit], after
  until rest == ""
  if total and total > 0 then return math.ceil(total) end
  return nil, ("'%s' is not a duration: a number and a unit were expected, such as 90s, "
    .. "30m or 2h"):format(word)
end

--- Read one word of `--agent`: [ROLE=]NAME[,NAME...].  Return the role ("*" for every
-- role) and the names in the order in which they are tried, or nil and what is wrong.
function config.agent(word)
  local role, list = word:match "^([^=]*)=(.*)$"
  if not role then role, list = "*", word end
  local names = {}
  for name in (list .. ","):gmatch "([^,]*)," do
    if not name:find "^[%w_][%w_.-]*$" then
      return nil, ("'%s' names no agent: write NAME, NAME,NAME or ROLE=NAME"):format(word)
    end
    names[#names + 1] = name
  end
  if role ~= "*" and not role:find "^[%w_-]+$" then
    return nil, ("'%s' names no role: write ROLE=NAME"):format(word)
  end
  return role, names
end

--- The agents that the user wants for *role*, in the order in which they are tried.  The
-- arguments after it are tables such as { ["*"] = { "codex" }, reviewer = { "claude" } };
-- the first that says anything about the role, or about every role, decides.
function config.agents_for(role, ...)
  for i = 1, select("#", ...) do
    local wishes = select(i, ...)
    local names = wishes and (wishes[role] or wishes["*"])
    if names then return names end
  end
end

-- What each key may hold: a check returns the value to keep, or nil and a sentence.

local function some_text(value)
  if type(value) == "string" and value ~= "" then return value end
  return nil, "a text that is not empty was expected"
end

-- The keys of *values* in order, or nil when not all of them are names.
local function names_of(values)
  if type(values) ~= "table" then return nil end
  for key in next, values do
    if type(key) ~= "string" then return nil end
  end
  return text.sorted_keys(values)
end

local function list_of_text(value)
  local expected = "a list of texts was expected"
  if type(value) ~= "table" then return nil, expected end
  local count = 0
  for _ in next, value do count = count + 1 end
  for i = 1, count do
    if type(value[i]) ~= "string" then return nil, expected end
  end
  return value
end

local function agent_wishes(value)
  if type(value) == "string" then value = { ["*"] = value } end
  local expected, wishes = "an agent's name, or { role = \"name\" }, was expected", {}
  local roles = names_of(value)
  if not roles then return nil, expected end
  for _, role in ipairs(roles) do
    local names = value[role]
    if type(names) ~= "string" then return nil, expected end
    local key, list = config.agent(role == "*" and names or role .. "=" .. names)
    if not key then return nil, list end
    wishes[key] = list
  end
  return wishes
end

local function whole_number(value)
  if math.type(value) == "integer" and value > 0 then return value end
  return nil, "a whole number above 0 was expected"
end

local function events_word(value)
  if value == "none" or value == "codex" or value == "claude" then return value end
  return nil, "'none', 'codex' or 'claude' was expected"
end

local function sign_list(value)
  local expected = "a list of { PATTERN, 'quota' or 'overload' or 'auth' } was expected, "
    .. "and, if need be, a function that turns what was captured into seconds since 1970"
  local causes = { quota = true, overload = true, auth = true }
  if type(value) ~= "table" then return nil, expected end
  for _, sign in ipairs(value) do
    local fine = type(sign) == "table" and type(sign[1]) == "string" and causes[sign[2]]
    local reset = fine and sign[3]
    if not fine or not pcall(string.find, "", sign[1])
      or reset and type(reset) ~= "function" then
      return nil, expected
    end
  end
  return value
end

local HOLES = { "brief_file", "folder", "last_message", "model", "scope" }

--- What is wrong with the holes in *argv*, in words, or nil.
local function wrong_hole(argv)
  for hole in table.concat(argv, "\n"):gmatch "{{%s*([%w_]+)%s*}}" do
    local known = false
    for _, name in ipairs(HOLES) do known = known or name == hole end
    if not known then
      return ("unknown hole '{{%s}}'%s"):format(hole, text.suggest(hole, HOLES))
    end
  end
end

local in_agent = { argv = list_of_text, env = list_of_text, events = events_word,
  memory = whole_number, model = some_text, signs = sign_list }

local function own_agents(value)
  local expected = "{ NAME = { argv = { ... } } } was expected"
  local names = names_of(value)
  if not names then return nil, expected end
  for _, name in ipairs(names) do
    local agent = value[name]
    if type(agent) ~= "table" then return nil, expected end
    for key, check in text.sorted_pairs(in_agent) do
      local ok, message = true, nil
      if agent[key] ~= nil then ok, message = check(agent[key]) end
      if not ok then return nil, ("in '%s', '%s': %s"):format(name, key, message) end
    end
    for _, key in ipairs(names_of(agent) or {}) do
      if not in_agent[key] then
        return nil, ("in '%s': unknown key '%s'%s"):format(name, key,
          text.suggest(key, text.sorted_keys(in_agent)))
      end
    end
    if not agent.argv or #agent.argv == 0 then
      return nil, ("'%s' needs 'argv': the program and its words"):format(name)
    end
    local wrong = wrong_hole(agent.argv)
    if wrong then return nil, ("in '%s', 'argv': %s"):format(name, wrong) end
  end
  return value
end

local in_price = { input = true, cached = true, output = true }

local function price_table(value)
  local expected = "{ NAME = { input = 1.25, cached = 0.125, output = 10 } } was expected"
  for _, name in ipairs(names_of(value) or { false }) do
    local price = name and names_of(value[name]) and value[name]
    if not price then return nil, expected end
    for key, amount in text.sorted_pairs(price) do
      local fine = type(amount) == "number" and amount >= 0 and amount < math.huge
      if not in_price[key] or not fine then
        return nil, ("in '%s', '%s': %s"):format(name, key, expected)
      end
    end
    if not (price.input and price.output) then
      return nil, ("'%s' needs 'input' and 'output': %s"):format(name, expected)
    end
  end
  return value
end

local keys = { agent = agent_wishes, agents = own_agents, budget = amounts.read,
  deadline = config.duration, jobs = whole_number, lease = config.duration,
  max_wait = config.duration, model = some_text, pass_env = list_of_text,
  prices = price_table }

-- Durations are kept in milliseconds, which their names say then.
local DURATIONS = { "deadline", "lease", "max_wait" }

local function check(values)
  local checked, names = {}, names_of(values)
  if not names then return nil, "a list was found, but its keys are names" end
  for _, key in ipairs(names) do
    if not keys[key] then
      local hint = text.suggest(key, text.sorted_keys(keys))
      return nil, ("unknown key '%s'%s"):format(key, hint)
    end
    local kept, message = keys[key](values[key])
    if kept == nil then return nil, ("'%s': %s"):format(key, message) end
    checked[key] = kept
  end
  for _, key in ipairs(DURATIONS) do
    checked[key .. "_ms"], checked[key] = checked[key], nil
  end
  return checked
end

--- Where the configuration is, or nil when there is no home.
function config.path(environment)
  local base = environment.XDG_CONFIG_HOME
  if not base or base:sub(1, 1) ~= "/" then
    local home = environment.HOME or core.host().home
    base = home and home ~= "" and home .. "/.config" or nil
  end
  return base and base .. "/orch-lua/config.lua"
end

-- Run *chunk*, which has only to make a table: at once, or it never will.
local function run(chunk)
  local co = coroutine.create(chunk)
  core.guard(co, MOST_MS)
  local fine, values = coroutine.resume(co)
  core.guard(nil)
  return fine, values
end

--- Read the configuration, through the core *over* if it is given.  Return
-- { agent = { [role or "*"] = { name, ... } }, model, jobs, pass_env, agents, budget,
-- prices, deadline_ms, lease_ms, max_wait_ms }, {} when there is no file, or nil and a
-- message.
function config.load(over)
  over = over or core
  local path = config.path(over.environment())
  local source, message, name = nil, nil, "ENOENT"
  if path then source, message, name = over.read(path) end
  if not source then
    if name == "ENOENT" or name == "ENOTDIR" then return {} end
    return nil, ("cannot read your configuration '%s': %s"):format(path, message)
  end
  local chunk, wrong = load(source, "@" .. path, "t", {})
  if not chunk then return nil, "your configuration is not Lua: " .. wrong end
  local fine, values = run(chunk)
  if not fine then return nil, "your configuration stopped: " .. tostring(values) end
  if type(values) ~= "table" then
    return nil, ("your configuration '%s' must return a table, such as "
      .. "return { agent = \"codex\" }"):format(path)
  end
  local checked, problem = check(values)
  if checked then return checked end
  return nil, ("in your configuration '%s': %s"):format(path, problem)
end

return config
