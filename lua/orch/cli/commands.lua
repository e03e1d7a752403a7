--- The subcommands of orch-lua: each is a file in command/, loaded when it is called.
--
-- A command is { usage = its words, summary = one line, help = more lines or nil,
-- explain = function(words) -> exit code, the help where it depends on words, or nil,
-- run = function(words, globals) -> exit code }.

local commands = {}

--- Their names, in the order of the help.
commands.names = {
  "ask", "rehearse", "runs", "show", "logs", "attach", "stop", "resume", "answer",
  "new", "list", "doctor", "agent", "help",
}

--- Commands whose words are all their own, also those that look like options of orch-lua.
commands.raw = { agent = true }

--- The command called *name*, or nil.
function commands.find(name)
  for _, known in ipairs(commands.names) do
    if known == name then return require("orch.cli.command." .. name) end
  end
end

--- The help of one command.
function commands.help(command)
  return ("usage: orch-lua %s\n\n%s%s"):format(command.usage, command.summary,
    command.help and "\n\n" .. command.help or "")
end

return commands
