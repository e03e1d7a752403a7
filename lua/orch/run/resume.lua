--- Before a run goes on: what has changed since it was left, and whether it may go on.
--
-- Its records are about the files as they were.  Where somebody else has changed one that
-- a record names, nothing is started until the user has said what is to be made of it.

local core = require "orch.core"
local failure = require "orch.failure"
local landing = require "orch.workspace.landing"
local named_files = require "orch.run.named_files"
local paths = require "orch.paths"
local text = require "orch.text"

local resume = {}

local SHOWN = 10               -- files that a refusal names

-- ── sources ─────────────────────────────────────────────────────────────────

local function has_changed(path, hash)
  local bytes = core.read(path)
  return not bytes or core.hash(bytes) ~= hash
end

--- The labels of the workers that were asked with the template of *hash*.
local function asked_with(past, hash)
  local labels = {}
  for _, entry in ipairs(past.entries) do
    if entry.launch.template == hash then labels[#labels + 1] = entry.launch.label end
  end
  return labels
end

--- Tell what of the script has changed; what it asks differently is asked again.
local function tell_sources(run)
  local past = run.past
  if run.source and core.hash(run.source) ~= past.script_hash then
    past.changed = true
    run:tell("note", ("'%s' has changed since: what it asks differently is asked again")
      :format(run.script or "the script"))
  end
  for path, hash in text.sorted_pairs(past.sources) do
    if has_changed(path, hash) then
      past.changed = true
      local labels = asked_with(past, hash)
      run:tell("note", ("'%s' has changed since%s"):format(path, labels[1]
        and ("; asked again: " .. table.concat(labels, ", "))
        or ": what is asked differently for it is asked again"))
    end
  end
end

-- ── files ───────────────────────────────────────────────────────────────────

--- A function that says whether an unfinished writer, or an unfinished taking over of
-- what one wrote, may have changed a path.
local function owner(past)
  local owned, to_land = {}, {}
  for _, entry in ipairs(past.entries) do
    if entry.launch.edit and not entry.done then
      table.move(entry.launch.edit, 1, #entry.launch.edit, #owned + 1, owned)
    end
  end
  for _, record in pairs(past.landings) do
    for _, change in ipairs(not record.landed and record.changes or {}) do
      to_land[record.folder .. "/" .. change.path] = true
    end
  end
  return function(path)
    for _, root in ipairs(owned) do
      if paths.inside(path, root) then return true end
    end
    return to_land[path]
  end
end

--- The records whose answers are used again, and what they name.
local function used_again(run)
  local list = {}
  for _, entry in ipairs(run.past.entries) do
    local named = entry.launch.named
    local stands = not entry.done or run.past:stands(entry, run.retry)
    local is_about_files = named and named[1] and entry.launch.files
    if is_about_files and stands then list[#list + 1] = entry end
  end
  return list
end

--- The files that somebody else has changed since a record that names them, in order;
-- and the records that are used.
local function find_strangers(run)
  local past, used = run.past, used_again(run)
  for _, entry in ipairs(used) do run.named_files:watch(entry.launch.named) end
  local now = run.named_files:look()
  local ours, owned = run.named_files:read(past.manifests), owner(past)
  local seen, strangers = {}, {}
  for _, entry in ipairs(used) do
    local named = entry.launch.named
    local once = entry.launch.files .. table.concat(named, "\0")
    if not seen[once] then
      seen[once] = true
      local known = run.named_files:read { entry.launch.files }
      table.move(ours, 1, #ours, #known + 1, known)
      for _, path in ipairs(named_files.strangers(known, now, named, owned)) do
        strangers[path] = true
      end
    end
  end
  return text.sorted_keys(strangers), used
end

local function names(list)
  local shown = table.move(list, 1, math.min(#list, SHOWN), 1, {})
  local more = #list > SHOWN and ("\n  and %d more"):format(#list - SHOWN) or ""
  return "\n  " .. table.concat(shown, "\n  ") .. more
end

--- Let the records that name one of the files *list* be done again.
local function redo(used, list)
  for _, entry in ipairs(used) do
    for _, root in ipairs(entry.launch.named) do
      for _, path in ipairs(list) do
        if paths.inside(path, root) then entry.redo = true end
      end
    end
  end
end

local function look_at_files(run)
  local list, used = find_strangers(run)
  if not list[1] then return end
  local how = run.resuming
  if how.redo then
    redo(used, list)
  elseif not how.accept then
    failure.refuse("usage", "somebody else has changed files that this run is about, so "
      .. "nothing was started:%s\ngo on with --accept (they are as they should be) or "
      .. "--redo (what was said about them is asked again)", names(list))
  end
  run:tell("note", ("changed by somebody else since, %s:%s"):format(
    how.redo and "so what was said about them is asked again" or "and accepted",
    names(list)))
  run:note_files({}, true)
end

--- An agent that had met a limit stays paused until its reset.
local function keep_pauses(run)
  for _, entry in ipairs(run.past.entries) do
    local problem = entry.done and entry.done.failure
    local last = entry.attempts[#entry.attempts]
    local limited = problem and problem.state == "limited" and problem.reset
    if limited and last and limited > core.time() then
      run.limits:pause(last.agent, problem, true)
    end
  end
end

--- Look at what has changed since *run* was left, and tell of it before anything is
-- spent.  A failure when it may not go on.
function resume.examine(run)
  tell_sources(run)
  landing.clear(run.past)
  look_at_files(run)
  keep_pauses(run)
  local how = run.resuming
  run.journal:write { kind = "resume", accept = how.accept, redo = how.redo,
    retry = how.retry, script_hash = run.source and core.hash(run.source),
    seconds = run.budget:spent().seconds }
  run.goes_on = true
end

return resume
