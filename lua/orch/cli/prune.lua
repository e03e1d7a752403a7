--- Forgets old runs: only such as have ended, whose sessions have ended, too, and that
--- wait for nobody's answer.

local core = require "orch.core"
local run_words = require "orch.cli.run_words"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local text = require "orch.text"

local OLD = 30 * 24 * 3600     -- seconds
local KEPT = { running = true, blocked = true }

local function size_of(path)
  local found = core.stat(path)
  if not found then return 0 end
  if found.type ~= "folder" then return found.size end
  local sum = 0
  for _, name in ipairs(core.list(path) or {}) do
    sum = sum + size_of(path .. "/" .. name)
  end
  return sum
end

-- Whether the run may go; *given* = { older = seconds, keep = number }.
local function is_old(run, place, given, now)
  if KEPT[run.state] then return false end
  if given.keep then return place > given.keep end
  return now - (run.ended or run.started) > (given.older or OLD)
end

-- Remove it while nobody else can take it up.  Return whether it is gone, and why not.
local function remove(run)
  local lock, message, name = core.lock(run.path .. "/lock")
  if not lock then return false, name == "EWOULDBLOCK" and "it lives" or message end
  local living = runs.living(run)[1]
  local gone, problem = false, living and living.label .. " lives"
  if not living then
    gone, problem = core.remove(run.path, { tree = true })
  end
  core.unlock(lock)
  return gone, problem
end

local function line_of(run, bytes, now)
  return ("%s (%s, %s ago, %s)"):format(run.id, run.state,
    run_words.age(now - (run.ended or run.started)), text.size(bytes))
end

--- Remove what is old.  given = { older = seconds | keep = number of the newest runs that
-- stay }.  Return the exit code.
return function(given, globals)
  local now, count, bytes, code, lines = core.time(), 0, 0, 0, {}
  for place, run in ipairs((runs.list())) do
    if is_old(run, place, given, now) and not runs.living(run)[1] then
      local size, gone, problem = size_of(run.path), true, nil
      if not globals.dry_run then gone, problem = remove(run) end
      if gone then
        count, bytes = count + 1, bytes + size
        lines[#lines + 1] = line_of(run, size, now)
      else
        code = say.fail(5, ("cannot remove run %s: %s"):format(run.id, problem))
      end
    end
  end
  local verb = globals.dry_run and "would remove" or "removed"
  lines[#lines + 1] = count == 0 and "there is nothing to prune"
    or ("%s %d %s, %s"):format(verb, count, count == 1 and "run" or "runs",
      text.size(bytes))
  return math.max(code, say.out(table.concat(lines, "\n")))
end
