--- Fills a world with all that a script needs: agents that are logged in, git, a shell
--- for check commands, a small project, and what orch-lua itself installs.

local agent = require "orch.rehearsal.agent"
local chance = require "orch.rehearsal.chance"
local commands = require "orch.rehearsal.commands"
local git = require "orch.rehearsal.git"
local project = require "orch.rehearsal.project"
local samples = require "orch.rehearsal.samples"
local scenario = require "orch.rehearsal.scenario"
local voices = require "orch.rehearsal.voices"

local workers = {}

--- Where a world keeps what is installed, the project, and the user's home.
workers.places = {
  share = "/opt/orch-lua/share/orch-lua", project = "/home/user/project",
  home = "/home/user",
}

local LOGINS = {
  codex = { [".codex/auth.json"] = "{}\n" },
  claude = { [".claude/.credentials.json"] = "{}\n" },
}

local function absolute(path, folder)
  return path:sub(1, 1) == "/" and path or folder .. "/" .. path
end

-- Put *files* below *folder*, except where there is something already.
local function add_files(to, files, folder)
  for path, content in pairs(files or {}) do
    local full = absolute(path, folder)
    if to[full] == nil then to[full] = content end
  end
end

-- The agents that are logged in: most users have codex, some only claude, a few nothing;
-- all of them where it matters, because somebody has chosen one.
local function logged_in(about)
  local lot = chance.new(about.seed, "logins"):below(16)
  if about.agents or lot > 4 then return { "codex", "claude" } end
  return lot > 0 and { "claude" } or {}
end

local function install_files(options, about, host)
  local files = options.files
  local script = about.script or {}
  local folder = host.folder or workers.places.project
  add_files(files, script.files, folder)
  add_files(files, about.files, folder)
  if not script.files then add_files(files, project.files, folder) end
  if script.repository ~= false then add_files(files, project.repository(), folder) end
  add_files(files, about.share, host.share or workers.places.share)
  for _, name in ipairs(logged_in(about)) do
    add_files(files, LOGINS[name], host.home or workers.places.home)
  end
end

local function install_programs(options, about)
  local programs, seed = options.programs, about.seed
  local types = samples.of(options.files)
  local company = {
    seed = seed, memory = {}, types = types, subjects = project.subjects(seed),
    direct = scenario.director(about.script or {}, types),
  }
  local function add(name, program) programs[name] = programs[name] or program end
  for name, voice in pairs(about.agents or {}) do
    add(name, agent.new(voices[voice], company))
  end
  add("codex", agent.new(voices.codex, company))
  add("claude", agent.new(voices.claude, company))
  add("orch-lua", agent.new(voices.codex, company))       -- the offline agent
  add("git", git)
  add("cp", commands.cp)
  add("ln", commands.ln)
end

--- Add what a rehearsal needs to the *options* of world.new, and return them.  *about*:
-- seed; share = { path = bytes } of the folder that orch-lua installs; pack = the folder
-- of the user's pack in the world, and files = what is to be put there and elsewhere, by
-- path (relative ones belong to the project); agents = { name of a program = "codex",
-- "claude" or "plain", the way it speaks } beside those built in, given where the user
-- has chosen agents: all are logged in then; script = a rehearsal script, see
-- scenario.lua.  What options hold already is kept.
function workers.install(options, about)
  options.seed = options.seed or about.seed
  options.files, options.programs = options.files or {}, options.programs or {}
  install_files(options, about, options.host or {})
  install_programs(options, about)
  options.shell = options.shell
    or commands.shell(about.seed, (about.script or {}).commands or {})
  return options
end

return workers
