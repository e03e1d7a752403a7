--- How a session stands or ended, in words for people.

local ending = {}

local WORDS = {
  ENOENT = "no such file or folder", EACCES = "permission denied",
  ENOEXEC = "not a program that can be executed", ENOTDIR = "not a folder",
  E2BIG = "its arguments and environment are too long", ENOSPC = "no space is left",
  EISDIR = "it is a folder", ELOOP = "too many symbolic links",
}

--- Why a session could not start, as a sentence that names the path.  *spec* is what was
-- asked for, *status* its record.
function ending.of_start(spec, status)
  local what = status.stage == "workdir" and ("cannot work in '%s'"):format(spec.workdir)
    or status.stage == "stdin" and ("cannot read '%s'"):format(spec.stdin)
    or ("cannot start '%s'"):format(spec.argv[1])
  return ("%s: %s (%s)"):format(what, WORDS[status.error] or status.stage, status.error)
end

--- One word and, where there is one, a reason: "queued", "running", "exited", "stopped",
-- "timed_out", "failed" or "lost".
function ending.of(spec, status, ended)
  if not ended then return status.state == "queued" and "queued" or "running" end
  if status.state == "lost" then
    return "lost", "its keeper is gone and left no record"
  end
  local by = status.ended_by
  if by == "self" then return "exited" end
  if by == "deadline" then return "timed_out", "its deadline passed" end
  if by == "disk" then return "failed", "the disk is full" end
  if by == "start" then return "failed", ending.of_start(spec, status) end
  if by == "stop" then return "stopped" end
  return "stopped", "nobody was there to follow it and its lease ended"
end

return ending
