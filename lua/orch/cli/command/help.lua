--- `orch-lua help`: how to call orch-lua, or one of its subcommands and patterns.

local core = require "orch.core"

local help = {
  usage = "help [WORD]",
  summary = "Explain a subcommand, a pattern, 'result' or 'api [NAME]'.",
}

local head = [[
usage: orch-lua [options] SCRIPT [--option value ...]
       orch-lua [options] PATTERN [--option value ...]
       orch-lua SUBCOMMAND ...

Runs coding agents as workers, as a Lua script says.  SCRIPT is the script's file: its
name has a / or ends in .lua.  PATTERN is the name of one of orch-lua's own scripts.
`orch-lua SCRIPT --help` shows what a script does and its options.

subcommands:
]]

local foot = [[

exit codes:
  0  delivered                                  4  a budget, limit or deadline was reached
  1  the verdict is not pass, or it gave up     5  the machine or a login is not ready
  2  wrong usage, or a mistake in the script    6  a worker needs an answer
  3  a worker failed                            128+n  ended by signal n
]]

-- The words of a command without its options: those are for its own help.
local function short(usage)
  return (usage:gsub(" %[%-.*$", ""):gsub(" |.*$", ""))
end

local function overview()
  local commands = require "orch.cli.commands"
  local width, lines = 0, {}
  for _, name in ipairs(commands.names) do
    width = math.max(width, #short(commands.find(name).usage))
  end
  for i, name in ipairs(commands.names) do
    local command = commands.find(name)
    lines[i] = ("  %-" .. width .. "s  %s"):format(short(command.usage), command.summary)
  end
  return head .. table.concat(lines, "\n") .. "\n\noptions, before or after the script:\n"
    .. require "orch.cli.arguments".help() .. "\n" .. foot
end

--- The functions and objects that scripts have, or more about *name*.
local function show_api(name)
  local say = require "orch.cli.say"
  local api = require "orch.cli.api"
  local share = core.host().share
  local source = share and core.read(share .. "/lua/orch/types.lua")
  if not source then
    return say.fail(5, "the declarations of the API are not where they belong: install "
      .. "orch-lua again, or run it from its build folder")
  end
  local all = api.read(source)
  if not name then return say.out(api.overview(all)) end
  local found, known = api.find(all, name)
  if not found[1] then
    return say.unknown("name", name, known, "orch-lua help api shows all names")
  end
  for i, one in ipairs(found) do found[i] = api.show(all, one) end
  return say.out(table.concat(found, "\n\n"))
end

--- The fields of result.json, from its schema.
local function show_result()
  local say = require "orch.cli.say"
  local share = core.host().share
  local source = share and core.read(share .. "/patterns/result.schema.json")
  if not source then
    return say.fail(5, "the schema of the result is not where it belongs: install "
      .. "orch-lua again, or run it from its build folder")
  end
  return say.out(require "orch.cli.schema".show(core.json_decode(source)))
end

--- Show the help of what *words* names, on standard error when it was not asked for.
function help.run(words, globals, not_asked)
  local say = require "orch.cli.say"
  local name = words[1]
  if not name then
    if not not_asked then return say.out(overview()) end
    core.output(2, overview())
    return 2
  end
  if name == "api" then return show_api(words[2]) end
  if name == "result" then return show_result() end
  local commands = require "orch.cli.commands"
  local command = commands.find(name)
  if command then
    return say.out(commands.help(command))
  end
  local patterns = require "orch.cli.patterns"
  local path = name:find("/", 1, true) and name or name:find "%.lua$" and name
    or patterns.find(name)
  if not path then
    local known = patterns.names()
    table.move(commands.names, 1, #commands.names, #known + 1, known)
    return say.unknown("subcommand or pattern", name, known, "orch-lua list shows them")
  end
  local shown, message, trace = require "orch.cli.script_help".of(path)
  if not shown then return say.fail(2, globals.verbose and trace or message) end
  return say.out(shown)
end

return help
