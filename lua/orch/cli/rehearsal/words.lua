--- The words after `orch-lua rehearse`: its own, and those that are the script's.

local arguments = require "orch.cli.arguments"
local cast = require "orch.cli.rehearsal.cast"
local config = require "orch.config"
local core = require "orch.core"
local lots = require "orch.rehearsal.lots"
local patterns = require "orch.cli.patterns"
local runs = require "orch.runs"
local text = require "orch.text"

local words = {}

local SEEDS = 200

local function whole(word, least)
  local number = word:find "^%d+$" and math.tointeger(tonumber(word))
  if number and number >= least then return number end
  return nil, ("'%s' is not a whole number from %d"):format(word, least)
end

local function list_of(word)
  local list = {}
  for item in word:gmatch "[^,]+" do list[#list + 1] = item end
  return list
end

-- Each takes the value of its option into the plan; it returns what is wrong, or nil.
local own = {}

function own.seeds(plan, word)
  local number, wrong = whole(word, 1)
  plan.seeds = number
  return wrong
end

function own.seed(plan, word)
  local number, wrong = whole(word, 0)
  plan.seed = number
  return wrong
end

function own.faults(plan, word)
  plan.faults = word
  if word == "all" then plan.kinds = lots.names return nil end
  plan.kinds = word == "none" and {} or list_of(word)
  return lots.mistake(plan.kinds)
end

function own.only(plan, word)
  plan.only = list_of(word)
end

function own.from(plan, word)
  local wrong
  plan.from, wrong = runs.find(word)
  return not plan.from and wrong or nil
end

function own.part(plan, word)
  local part, parts = word:match "^(%d+)/(%d+)$"
  plan.part, plan.parts = math.tointeger(part), math.tointeger(parts)
  return not part and ("'%s' is no part such as 1/2"):format(word) or nil
end

-- Take the option at given[i], if it is one of ours.  Return its last index, or nil; or
-- nil and what is wrong.
local function take(plan, given, i)
  local name, value = given[i]:match "^%-%-(%l+)=(.*)$"
  name = name or given[i]:match "^%-%-(%l+)$"
  if not own[name] then return nil end
  local last = value and i or i + 1
  value = value or given[last]
  if not value then return nil, ("'--%s' needs a value"):format(name) end
  local wrong = own[name](plan, value)
  if wrong then return nil, ("--%s: %s"):format(name, wrong) end
  return last
end

-- The file that the word *script* means.
local function file_of(script)
  if script:find("/", 1, true) or script:find "%.lua$" then return script end
  local path = patterns.find(script)
  if path then return path end
  return nil, ("there is no pattern '%s'%s"):format(script,
    text.suggest(script, patterns.names()))
end

local PASSED = { "agent", "model", "deadline_ms", "budget", "max_wait_ms" }

-- What the user says about the run besides the script's own words.
local function options_of(globals)
  local options = {}
  for _, key in ipairs(PASSED) do options[key] = globals[key] end
  return options
end

-- The user's prices count; the agents of the configuration play along where the command
-- line names one.
local function take_settings(plan, globals)
  local settings, wrong = config.load()
  if not settings then return wrong end
  plan.config, plan.own_agents = { prices = settings.prices }, settings.agents or {}
  if globals.agent then cast.add_own(plan, plan.own_agents) end
end

local function complete(plan, globals)
  plan.single = plan.only ~= nil or plan.seed ~= nil and not plan.seeds and not plan.part
  plan.first = plan.seed or 1
  plan.last = plan.first + (plan.single and 1 or plan.seeds or SEEDS) - 1
  plan.kinds = plan.kinds or lots.names
  plan.jobs = globals.jobs or core.host().cpus
  plan.options = options_of(globals)
  local wrong = take_settings(plan, globals)
  if wrong then return nil, wrong end
  return plan
end

--- Read the words *given* -> a plan: path, words (the script's), first, last (seeds),
-- single, kinds, only, part, parts, jobs, options, config, agents, own_agents; or nil and
-- a message.
function words.read(given, globals)
  local plan, i = { words = {}, given = given }, 1
  while i <= #given do
    local last, wrong = take(plan, given, i)
    if wrong then return nil, wrong end
    if not last then
      if plan.script then plan.words[#plan.words + 1] = given[i]
      else plan.script = given[i] end
    end
    i = (last or i) + 1
  end
  if not plan.script then return nil, "rehearse needs a script: rehearse SCRIPT" end
  local path, wrong = file_of(plan.script)
  if not path then return nil, wrong end
  plan.path = path
  return complete(plan, globals)
end

--- The names of the options that a script cannot have here: orch-lua's and our own.
function words.reserved()
  local names = arguments.reserved()
  local ours = text.sorted_keys(own)
  return table.move(ours, 1, #ours, #names + 1, names)
end

-- ── back into words ─────────────────────────────────────────────────────────

local function quoted(word)
  if word:find "^[%w_@%%+=:,./-]+$" then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function budget_word(budget)
  local parts = {}
  for kind, most in text.sorted_pairs(budget) do
    parts[#parts + 1] = ("%s=%s"):format(kind, most)
  end
  return table.concat(parts, ",")
end

-- The options of orch-lua that the plan's runs have, as words.
local function option_words(options)
  local list = {}
  local function add(name, value)
    if value then list[#list + 1], list[#list + 2] = name, value end
  end
  for role, names in text.sorted_pairs(options.agent or {}) do
    add("--agent", (role == "*" and "" or role .. "=") .. table.concat(names, ","))
  end
  add("--model", options.model)
  add("--budget", options.budget and budget_word(options.budget))
  add("--deadline", options.deadline_ms and ("%dms"):format(options.deadline_ms))
  add("--max-wait", options.max_wait_ms and ("%dms"):format(options.max_wait_ms))
  return list
end

--- The words of the script and of its runs, for another process of ours.
function words.again(plan)
  local list = { "rehearse", plan.script }
  table.move(plan.words, 1, #plan.words, #list + 1, list)
  local more = option_words(plan.options)
  table.move(more, 1, #more, #list + 1, list)
  if plan.faults and plan.faults ~= "all" then
    list[#list + 1], list[#list + 2] = "--faults", plan.faults
  end
  return list
end

--- The one command that replays *seed* with *faults* of those that it brings.
function words.replay(plan, seed, faults)
  local list = { "orch-lua" }
  for _, word in ipairs(words.again(plan)) do list[#list + 1] = quoted(word) end
  list[#list + 1] = "--seed " .. seed
  local names = {}
  for i, fault in ipairs(faults) do names[i] = lots.name(fault) end
  if names[1] then list[#list + 1] = "--only " .. table.concat(names, ",") end
  if not names[1] and #plan.kinds > 0 then list[#list + 1] = "--only none" end
  return table.concat(list, " ")
end

return words
