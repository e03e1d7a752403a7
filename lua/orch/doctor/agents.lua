--- The agents: which are there, in which version, and whether they are logged in.

local config = require "orch.config"
local core = require "orch.core"
local paths = require "orch.paths"
local programs = require "orch.doctor.programs"
local text = require "orch.text"

local agents = {}

local INSTALL = {
  codex = "npm install -g @openai/codex",
  claude = "npm install -g @anthropic-ai/claude-code",
}
local OFFLINE = "offline"

--- The names that the user asked for, on the command line or in the configuration.
local function wanted(about)
  local names = {}
  for _, wishes in ipairs { about.wishes or {}, about.settings.agent or {} } do
    for _, list in text.sorted_pairs(wishes) do
      for _, name in ipairs(list) do names[name] = true end
    end
  end
  return names
end

--- Whether a real agent other than *besides* can be used.
local function another(about, besides)
  for _, one in ipairs(about.agents) do
    if one.ready and one.name ~= OFFLINE and one.name ~= besides then return true end
  end
  return false
end

local function of_missing(one, about)
  local found = "not there: " .. one.why
  local advice = INSTALL[one.name]
  if wanted(about)[one.name] then return "problem", found, advice end
  if another(about, one.name) then return "ok", "not installed" end
  return "warning", found, advice
end

local function of_stranger(one, about, version)
  local found = ("%s, but %s"):format(version, (one.why:gsub(" %(run: .-%)", "")))
  local needed = wanted(about)[one.name] or not another(about, one.name)
  return needed and "problem" or "warning", found, one.why:match "%(run: (.-)%)"
end

local function examine_agent(one, about)
  if not one.program then return of_missing(one, about) end
  if one.name == OFFLINE then
    return "ok", "built in: it finds and fixes mechanical defects"
  end
  local version = one.program
  if one.built_in then
    local line, why = programs.run { one.program, "--version" }
    if not line then
      return "problem", ("'%s --version': %s"):format(one.program, why), INSTALL[one.name]
    end
    version = ("%s, %s"):format(text.shorten(line, 60), one.program)
  end
  if not one.ready then return of_stranger(one, about, version) end
  return "ok", version .. (one.built_in and ", logged in" or "")
end

--- codex puts no helper programs below the temporary folder: all its commands then fail,
-- while it says that all is well.
local function examine_codex_home(about)
  local environment = about.environment
  local home = environment.CODEX_HOME or (environment.HOME or "/") .. "/.codex"
  local temporary = core.real_path(about.host.temporary) or about.host.temporary
  local folder = core.real_path(home) or home
  if not paths.inside(folder, temporary) then return "ok", folder end
  return "problem", ("'%s' is below the temporary folder '%s': the tools of codex fail "
    .. "there, though it says that all is well"):format(folder, temporary), about
end

local function move_codex_home(about)
  local temporary = core.real_path(about.host.temporary) or about.host.temporary
  local home = about.environment.HOME or "/"
  if not about.environment.CODEX_HOME or paths.inside(home, temporary) then
    return "export TMPDIR=" .. (temporary == "/var/tmp" and "/tmp" or "/var/tmp")
  end
  return core.stat(home .. "/.codex") and "unset CODEX_HOME"
    or 'mv "$CODEX_HOME" ~/.codex && unset CODEX_HOME'
end

--- The agents that the user named but that nobody knows.
local function unknown(about, list)
  local known = {}
  for _, one in ipairs(about.agents) do known[#known + 1] = one.name end
  for name in text.sorted_pairs(wanted(about)) do
    local function is_known()
      for _, other in ipairs(known) do if other == name then return true end end
    end
    if not is_known() then
      list[#list + 1] = { what = name, examine = function()
        return "problem", "no such agent" .. text.suggest(name, known)
      end, advice = "${EDITOR:-vi} " .. (config.path(about.environment) or "") }
    end
  end
end

function agents.examinations(about)
  local list = {}
  for _, one in ipairs(about.agents) do
    list[#list + 1] = { what = one.name, advice = function(command) return command end,
      examine = function() return examine_agent(one, about) end }
    if one.name == "codex" and one.program then
      list[#list + 1] = { what = "codex home", examine = examine_codex_home,
        advice = move_codex_home }
    end
  end
  unknown(about, list)
  return list
end

return agents
