--- `orch-lua ask ROLE --FIELD VALUE ...`: one worker, without a script.
--
-- It is written out as the script it stands for, so that its run is a run like any other.

local core = require "orch.core"
local say = require "orch.cli.say"

local ask = {
  usage = "ask ROLE --FIELD VALUE ...",
  summary = "Ask one worker and print its reply.",
  help = "ROLE is one of orch-lua's own worker templates, or the path of another:\n"
    .. "team/worker-templates/NAME.lua.  FIELD is one of its fields; one given several\n"
    .. "times is a list.  --edit PATH lets the worker edit PATH.\n\n"
    .. "orch-lua ask ROLE --help shows the fields of ROLE.",
}

-- The fields from words such as `--lens speed` and `--lens=speed`.  Return names in the
-- order given and { name = { value, ... } }, or nil and a message.
local function fields_from(words)
  local names, values, at = {}, {}, 2
  while words[at] do
    local word = words[at]
    local name, value = word:match "^%-%-([%a_][%w_-]*)=(.*)$"
    if not name then
      name, value, at = word:match "^%-%-([%a_][%w_-]*)$", words[at + 1], at + 1
    end
    if not name then
      return nil, ("'%s' is no field: write --FIELD VALUE"):format(word)
    elseif not value then
      return nil, ("'%s' needs a value: %s VALUE"):format(word, word)
    end
    name = name:gsub("-", "_")
    if not values[name] then names[#names + 1], values[name] = name, {} end
    table.insert(values[name], value)
    at = at + 1
  end
  return names, values
end

--- The role that *word* means and the folder of its pack.  A bare name is orch-lua's own:
-- the folder one stands in must not choose what a worker reads.
local function role_of(word)
  local share = core.host().share
  if not (word:find("/", 1, true) or word:find "%.lua$") then
    local file = "worker-templates/" .. word .. ".lua"
    if core.stat(file, true) and not core.stat(("%s/%s"):format(share, file), true) then
      return nil, ("orch-lua has no worker template '%s'; to ask the one of this folder, "
        .. "write %s"):format(word, file)
    end
    return word, share
  end
  local path = word:find("/", 1, true) and word or "./" .. word
  path = core.real_path(path)
  local pack, role = (path or ""):match "^(.*)/worker%-templates/([^/]+)%.lua$"
  if pack then return role, pack == "" and "/" or pack end
  if not path then return nil, ("there is no worker template '%s'"):format(word) end
  return nil, ("'%s' is not in a folder called worker-templates"):format(word)
end

--- The script that asks *words* (ROLE and fields) and the folder of the role's pack, or
-- nil and a message.
function ask.script(words)
  if not words[1] or words[1]:sub(1, 1) == "-" then
    return nil, "ask needs a role before its fields: orch-lua ask ROLE --FIELD VALUE"
  end
  local role, pack = role_of(words[1])
  if not role then return nil, pack end
  local names, values = fields_from(words)
  if not names then return nil, values end
  local lines = {}
  for i, name in ipairs(names) do
    local quoted = {}
    for j, value in ipairs(values[name]) do
      quoted[j] = ("%q"):format(value):gsub("\\\n", "\\n")
    end
    local value = quoted[2] and "{ " .. table.concat(quoted, ", ") .. " }" or quoted[1]
    lines[i] = ("  [%q] = %s,\n"):format(name, value)
  end
  return ("local orch = require \"orch\"\n\nreturn orch.ask(%q, {\n%s})\n")
    :format(role, table.concat(lines)), pack
end

--- `ask ROLE --help`: what the role is for, and its fields.
function ask.explain(words)
  local role, pack = role_of(words[1])
  if not role then return say.fail(2, pack) end
  local help, problem = require "orch.cli.role_help".of(role, pack)
  if not help then return say.fail(2, problem) end
  return say.out(help)
end

local function print_reply(reply, globals)
  local shown = type(reply) == "table" and reply.text or tostring(reply)
  shown = require "orch.text".clean(shown)
  if globals.json then shown = core.json_encode { reply = shown } end
  return say.out(shown)
end

--- What is done with the reply at the end.
function ask.finish(globals)
  return function(reply) return print_reply(reply, globals) end
end

function ask.run(words, globals)
  local source, pack = ask.script(words)
  if not source then return say.fail(2, pack) end
  return require "orch.cli.launch".script({
    name = "ask " .. words[1]:match "[^/]*$", path = "ask", source = source, pack = pack,
    words = {}, command = "ask", finish = ask.finish(globals),
  }, globals)
end

return ask
