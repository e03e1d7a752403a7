--- Runs short commands for examinations, through sessions as everything else.

local core = require "orch.core"
local exec_command = require "orch.session.exec_command"
local failure = require "orch.failure"
local task = require "orch.task"
local text = require "orch.text"

local programs = {}

local PATIENCE_MS = 10000

--- Run *argv* for at most 10 seconds.  Return the first line of its output once it exited
-- with 0, or nil and what happened instead.
function programs.run(argv, options)
  local fine, result = pcall(task.main, function()
    return exec_command.exec_command {
      argv = argv, workdir = "/", tty = options and options.tty or false,
      deadline_ms = PATIENCE_MS, yield_time_ms = PATIENCE_MS + 5000,
    }
  end)
  if not fine and failure.is(result) then return nil, result.reason end
  if not fine then error(result, 0) end
  local line = text.clean(result.output):match "%S[^\n]*" or ""
  if result.exit_code == 0 and result.state == "exited" then return line end
  if result.state == "queued" then return nil, "it had to wait for a free terminal" end
  if result.state == "timed_out" or result.state == "running" then
    return nil, ("it did not end within %s"):format(text.duration(PATIENCE_MS))
  end
  if result.state ~= "exited" then return nil, result.reason or result.state end
  return nil, ("it exited with %d%s"):format(result.exit_code or -1,
    line ~= "" and ": " .. text.shorten(line, 120) or "")
end

--- Where the user's PATH has the program *name*, or nil.
function programs.which(name, environment)
  for folder in (environment.PATH or ""):gmatch "[^:]+" do
    local found = core.stat(folder .. "/" .. name, true)
    local executable = found and found.type == "file" and found.mode & 73 ~= 0
    if executable then return folder .. "/" .. name end
  end
end

return programs
