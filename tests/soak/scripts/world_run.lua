--- world_run.lua - a small run in a world: a worker, an answer, a result; no process.

package.path = arg[1] .. "/tests/lua/?.lua;" .. package.path
local support = require "support"

local world = support.world {
  programs = { date = function(program) program:print "today\n" end },
}
local load = support.library(world)
local orch = load "orch"
local text
orch.main(function()
  text = orch.exec_command { argv = { "date" } }.output
  orch.all({ 1, 2, 3 }, function(i) orch.sleep(i * 1000) end)
end)
assert(text == "today\n")
require "orch.core".output(1, text)
