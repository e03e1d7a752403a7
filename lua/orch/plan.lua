--- The guide's plan (its section "Planning with update_plan"), enforced.
--
-- 3 to 6 steps of one short sentence each, exactly one of them in progress until all are
-- completed.  Work of one or two steps has no plan.  A broken rule is an error on the
-- user's line.

local text = require "orch.text"

local plan = {}

local FEWEST, MOST, LONGEST = 3, 6, 80
local STATES = { "pending", "in_progress", "completed" }
local FIELDS = { "step", "status" }

local function is_one_of(word, list)
  for _, item in ipairs(list) do
    if word == item then return true end
  end
  return false
end

--- What is wrong with the words of a step, or nil.
local function mistake_in(step)
  if type(step) ~= "string" then
    return ("must be a sentence or { step=, status= }, not a %s"):format(type(step))
  elseif not step:find "%S" then
    return "is empty"
  elseif #step > LONGEST then
    return ("has %d bytes, at most %d are allowed: '%s'"):format(#step, LONGEST, step)
  elseif step:find "[\r\n]" then
    return "has several lines, expected one short sentence"
  elseif step:find "%l%l%l[.!?]%s+%u" then -- Three letters: "e.g. Lua" ends no sentence.
    return ("has several sentences, expected one: '%s'"):format(step)
  end
end

--- Read one step -> { step, status or nil } | nil, what is wrong.
local function read_step(given)
  if type(given) ~= "table" then given = { step = given } end
  for key in text.sorted_pairs(given) do
    if not is_one_of(key, FIELDS) then
      return nil, ("has an unknown field '%s'"):format(key) .. text.suggest(key, FIELDS)
    end
  end
  local mistake = mistake_in(given.step)
  if mistake then return nil, mistake end
  if given.status ~= nil and not is_one_of(given.status, STATES) then
    return nil, ("has an unknown status '%s'"):format(given.status)
      .. text.suggest(given.status, STATES)
  end
  return { step = given.step, status = given.status }
end

local function wrong_number(n)
  if n == 0 then return "a plan needs steps: 3 to 6 sentences" end
  if n < FEWEST then
    return ("work of one or two steps has no plan: %s given, expected %d to %d")
      :format(n == 1 and "1 step is" or "2 steps are", FEWEST, MOST)
  end
  if n > MOST then
    return ("a plan has at most %d steps, %d are given"):format(MOST, n)
  end
end

local function count(steps, status)
  local n = 0
  for _, step in ipairs(steps) do
    if step.status == status then n = n + 1 end
  end
  return n
end

--- Give the steps without a status the one they had, and put one in progress.
local function settle(steps, before)
  local named = count(steps, "in_progress") > 0
  for _, step in ipairs(steps) do
    local had = before[step.step]
    step.status = step.status or not (named and had == "in_progress") and had or "pending"
  end
  local running, done = count(steps, "in_progress"), count(steps, "completed")
  if running > 1 then
    return ("%d steps are in progress, exactly one may be"):format(running)
  elseif running == 0 and done < #steps then
    for _, step in ipairs(steps) do
      if step.status == "pending" then
        step.status = "in_progress"
        break
      end
    end
  end
end

--- Read a whole plan -> steps | nil, what is wrong.  before: { sentence = status }.
local function read(given, before)
  if type(given) ~= "table" then
    return nil, ("a plan is a list of steps, not a %s"):format(type(given))
  end
  for key in text.sorted_pairs(given) do
    if math.type(key) ~= "integer" then
      return nil, ("a plan is a list of steps, it has no field '%s'"):format(key)
    end
  end
  local mistake = wrong_number(#given)
  if mistake then return nil, mistake end
  local steps, seen = {}, {}
  for i, entry in ipairs(given) do
    local step, message = read_step(entry)
    if not step then return nil, ("step %d %s"):format(i, message) end
    if seen[step.step] then
      return nil, ("step %d is there twice: '%s'"):format(i, step.step)
    end
    steps[i], seen[step.step] = step, true
  end
  mistake = settle(steps, before)
  if mistake then return nil, mistake end
  return steps
end

local methods = {}

local class = {
  __name = "plan",
  __index = function(_, key)
    if methods[key] then return methods[key] end
    error(("a plan has no '%s'"):format(key)
      .. text.suggest(key, { "current", "done", "next", "revise", "steps" }), 2)
  end,
}

local function tell(self)
  if rawget(self, "notify") then self.notify(self:steps()) end
end

--- A copy of the steps: { { step=, status= }, ... }.
function methods:steps()
  local steps = {}
  for i, step in ipairs(self.list) do
    steps[i] = { step = step.step, status = step.status }
  end
  return steps
end

--- The sentence that is in progress and its number; nil when the plan is complete.
function methods:current()
  for i, step in ipairs(self.list) do
    if step.status == "in_progress" then return step.step, i end
  end
end

function methods:done()
  return self:current() == nil
end

--- Complete the current step and begin the next pending one.  Past the last step the
-- plan is complete; a further call is an error.
function methods:next()
  local _, at = self:current()
  if not at then
    error(("the plan is complete: its %d steps are done; revise it to go on")
      :format(#self.list), 2)
  end
  self.list[at].status = "completed"
  settle(self.list, {})
  tell(self)
end

--- Change direction.  Sentences that stay keep their status unless one is given.
function methods:revise(steps)
  local before = {}
  for _, step in ipairs(self.list) do before[step.step] = step.status end
  local list, mistake = read(steps, before)
  if not list then error(mistake, 2) end
  self.list = list
  tell(self)
end

--- Begin a plan.  notify(steps), if given, is called now and after each change.
-- level: of the line to blame for wrong steps, as for `error`.
function plan.new(steps, notify, level)
  local list, mistake = read(steps, {})
  if not list then error(mistake, level or 2) end
  local self = setmetatable({ list = list, notify = notify }, class)
  tell(self)
  return self
end

return plan
