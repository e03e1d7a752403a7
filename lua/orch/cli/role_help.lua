--- `orch-lua ask ROLE --help`: what a worker template says about itself, and its fields.

local core = require "orch.core"
local help = require "orch.options.help"
local templates = require "orch.templates"

local role_help = {}

-- A field as the option of `ask` that gives it.
local function option_of(name, field)
  local default = field.default
  if type(default) == "table" then default = table.concat(default, ", ") end
  return { flag = "--" .. name, kind = "text", help = field.help, default = default,
    required = default == nil and not field.optional }
end

--- The help of the template *role* for a script of *pack*, or nil and a sentence.
function role_help.of(role, pack)
  local found, problem = templates.find(role, pack)
  if not found then return nil, problem end
  local specs = {}
  for _, name in ipairs(found.names) do
    specs[name] = option_of(name, found.fields[name])
  end
  return help.render(help.header(core.read(found.path) or ""), specs, found.names)
end

return role_help
