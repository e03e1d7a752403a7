--- Reads the event stream of codex: only what an orchestrator needs of it.
--
-- Lines that are no events are passed over: on a terminal, notices come between them.
-- The last message is decoded when it is asked for, as a stream may hold many.

local core = require "orch.core"
local told = require "orch.agents.told"

local codex_events = {}

local Reader = {}

local EVENTS = {
  ["thread.started"] = true, ["turn.completed"] = true, ["turn.failed"] = true,
  error = true,
}
local MESSAGES = {
  '^{"type":"item%.completed","item":{"id":"[^"]*","type":"agent_message"',
  '^{"type":"item%.completed","item":{"type":"agent_message"',
}

-- Signs of a line that matters; they begin with what is rare, as that is searched fast.
Reader.signs = { '_message"', '\n{"type":"t', '\n{"type":"e' }

--- Of what kind the line at *at* is: "turn.failed", "message", ..., or nothing.
function Reader.wants(bytes, at)
  local first = bytes:byte(at + 9)   -- of the type: "item.completed" is the frequent one
  if first == 105 then
    local found = bytes:find(MESSAGES[1], at) or bytes:find(MESSAGES[2], at)
    return found and "message" or nil
  end
  local kind = bytes:match('^{"type":"([%w_.]+)"', at)
  return EVENTS[kind] and kind or nil
end

local function note(self, message)
  if type(message) == "string" then self.errors[#self.errors + 1] = message end
end

--- Its input counts what was cached.
local function usage_of(given)
  local cached = told.sum(given, { "cached_input_tokens" })
  return { input = math.max(0, told.sum(given, { "input_tokens" }) - cached),
    cached = cached, output = told.sum(given, { "output_tokens" }) }
end

local HANDLERS = {
  ["thread.started"] = function(self, event)
    self.conversation = told.id(event.thread_id)
  end,
  ["turn.completed"] = function(self, event)
    self.finished = "ok"
    self.tokens = told.sum(event.usage, { "input_tokens", "output_tokens" })
    self.usage = usage_of(event.usage)
  end,
  ["turn.failed"] = function(self, event)
    self.finished = "failed"
    local problem = event.error
    note(self, type(problem) == "table" and problem.message or problem)
  end,
  ["error"] = function(self, event) note(self, event.message) end,
}

--- Take the wanted *line* of *kind*.
function Reader:event(kind, line)
  if kind == "message" then
    self.last_line = line
    return
  end
  local event = core.json_decode(line)
  if type(event) == "table" then HANDLERS[kind](self, event) end
end

local function last_message(self)
  local event = self.last_line and core.json_decode(self.last_line)
  local item = type(event) == "table" and event.item
  return type(item) == "table" and told.text(item.text) or nil
end

function Reader:__index(name)
  if name == "message" then return last_message(self) end
  return Reader[name]
end

--- A new reader: `finished` is "ok" or "failed" once the turn has ended, `message` the
-- last message of the agent, `tokens` what the conversation has used so far, and `usage`
-- which, once it is told, `conversation` its id, `errors` the texts of its errors.
function codex_events.reader()
  return setmetatable({ errors = {}, tokens = 0 }, Reader)
end

return codex_events
