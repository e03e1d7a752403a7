--- What a seed brings: the faults that it draws, in some seeds a tight budget, and in
-- some in which an agent is limited little patience for that.
--
-- Every fourth seed brings nothing but kills of the engine, where those are asked for:
-- only then can its result be compared with that of a run that nobody disturbed.

local chance = require "orch.rehearsal.chance"
local faults = require "orch.rehearsal.faults"
local text = require "orch.text"

local lots = {}

local BUDGET, WAIT, KILL = "tight_budget", "short_wait", "kill_engine"
local IS_SETTING = { [BUDGET] = true, [WAIT] = true }
local LIMITS = { limited = true, limited_unsaid = true, overload = true }

--- The names of all that can be drawn, sorted.
lots.names = table.move(faults.names, 1, #faults.names, 1, {})
table.move({ BUDGET, WAIT }, 1, 2, #lots.names + 1, lots.names)
table.sort(lots.names)

local known = {}
for _, name in ipairs(lots.names) do known[name] = true end

--- What is wrong with *names*, as a sentence, or nil.
function lots.mistake(names)
  for _, name in ipairs(names) do
    if not known[name] then
      local near = text.nearest(name, lots.names)
      return ("there is no fault '%s': %s"):format(name,
        near and ("did you mean '%s'?"):format(near)
        or "known are " .. table.concat(lots.names, ", "))
    end
  end
end

local function has(names, wanted)
  for _, name in ipairs(names) do if name == wanted then return true end end
  return false
end

-- The names of *names* that are armed in the world.
local function faults_of(names)
  local list = {}
  for _, name in ipairs(names) do
    if not IS_SETTING[name] then list[#list + 1] = name end
  end
  return list
end

local budgets = {
  function(luck) return "workers", luck:between(1, 6) end,
  function(luck) return "tokens", luck:between(1, 10) * 30000 end,
  function(luck) return "minutes", luck:between(5, 90) end,
}

local function draw_budget(luck)
  local what, most = luck:pick(budgets)(luck)
  return { kind = BUDGET, at = most, what = what }
end

local function draw_wait(luck) return { kind = WAIT, at = luck:between(1, 20) } end

local function meets_limit(list)
  for _, fault in ipairs(list) do if LIMITS[fault.kind] then return true end end
  return false
end

--- What *seed* brings of the kinds *names*: a list of faults, { kind, at, ... }.
function lots.draw(seed, names)
  local luck = chance.new(seed, "faults")
  if #names > 1 and seed % 4 == 3 and has(names, KILL) then names = { KILL } end
  local drawn = faults_of(names)
  local list = #drawn > 0 and faults.draw(luck, drawn) or {}
  local alone, limited = #drawn == 0, meets_limit(list)
  if has(names, BUDGET) and (alone or luck:one_in(3)) then
    list[#list + 1] = draw_budget(luck)
  end
  if has(names, WAIT) and (alone or limited and luck:one_in(2)) then
    list[#list + 1] = draw_wait(luck)
  end
  return list
end

--- Split *list* into the options that it sets, { budget, max_wait_ms } of which any may
-- be missing, and the faults that are armed.
function lots.split(list)
  local options, armed = {}, {}
  for _, fault in ipairs(list) do
    if fault.kind == BUDGET then
      options.budget = options.budget or {}
      options.budget[fault.what] = fault.at
    elseif fault.kind == WAIT then
      options.max_wait_ms = fault.at * 60000
    else
      armed[#armed + 1] = fault
    end
  end
  return options, armed
end

local SETTINGS = {
  [BUDGET] = function(fault)
    return ("the budget is %s=%d"):format(fault.what, fault.at)
  end,
  [WAIT] = function(fault) return ("--max-wait is %d min"):format(fault.at) end,
}

--- One of them in words.
function lots.describe(fault)
  return (SETTINGS[fault.kind] or faults.describe)(fault)
end

--- Its name among those of its seed, such as "dies@2".
function lots.name(fault) return ("%s@%d"):format(fault.kind, fault.at) end

--- Those of *list* that the names *wanted* mean ("none": nothing); or nil and a sentence.
function lots.only(list, wanted)
  if #wanted == 1 and wanted[1] == "none" then return {} end
  local kept, names, by_name = {}, {}, {}
  for i, fault in ipairs(list) do names[i] = lots.name(fault) end
  for _, name in ipairs(wanted) do
    if not has(names, name) then
      return nil, ("this seed brings no '%s': it brings %s"):format(name,
        #names > 0 and table.concat(names, ", ") or "nothing")
    end
    by_name[name] = true
  end
  for i, fault in ipairs(list) do
    if by_name[names[i]] then kept[#kept + 1] = fault end
  end
  return kept
end

return lots
