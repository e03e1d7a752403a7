--- Typing into a session: in pieces, each accepted or refused as a whole by its keeper.

local core = require "orch.core"
local task = require "orch.task"

local typing = {}

local CHUNK = 65535            -- bytes of one write in the keeper's protocol

local function await_ticket(self, ticket)
  while true do
    local status = self:refresh()
    if (status.refused or 0) >= ticket then return false end
    if (status.accepted or 0) >= ticket or self.ended then return true end
    task.wait(self:source())
  end
end

--- What is typed before it runs would be lost if it had to start again.
local function await_running(self)
  while not self.ended do
    local state = self:refresh().state
    if state ~= "queued" and state ~= "starting" then return end
    task.wait(self:source())
  end
end

local function give(self, chunk)
  while true do
    if self:refresh() and self.ended then return nil end
    local ticket, _, name = core.give(self.handle, chunk)
    if ticket then return ticket end
    if name ~= "EAGAIN" then return nil end
    task.wait(self:source())
  end
end

--- Type *bytes* into the session *self*.  Return true, or false and a reason when the
-- session ended or would have cut a line.  Waits while the process takes no input.
function typing.write(self, bytes)
  await_running(self)
  for at = 1, #bytes, CHUNK do
    local ticket = give(self, bytes:sub(at, at + CHUNK - 1))
    if not ticket then return false, "the session has ended" end
    if not await_ticket(self, ticket) then
      if self.status.state ~= "running" then return false, "the session has ended" end
      return false, ("a line is longer than the 4095 bytes that a terminal takes; "
        .. "%d bytes before it were typed"):format(at - 1)
    end
  end
  return true
end

return typing
