--- `orch-lua agent offline ...`: the agent that comes with orch-lua, called as a program.
--
-- A run calls it as it calls any other agent; so this works inside a worker.

local say = require "orch.cli.say"

local agent = {
  usage = "agent offline ...",
  summary = "Be the offline agent: a brief on standard input.",
}

local shipped = { offline = "orch.offline.agent" }

function agent.run(words)
  local name = words[1]
  if not name then
    return say.fail(2, "agent needs the name of an agent: orch-lua agent offline")
  elseif name == "--help" or name == "-h" then
    return say.out(require "orch.cli.commands".help(agent))
  elseif not shipped[name] then
    return say.unknown("agent", name, { "offline" },
      "the agent that orch-lua ships is 'offline'")
  end
  local main = require(shipped[name])
  if type(main) == "table" then main = main.main end
  return main(table.move(words, 2, #words, 1, {}))
end

return agent
