--- Sessions: the keeper is there and of the same build, and a terminal can be had.

local programs = require "orch.doctor.programs"

local sessions = {}

local BUILD_AGAIN = "sh core/setup.sh   # in the folder of orch-lua's sources"
local WORD = "terminal"        -- what the trivial session says

local function examine_keeper(about)
  local host = about.host
  local line, why = programs.run { host.keeper, "--version" }
  if not line then return "problem", ("'%s': %s"):format(host.keeper, why) end
  local version = line:match "^orch%-keeper (%S+)"
  if version ~= host.version then
    return "problem", ("'%s' is version %s, orch-lua is %s"):format(host.keeper,
      version or "unknown", host.version)
  end
  return "ok", ("version %s, the same as orch-lua"):format(version)
end

local function examine_terminal()
  local line, why = programs.run({ "/bin/sh", "-c", "test -t 1 && printf " .. WORD },
    { tty = true })
  if not line then return "problem", "a session on a terminal failed: " .. why end
  if line ~= WORD then return "problem", ("its output came as '%s'"):format(line) end
  return "ok", "a session on a terminal works"
end

local function examine_worker(about)
  local label = about.environment.ORCH_WORKER
  if not label or label == "" then return "ok", "not inside a worker" end
  return "problem", ("this is worker '%s', and a worker starts no others"):format(label)
end

function sessions.examinations()
  return {
    { what = "keeper", examine = examine_keeper, advice = BUILD_AGAIN },
    { what = "session", examine = examine_terminal,
      advice = "sudo mount -o remount,gid=5,mode=620,ptmxmode=666 /dev/pts" },
    { what = "outermost", examine = examine_worker,
      advice = "unset ORCH_WORKER ORCH_RUN" },
  }
end

return sessions
