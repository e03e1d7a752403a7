--- The fan-outs: `all` needs every item, `each` takes what can be had, `race` the first.
--
-- Items run at once, each in a task of its own; how many agents really run is decided
-- where agents start.  Nothing that a fan-out started outlives it.

local failure = require "orch.failure"
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

--- The number of a new fan-out of the running task.
function fanout.number()
  local here = task.current()
  here.fans = here.fans + 1
  return here.fans
end

--- The branch of item *i* in fan-out *number* of the running task.
function fanout.branch(number, i)
  local here = task.branch()
  return ("%s%s%d.%d"):format(here, here == "" and "" or "/", number, i)
end

local function spread(list, fn)
  local number = fanout.number()
  local group = setmetatable({}, Group)
  for i, item in ipairs(list) do
    group[i] = task.spawn(function() return fn(item, i) end,
      { branch = fanout.branch(number, i) })
  end
  return group
end

--- Take over what an ended member wrote; where that is impossible, it has failed.
-- *landed* lists the patches of the members before it.
function fanout.land(member, landed)
  if not member.ok then return end
  local problem = workspace.land(member.branch, landed)
  if problem then member.ok, member.error = false, problem end
end

local function join(group)
  for _, member in ipairs(group) do member:join() end
  local landed = {}
  for _, member in ipairs(group) do fanout.land(member, landed) end
end

--- Call fn(item, index) for every item at once; return the results in order.  When one
-- fails the others still finish, since they are paid for; then the first failure, in
-- the order of the list, is raised.
function fanout.all(list, fn)
  check("all", list, fn)
  local group <close> = spread(list, fn)
  join(group)
  local results = {}
  for i, member in ipairs(group) do results[i] = member:result() end
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
  if #group > 0 and #results == 0 then error(failures[1], 0) end
  return results, failures
end

--- The first member that ended well, or nil and the members that still run; a mistake of
-- the script is raised.
local function winner(group)
  local running = {}
  for i, member in ipairs(group) do
    if not member.ended then
      running[#running + 1] = member
    elseif member.ok then
      return i
    elseif not failure.is(member.error) then
      error(member.error, 0)
    end
  end
  return nil, running
end

--- Call fn(item, index) for every item at once; return the first result and its index,
-- and stop the others.  Raise when all have failed.
function fanout.race(list, fn)
  check("race", list, fn)
  if #list == 0 then error("orch.race needs at least one item", 2) end
  local group <close> = spread(list, fn)
  while true do
    local first, running = winner(group)
    if first then
      fanout.land(group[first], {})
      return group[first]:result(), first
    end
    if #running == 0 then error(group[1].error, 0) end
    task.wait(running)
  end
end

return fanout
