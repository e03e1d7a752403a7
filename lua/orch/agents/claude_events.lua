--- Reads the stream-json events of claude: only what an orchestrator needs of them.
--
-- The last message is the `result` of the last line, and there alone.  That line says
-- "success" of failures too: what counts is its `is_error`.

local core = require "orch.core"
local told = require "orch.agents.told"

local claude_events = {}

local Reader = {}
Reader.__index = Reader

local EVENTS = { result = true, system = true, rate_limit_event = true }

-- Signs of a line that matters; they begin with what is rare, as that is searched fast.
Reader.signs = { '\n{"type":"r', '\n{"type":"s' }

--- Of what kind the line at *at* is: "result", "system", "rate_limit_event", or nothing.
function Reader.wants(bytes, at)
  local kind = bytes:match('^{"type":"([%w_]+)"', at)
  return EVENTS[kind] and kind or nil
end

local function note(self, format, ...)
  self.errors[#self.errors + 1] = format:format(...)
end

local COUNTS = { "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
  "output_tokens" }

local NEW_INPUT = { "input_tokens", "cache_creation_input_tokens" }

local HANDLERS = {}

function HANDLERS.system(self, event)
  self.conversation = told.id(event.session_id) or self.conversation
  if event.subtype ~= "api_retry" then return end
  local delay = tonumber(event.retry_delay_ms)
  self.reset = delay and core.time() + delay / 1000
  note(self, "status %s: %s, attempt %s of %s",
    math.tointeger(event.error_status) or "unknown", event.error, event.attempt,
    event.max_retries)
end

function HANDLERS.rate_limit_event(self, event)
  local info = event.rate_limit_info
  if type(info) ~= "table" or info.status ~= "rejected" then return end
  self.reset = tonumber(info.resetsAt)
  note(self, "usage limit: %s", info.rateLimitType or "unknown")
end

--- Its input does not count what was cached.
local function usage_of(event)
  return { input = told.sum(event.usage, NEW_INPUT),
    cached = told.sum(event.usage, { "cache_read_input_tokens" }),
    output = told.sum(event.usage, { "output_tokens" }),
    money = told.amount(event.total_cost_usd) }
end

local function failure_of(event)
  if type(event.result) == "string" then return event.result end
  local first = type(event.errors) == "table" and event.errors[1]
  return type(first) == "string" and first or tostring(event.subtype)
end

function HANDLERS.result(self, event)
  self.conversation = told.id(event.session_id) or self.conversation
  if type(event.usage) == "table" then
    self.tokens, self.usage = told.sum(event.usage, COUNTS), usage_of(event)
  end
  if event.is_error == false then
    self.finished, self.message = "ok", told.text(event.result)
  else
    self.finished = "failed"
    note(self, "status %s: %s", math.tointeger(event.api_error_status) or "unknown",
      failure_of(event))
  end
end

--- Take the wanted *line* of *kind*.
function Reader:event(kind, line)
  local event = core.json_decode(line)
  if type(event) == "table" then HANDLERS[kind](self, event) end
end

--- A new reader: `finished` is "ok" or "failed" once there is a result, `message` what it
-- says, `tokens` what this process has used, and `usage` which and for how much, once it
-- is told, `conversation` its id, `errors` the texts of its errors, `reset` when a limit
-- ends, in seconds since the epoch, if it was told.
function claude_events.reader()
  return setmetatable({ errors = {}, tokens = 0 }, Reader)
end

return claude_events
