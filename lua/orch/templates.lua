--- Where a role's template is found: the script's pack first, then orch-lua's own.

local core = require "orch.core"
local failure = require "orch.failure"
local reply = require "orch.reply"
local text = require "orch.text"
local template = require "orch.template"

local templates = {}

local FOLDER = "worker-templates"
-- Parts of briefs, no roles.
local INTERNAL = { preamble = true, again = true, answer = true }

--- Whether the template *name* is a role, and not a part of every brief.
function templates.is_role(name) return not INTERNAL[name] end

--- The folders that are searched, the first first.
function templates.folders(pack)
  local list = {}
  local own = core.host().share
  if pack and pack ~= own then list[1] = pack .. "/" .. FOLDER end
  if own then list[#list + 1] = own .. "/" .. FOLDER end
  return list
end

--- The roles that can be asked: a sorted list of { name, path }.
function templates.list(pack)
  local found = {}
  for _, folder in ipairs(templates.folders(pack)) do
    for _, file in ipairs(core.list(folder) or {}) do
      local name = file:match "^([%a_][%w_%-]*)%.lua$"
      if name and templates.is_role(name) and not found[name] then
        found[name] = folder .. "/" .. file
      end
    end
  end
  local list = {}
  for name, path in text.sorted_pairs(found) do
    list[#list + 1] = { name = name, path = path }
  end
  return list
end

local function unknown(role, pack)
  local names = {}
  for i, entry in ipairs(templates.list(pack)) do names[i] = entry.name end
  return ("there is no worker template '%s'%s"):format(role, text.suggest(role, names))
end

--- Read *file* of the template folders.  Return its text and path, or nil and a message.
local function read(file, pack)
  for _, folder in ipairs(templates.folders(pack)) do
    local path = folder .. "/" .. file
    local source, message, name = core.read(path)
    if source then return source, path end
    if name ~= "ENOENT" and name ~= "ENOTDIR" then
      return nil, ("cannot read the template '%s': %s (%s)"):format(path, message, name)
    end
  end
end

--- The template of *role* for a script of *pack*, or nil and a sentence.
function templates.find(role, pack)
  if type(role) ~= "string" or not role:find "^[%a_][%w_%-]*$" then
    return nil, ("a role is a name such as 'reviewer', got '%s'"):format(tostring(role))
  end
  local source, path = read(role .. ".lua", pack)
  if not source then return nil, path or unknown(role, pack) end
  local found, problem = template.load(source, "@" .. path, reply)
  if found then found.path = path end
  return found, problem
end

--- The text before every brief of a script of *pack*.
function templates.preamble(pack)
  local source, path = read("preamble.lua", pack)
  if not source then
    failure.refuse("environment", "%s",
      path or "orch-lua's own worker-templates are missing")
  end
  local preamble, problem = template.preamble(source, "@" .. path)
  if not preamble then failure.refuse("usage", "%s", problem) end
  return preamble
end

return templates
