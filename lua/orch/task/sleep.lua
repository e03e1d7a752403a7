--- orch.sleep: wait for a time, once.  A run that goes on has slept already.

local fields = require "orch.fields"
local run = require "orch.run"
local task = require "orch.task"

--- Wait for *ms* milliseconds.
local function sleep(ms)
  local wrong = fields.milliseconds(ms)
  if wrong then
    error(("orch.sleep needs %s, got %s"):format(wrong, fields.show(ms)), 2)
  end
  local current = run.active()
  local fact = current and current:fact("sleep", tostring(ms))
  if fact and fact.value then return end
  task.sleep(ms)
  if fact then fact:record(true) end
end

return sleep
