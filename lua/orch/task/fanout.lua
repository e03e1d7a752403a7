--- The fan-outs: `all` needs every item, `each` takes what can be had, `race` the first.
--
-- Items run at once, each in a task of its own; how many agents really run is decided
-- where agents start.  Nothing that a fan-out started outlives it.

local failure = require "orch.failure"
local run = require "orch.run"
local task = require "orch.task"
local workspace = require "orch.workspace"

local fanout = {}

local function check(name, list, fn)
  if type(list) ~= "table" then
    error(("orch.%s needs a list, got %s"):format(name, type(list)), 3)
  end
  if type(fn) ~= "function" then
    error(("orch.%s needs a function to call for each item, got %s")
      :format(name, type(fn)), 3)
  end
end

local Group = {}

--- Cancel the members that still run, the newest first.
function Group.__close(group)
  for i = #group, 1, -1 do group[i]:cancel() end
end

--- A new fan-out over *list*: fn(item, index) for every item, or for the item *only*, in
-- a task and a branch of its own.
local function spread(list, fn, only)
  local group = setmetatable({ places = task.place():fork(#list) }, Group)
  for i, item in ipairs(list) do
    if not only or only == i then
      group[#group + 1] = task.spawn(function() return fn(item, i) end,
        { place = group.places[i] })
    end
  end
  return group
end

--- Take over what an ended member wrote; where that is impossible, it has failed.
-- *landed* lists the patches of the members before it.
function fanout.land(member, landed)
  if not member.ok then return end
  local problem = workspace.land(member.place.path, landed)
  if problem then member.ok, member.error = false, problem end
end

local function join(group)
  for _, member in ipairs(group) do member:join() end
  local landed = {}
  for _, member in ipairs(group) do fanout.land(member, landed) end
  task.place():join(group.places)
end

--- Raise the first failure of *group*; it knows of those beside it.
local function raise(group)
  local list = {}
  for _, member in ipairs(group) do
    if not member.ok then
      if not failure.is(member.error) then error(member.error, 0) end
      list[#list + 1] = member.error
    end
  end
  failure.behind(list[1]).beside = list
  error(list[1], 0)
end

--- Call fn(item, index) for every item at once; return the results in order.  When one
-- fails the others still finish, since they are paid for; then the first failure, in
-- the order of the list, is raised.
function fanout.all(list, fn)
  check("all", list, fn)
  local group <close> = spread(list, fn)
  join(group)
  local results = {}
  for i, member in ipairs(group) do
    if not member.ok then raise(group) end
    results[i] = member.value
  end
  return results
end

--- Call fn(item, index) for every item at once; return the results of those that did
-- not fail and the failures, both dense and in order.  A failure has `.item` and
-- `.index`.  An item without a result counts as `true`.  Raise when all have failed,
-- and for a mistake of the script.
function fanout.each(list, fn)
  check("each", list, fn)
  local group <close> = spread(list, fn)
  join(group)
  local results, failures = {}, {}
  for i, member in ipairs(group) do
    if member.ok then
      results[#results + 1] = member.value == nil and true or member.value
    elseif failure.is(member.error) then
      member.error.item, member.error.index = list[i], i
      failures[#failures + 1] = member.error
    else
      error(member.error, 0)
    end
  end
  if #group > 0 and #results == 0 then raise(group) end
  return results, failures
end

--- The first member that ended well, or nil and the members that still run; a mistake of
-- the script is raised.
local function winner(group)
  local running = {}
  for _, member in ipairs(group) do
    if not member.ended then
      running[#running + 1] = member
    elseif member.ok then
      return member
    elseif not failure.is(member.error) then
      error(member.error, 0)
    end
  end
  return nil, running
end

--- Wait for the first member of *group* that ends well.
local function first_of(group)
  while true do
    local first, running = winner(group)
    if first then return first end
    if #running == 0 then raise(group) end
    task.wait(running)
  end
end

--- Call fn(item, index) for every item at once; return the first result and its index,
-- and stop the others.  Raise when all have failed.  Who won is recorded: a resumed run
-- has no second race.
function fanout.race(list, fn)
  check("race", list, fn)
  if #list == 0 then error("orch.race needs at least one item", 2) end
  local current = run.active()
  local fact = current and current:fact("race", tostring(#list))
  local group <close> = spread(list, fn, fact and fact.value)
  local first = first_of(group)
  fanout.land(first, {})
  task.place():join { first.place }
  local result, item = first:result(), first.place.item
  if fact then fact:record(item) end
  return result, item
end

return fanout
