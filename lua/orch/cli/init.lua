--- The command line of orch-lua: arguments in, an exit code out.

local core = require "orch.core"

local function version()
  return require "orch.cli.say".out("orch-lua " .. core.host().version)
end

-- A word is a script when it cannot be a name.
local function is_script(word)
  return word:find("/", 1, true) or word:find "%.lua$"
end

local function show_script_help(path, globals)
  local say = require "orch.cli.say"
  local help, message, trace = require "orch.cli.script_help".of(path)
  if not help then return say.fail(2, globals.verbose and trace or message) end
  return say.out(help)
end

local function run_script(name, path, found)
  if found.globals.help then return show_script_help(path, found.globals) end
  local launch = require "orch.cli.launch"
  return launch.script({ name = name, path = path, words = found.words }, found.globals)
end

local function unknown_word(word)
  local say = require "orch.cli.say"
  if word == "-" then
    return say.fail(2, "a script is never read from standard input: name its file")
  end
  local found = core.stat(word, true)
  if found and found.type == "file" then
    return say.fail(2, ("'%s' is neither a subcommand nor a pattern: "
      .. "to run the file of that name, write './%s'"):format(word, word))
  end
  if core.stat(word .. ".lua", true) then
    return say.fail(2, ("'%s' is neither a subcommand nor a pattern of orch-lua: to run "
      .. "the script of this folder, write '%s.lua'"):format(word, word))
  end
  local known = require "orch.cli.patterns".names()
  for _, name in ipairs(require "orch.cli.commands".names) do known[#known + 1] = name end
  return say.unknown("subcommand or pattern", word, known,
    "orch-lua help shows the subcommands, orch-lua list the patterns")
end

local function run_command(command, found)
  local commands = require "orch.cli.commands"
  if found.globals.help then
    if command.explain and found.words[1] then return command.explain(found.words) end
    return require "orch.cli.say".out(commands.help(command))
  end
  return command.run(found.words, found.globals)
end

local function dispatch(words)
  local commands = require "orch.cli.commands"
  local found, message = require "orch.cli.arguments".split(words, commands.raw)
  if not found then return require "orch.cli.say".fail(2, message) end
  local target = found.target
  found.globals.line = words
  if found.globals.version then return version() end
  if not target or target == "" then
    return commands.find "help".run({}, found.globals, not found.globals.help)
  end
  if is_script(target) then return run_script(target:match "[^/]*$", target, found) end
  local command = commands.find(target)
  if command then return run_command(command, found) end
  local path = require "orch.cli.patterns".find(target)
  if path then return run_script(target, path, found) end
  return unknown_word(target)
end

-- What the world is at fault for is a sentence, anything else a mistake with its place.
local function traced(problem)
  return require "orch.failure".is(problem) and problem or debug.traceback(problem)
end

return function(arg)
  if arg[1] == "--version" then return version() end
  local words = table.move(arg, 1, #arg, 1, {})
  local fine, code = xpcall(dispatch, traced, words)
  if fine then return code end
  if type(code) == "table" then return require "orch.cli.say".fail(5, code.reason) end
  core.output(2, "orch-lua: a mistake in orch-lua itself, please report it: "
    .. tostring(code) .. "\n")
  return 2
end
