--- Reads the event stream of codex: only what an orchestrator needs of it.
--
-- Lines that are no events are passed over: on a terminal, notices come between them.
-- A line is parsed only when it holds one of the words that matter here.

local core = require "orch.core"

local codex_events = {}

local Reader = {}
Reader.__index = Reader

local HANDLERS = {
  ["thread.started"] = function(self, event) self.conversation = event.thread_id end,
  ["turn.completed"] = function(self, event)
    self.finished = "ok"
    local usage = event.usage or {}
    self.tokens = (usage.input_tokens or 0) + (usage.output_tokens or 0)
  end,
  ["turn.failed"] = function(self, event)
    self.finished = "failed"
    local problem = event.error
    self:note(type(problem) == "table" and problem.message or problem)
  end,
  ["error"] = function(self, event) self:note(event.message) end,
  ["item.completed"] = function(self, event)
    local item = event.item
    if type(item) ~= "table" then return end
    if item.type == "agent_message" then self.message = item.text end
    if item.type == "error" then self:note(item.message) end
  end,
}

-- What must be in a line for it to be worth parsing, from a cheap look.
local SIGNS = { '"thread.started"', '"turn.', '"error"', '"agent_message"' }

function Reader:note(message)
  if type(message) == "string" then self.errors[#self.errors + 1] = message end
end

local function matters(line)
  if line:byte() ~= 123 then return false end   -- "{"
  for _, sign in ipairs(SIGNS) do
    if line:find(sign, 1, true) then return true end
  end
  return false
end

--- Take one line, without its newline.
function Reader:line(line)
  if not matters(line) then return end
  local event = core.json_decode((line:gsub("\r$", "")))
  local handler = type(event) == "table" and HANDLERS[event.type]
  if handler then handler(self, event) end
end

--- A new reader: `finished` is "ok" or "failed" once the turn has ended, `message` the
-- last message of the agent, `tokens` what the conversation has used so far,
-- `conversation` its id, `errors` the texts of its errors.
function codex_events.reader()
  return setmetatable({ errors = {}, tokens = 0 }, Reader)
end

return codex_events
