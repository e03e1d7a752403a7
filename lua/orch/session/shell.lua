--- The shell that runs the command lines of scripts: one for all of them.

local core = require "orch.core"

local path

--- The words that run *command*, with bash where there is one, else with sh.
local function shell(command)
  path = path or (core.stat("/bin/bash", true) and "/bin/bash") or "/bin/sh"
  return { path, "-c", command }
end

return shell
