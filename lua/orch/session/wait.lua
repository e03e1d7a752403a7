--- orch.wait: the first event of any of several sessions, so that nobody polls in a loop.

local core = require "orch.core"
local fields = require "orch.fields"
local session = require "orch.session"
local task = require "orch.task"

local OVERLAP = 4096           -- a match may span two reads by this much
local STEP = 1024 * 1024
local IDLE_MS = 1000

local function event(value)
  if type(value) == "string" and value ~= "" then return nil end
  if type(value) == "userdata" then return nil end
  if type(value) == "table" and type(value.file) == "string" then return nil end
  return "'exit', 'output', 'idle', { file = path }, a Lua pattern or an lpeg pattern"
end

local ALLOWED = {
  on = event, timeout_ms = fields.milliseconds, idle_ms = fields.milliseconds,
  from = fields.count,
}

-- Each watcher looks at one session and returns what happened, or nil and, where time
-- alone can make it happen, the milliseconds until then.

local watchers = {}

function watchers.exit(s)
  return s.ended and {}
end

function watchers.output(s, watch)
  local since = watch.from or s.cursor
  if s.status.bytes > since then return { offset = since } end
end

function watchers.idle(s, watch)
  local quiet = core.now() - math.max(s.last_output or s.started, watch.since)
  if quiet >= watch.idle_ms then return {} end
  return nil, watch.idle_ms - quiet
end

--- The awaited path, seen from the folder in which the session works.
local function path_of(s, watch)
  if watch.path:sub(1, 1) == "/" then return watch.path end
  return (s.workdir or core.host().folder) .. "/" .. watch.path
end

function watchers.file(s, watch)
  local path = path_of(s, watch)
  return core.stat(path, true) and { path = path }
end

local function find(watch, bytes)
  if type(watch.pattern) == "string" then return bytes:find(watch.pattern) end
  for at = 1, #bytes do
    local finish = watch.pattern:match(bytes, at)
    if finish then return at, type(finish) == "number" and finish - 1 or at end
  end
end

function watchers.pattern(s, watch)
  local scanned = watch.scanned[s] or watch.from or 0
  while scanned < s.status.bytes do
    local from = math.max(scanned - OVERLAP, watch.from or 0)
    local bytes = s:read(from, STEP + OVERLAP)
    if bytes == "" then break end
    local first, last = find(watch, bytes)
    if first then
      return { offset = from + first - 1, next = from + last,
        match = bytes:sub(first, last) }
    end
    scanned = from + #bytes
    watch.scanned[s] = scanned
  end
end

local function watch_of(options)
  local on = options.on or "exit"
  local watch = { since = core.now(), from = options.from, scanned = {},
    idle_ms = options.idle_ms or IDLE_MS }
  if type(on) == "table" then
    watch.look, watch.path = watchers.file, on.file
    watch.what = "file"
  elseif on == "exit" or on == "output" or on == "idle" then
    watch.look, watch.what = watchers[on], on
  else
    watch.look, watch.pattern, watch.what = watchers.pattern, on, "pattern"
  end
  return watch
end

--- Look at all sessions once.  Return the event, or nil, the milliseconds after which to
-- look again.
local function look(sessions, watch)
  local soon = math.huge
  for _, s in ipairs(sessions) do
    s:refresh()
    local found, ms = watch.look(s, watch)
    if not found and s.ended then found = {} end
    if found then
      found.session, found.on = s, s.ended and next(found) == nil and "exit" or watch.what
      return found
    end
    soon = math.min(soon, ms or math.huge)
  end
  return nil, soon
end

--- What wakes the wait: the sessions, and for a file the folder that it will be in.
local function sources_of(sessions, watch)
  local sources = {}
  for _, s in ipairs(sessions) do sources[#sources + 1] = s:source() end
  if watch.path then
    watch.source = watch.source or core.watch(path_of(sessions[1], watch))
    sources[#sources + 1] = watch.source
  end
  return sources
end

--- A session from what a script has of it: the object, or the id that was returned.
local function to_session(value)
  local found = math.type(value) == "integer" and session.find(value) or value
  if type(found) == "table" and found.refresh then return found end
  error(("orch.wait needs sessions or their ids, got %s: see orch.sessions()")
    :format(fields.show(value)), 4)
end

local function check_sessions(given)
  if type(given) ~= "table" or getmetatable(given) then given = { given } end
  local sessions = {}
  for i, value in ipairs(given) do sessions[i] = to_session(value) end
  if #sessions == 0 then
    error("orch.wait needs a session or a list of sessions: see orch.sessions()", 3)
  end
  return sessions
end

--- Wait for the first event of any of *sessions*, objects or ids: { on = "exit" (the
-- default), "output" (past what was told), "idle" (no output for idle_ms, default 1000),
-- { file = path }, or a Lua or lpeg pattern, searched from the byte `from` (default 0);
-- timeout_ms = }.  Return
-- { session =, on =, offset =, match =, next = } or nil, "timeout".  The end of a session
-- is an event for every kind of wait.
local function wait(sessions, options)
  sessions = check_sessions(sessions)
  fields.check("orch.session.wait", options or {}, ALLOWED, 2)
  local watch = watch_of(options or {})
  local deadline = core.now() + (options and options.timeout_ms or math.huge)
  local _ <close> = setmetatable({}, { __close = function()
    if watch.source then core.release(watch.source) end
  end })
  while true do
    local found, soon = look(sessions, watch)
    if found then return found end
    local left = deadline - core.now()
    if left <= 0 then return nil, "timeout" end
    task.wait(sources_of(sessions, watch), math.min(left, soon))
  end
end

return wait
