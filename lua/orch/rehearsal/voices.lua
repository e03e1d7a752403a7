--- How agents speak: the events of codex, those of claude, or plain text.
--
-- A voice has begin(part), work(part, command), finish(part, message) and fail(part,
-- problem), where a part is what agent.lua plays: { program, conversation, used = tokens
-- of this turn, total = of the conversation, file = where the last message goes }; for a
-- problem, see refusals.lua.

local refusals = require "orch.rehearsal.refusals"

local voices = {}

-- Both write `type` first; readers of the stream rely on that.
local function event(part, kind, fields)
  local encode = part.program.keeper.machine.tools.json_encode
  part.program:print(('{"type":"%s",%s\n'):format(kind, encode(fields):sub(2)))
end

-- ── codex ───────────────────────────────────────────────────────────────────

-- In an item, its `id` comes before the rest.
local function item(part, kind, name, fields)
  local encode = part.program.keeper.machine.tools.json_encode
  local count = part.items or 0
  local rest = encode(fields):sub(2)
  part.program:print(('{"type":"%s","item":{"id":"item_%d","type":"%s",%s}\n')
    :format(kind, count, name, rest))
end

local codex = {}
voices.codex = codex

function codex.begin(part)
  event(part, "thread.started", { thread_id = part.conversation })
  part.program:print '{"type":"turn.started"}\n'
  if part.file then part.program:write_file(part.file, "") end
end

function codex.work(part, command)
  item(part, "item.started", "command_execution",
    { command = command, aggregated_output = "", status = "in_progress" })
  item(part, "item.completed", "command_execution",
    { command = command, aggregated_output = "", exit_code = 0, status = "completed" })
  part.items = (part.items or 0) + 1
end

--- End the turn with *message*; *written* is what gets into the file of the last message.
function codex.finish(part, message, written)
  if message then item(part, "item.completed", "agent_message", { text = message }) end
  local total = part.total
  part.program:print(('{"type":"turn.completed","usage":{"input_tokens":%d,'
    .. '"cached_input_tokens":%d,"output_tokens":%d}}\n')
    :format(total.input, total.cached, total.output))
  if part.file then part.program:write_file(part.file, written or "") end
  return 0
end

function codex.fail(part, problem)
  local words = refusals.codex(problem)
  event(part, "error", { message = words })
  event(part, "turn.failed", { error = { message = words } })
  return 1
end

-- ── claude ──────────────────────────────────────────────────────────────────

local claude = {}
voices.claude = claude

function claude.begin(part)
  event(part, "system", { subtype = "init", session_id = part.conversation })
end

function claude.work(part, command)
  event(part, "assistant", { message = { content = { {
    type = "tool_use", name = "Bash", input = { command = command } } } } })
end

-- Dollars for a million tokens.
local PRICES = { input = 5, cached = 0.5, output = 25 }

local function cost(used)
  local new = used.input - used.cached
  return (new * PRICES.input + used.cached * PRICES.cached
    + used.output * PRICES.output) / 1e6
end

function claude.finish(part, _, written)
  local used = part.used
  event(part, "result", { subtype = "success", is_error = false, result = written or "",
    session_id = part.conversation, total_cost_usd = cost(used), usage = {
      input_tokens = used.input - used.cached, cache_creation_input_tokens = 0,
      cache_read_input_tokens = used.cached, output_tokens = used.output } })
  return 0
end

function claude.fail(part, problem)
  if problem.resets then
    event(part, "rate_limit_event", { rate_limit_info = { status = "rejected",
      resetsAt = math.floor(problem.resets), rateLimitType = "five_hour" } })
  end
  event(part, "result", { subtype = "success", is_error = true,
    result = refusals.claude(problem), api_error_status = problem.status,
    session_id = part.conversation, total_cost_usd = 0, usage = { input_tokens = 0,
      cache_creation_input_tokens = 0, cache_read_input_tokens = 0,
      output_tokens = 0 } })
  return 1
end

-- ── text ────────────────────────────────────────────────────────────────────

local plain = {}
voices.plain = plain

function plain.begin() end

function plain.work() end

function plain.finish(part, message, written)
  if part.file then part.program:write_file(part.file, written or "")
  elseif message then part.program:print(written or "") end
  return 0
end

function plain.fail(part, problem)
  part.program:print_error(refusals.codex(problem) .. "\n")
  return 1
end

return voices
