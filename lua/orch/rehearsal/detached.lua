--- A program that goes on without its engine: no keeper, no terminal, one log.
--
-- It holds the lock of its log for as long as it lives.

local failure = require "orch.rehearsal.failure"
local input = require "orch.rehearsal.input"
local program = require "orch.rehearsal.program"

local detached = {}
detached.__index = detached

function detached:on_output(text)
  self.machine.disk:append(self.log, text)
end

function detached:on_process_end()
  self.log.lock = nil
  self.machine.disk:touch(self.log)
end

function detached.changed() end

local function text_of(environment)
  local env = {}
  for name, value in pairs(environment) do env[name] = value end
  return env
end

--- Start *argv* on *machine*; what it prints is appended to the file *log*, found through
-- *files*.  Return true, or nil and why not.
function detached.start(machine, files, argv, log)
  local fn = machine:program(argv)
  if not fn then return failure("ENOENT", argv[1]) end
  local place, err = files:find(log)
  if not place then return failure(err, log) end
  local node = place.node or files:create(place)
  if node.lock then return failure("EAGAIN", log) end
  local self = setmetatable({ machine = machine, log = node }, detached)
  node.lock = self
  local process = program.new(self, fn, {
    argv = table.move(argv, 1, #argv, 1, {}), env = text_of(machine.environment),
    folder = machine.host.folder, input = input.file "", stdin = "", tty = false,
    rows = 0, cols = 0, pid = machine:new_pid(),
  })
  machine.clock:after(0, function() process:resume() end)
  return true
end

return detached
