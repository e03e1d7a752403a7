--- `orch-lua agent offline`: an agent without a model.  It takes codex's flags, reads a
-- brief, speaks codex's events, and does mechanical work or says that it cannot.
--
-- It starts nothing, asks no network, and keeps no conversations.

local brief = require "orch.offline.brief"
local flags = require "orch.offline.flags"
local paths = require "orch.paths"
local text = require "orch.text"

local agent = {}

local WORK = {
  implement = require "orch.offline.implement",
  map = require "orch.offline.map",
  review = require "orch.offline.review",
  slices = require "orch.offline.slices",
  verify = require "orch.offline.verify",
}

local HELP = [[
orch-lua agent offline exec [--json] [-o FILE] [-C DIR] [-s SANDBOX] [-m MODEL] -

The agent of a machine without any other.  It reads a brief on standard input and does
mechanical work: as reviewer it finds defects that a program can see, as implementer it
mends those of them that need no judgement, as verifier it looks for them again, as scout
it maps the files and divides them.  What it cannot do it says, and fails.
]]

local NO_PROMPT =
  "No prompt provided. Either specify one as an argument or pipe the prompt into stdin."

local CANNOT_WRITE = "cannot write '%s': %s"

-- Four bytes are about one token.
local function tokens(s)
  return (#s + 3) // 4
end

local function new_id(core)
  local hex = core.random(16):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  return ("%s-%s-4%s-8%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16),
    hex:sub(18, 20), hex:sub(21, 32))
end

local desk_class = {}
desk_class.__index = desk_class

--- The paths among *words* that exist, absolute.
local function existing(desk, words)
  local found = {}
  for _, word in ipairs(words) do
    local full = paths.absolute(word, desk.root)
    if desk.core.stat(full, true) then found[#found + 1] = full end
  end
  return found
end

--- The files and folders that the brief is about -> absolute paths | nil, message.  The
-- task names them; else the scope, the context or the outline do.
function desk_class:targets()
  local parsed, lists = self.brief, {}
  for _, words in ipairs(brief.path_words(parsed.task)) do lists[#lists + 1] = words end
  lists[#lists + 1] = parsed.edit or {}
  lists[#lists + 1] = { parsed.outline and parsed.outline:match "^(.-):%s%d" }
  lists[#lists + 1] = { parsed.outline and parsed.outline:match "^(.*)/$" }
  for _, words in ipairs(brief.path_words(parsed.pointers or "")) do
    lists[#lists + 1] = words
  end
  for _, words in ipairs(lists) do
    local found = existing(self, words)
    if #found > 0 then return found end
  end
  return nil, ("the brief names no file or folder that exists in %s"):format(self.root)
end

--- Do what the brief asks for -> the reply | nil, why it cannot be done.
local function work_on(source, desk)
  desk.brief = brief.parse(source)
  local work = WORK[desk.brief.work]
  if work then return work.run(desk) end
  if desk.brief.task == "" then
    return nil, "the offline agent keeps no conversations and found no TASK: send a "
      .. "whole brief"
  end
  return nil, ("the offline agent cannot do this: '%s'. It reviews, fixes and verifies "
    .. "mechanical defects and maps files; install an agent for the rest")
    :format(desk.brief.task:match "^[^\n]*")
end

--- Make sure that the last message can be kept -> true | nil, message.
local function prepare(core, path)
  local found = core.stat(path, false)
  if found and found.type == "link" then return nil, "Symbolic link loop" end
  if found then return true end
  return core.write(path, "", { exclusive = true })
end

--- Check what can be wrong before a turn begins -> prompt, root | nil, message.
local function begin(given, outside)
  local root, message = outside.core.real_path(given.folder or ".")
  if not root then
    return nil, ("cannot use the folder '%s': %s"):format(given.folder or ".", message)
  end
  if given.last_message then
    local ok
    ok, message = prepare(outside.core, given.last_message)
    if not ok then return nil, CANNOT_WRITE:format(given.last_message, message) end
  end
  local prompt = given.prompt
  if not prompt or prompt == "-" then
    prompt, message = outside.read_stdin()
    if not prompt then return nil, ("cannot read standard input: %s"):format(message) end
  end
  if not prompt:find "%S" then return nil, NO_PROMPT end
  return prompt, root
end

--- An event as a line, with its keys in codex's order: its readers look at how it begins.
local function encode(core, fields)
  local out = {}
  local function put(key, value)
    if value == nil then return end
    value = key == "item" and encode(core, value) or core.json_encode(value)
    out[#out + 1] = ('"%s":%s'):format(key, value)
  end
  put("id", fields.id)
  put("type", fields.type)
  for key, value in text.sorted_pairs(fields) do
    if key ~= "id" and key ~= "type" then put(key, value) end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

--- One turn: events on standard output, the reply in its file -> exit code.
local function turn(given, outside, prompt, root)
  local core, items = outside.core, 0
  local function emit(event)
    if given.json then core.output(1, encode(core, event) .. "\n") end
  end
  local function item(fields)
    fields.id = "item_" .. items
    items = items + 1
    emit { type = "item.completed", item = fields }
  end
  local function fail(message)
    emit { type = "turn.failed", error = { message = message } }
    if not given.json then core.output(2, message .. "\n") end
    return 1
  end
  emit { type = "thread.started", thread_id = given.thread or new_id(core) }
  emit { type = "turn.started" }
  local reply, message = work_on(prompt, setmetatable({
    core = core, root = root, read_only = (given.sandbox or "read-only") == "read-only",
    changed = function(path)
      item { type = "file_change", status = "completed",
        changes = { { path = path, kind = "update" } } }
    end,
  }, desk_class))
  if not reply then return fail(message) end
  item { type = "agent_message", text = reply }
  if given.last_message then
    local ok, why = core.write(given.last_message, reply, { atomic = false })
    if not ok then return fail(CANNOT_WRITE:format(given.last_message, why)) end
  end
  emit { type = "turn.completed", usage = {
    input_tokens = tokens(prompt), cached_input_tokens = 0, cache_write_input_tokens = 0,
    output_tokens = tokens(reply), reasoning_output_tokens = 0,
  } }
  if not given.json then core.output(1, reply) end
  return 0
end

--- Run with the *words* after the agent's name.  outside = { core = the seam,
-- read_stdin = function() -> text | nil, message }.  Return the exit code, as codex has
-- it: 0 done, 1 failed, 2 wrong flags.
function agent.run(words, outside)
  local given, message = flags.parse(words)
  if not given then
    outside.core.output(2, ("error: %s\n"):format(message))
    return 2
  elseif given.help then
    outside.core.output(1, HELP)
    return 0
  elseif given.version then
    local version = outside.core.host().version
    outside.core.output(1, ("orch-lua offline agent %s\n"):format(version))
    return 0
  end
  local prompt, root = begin(given, outside)
  if not prompt then
    outside.core.output(2, root .. "\n")
    return 1
  end
  return turn(given, outside, prompt, root)
end

--- As `run`, on this machine.
function agent.main(words)
  local core = require "orch.core"
  return agent.run(words, {
    core = core,
    read_stdin = function() return core.read "/dev/stdin" end,
  })
end

return agent
