--- The folders that orch-lua writes in, and git.

local core = require "orch.core"
local folders = require "orch.folders"
local programs = require "orch.doctor.programs"

local places = {}

local OTHERS_READ, OTHERS_WRITE = 45, 18   -- 055 and 022 of a mode

--- Whether a file can be written in *folder*, or nil and why not.
local function try_to_write(folder)
  local path = ("%s/.doctor-%s"):format(folder, core.hash(core.random(16)):sub(1, 8))
  local ok, message, name = core.write(path, "x", { exclusive = true, atomic = false })
  core.remove(path)
  if ok then return true end
  return nil, ("cannot write in '%s': %s (%s)"):format(folder, message, name)
end

local function examine_folder(folder)
  local ok, why = try_to_write(folder)
  if not ok then return "problem", why end
  local mode = core.stat(folder, true).mode
  if mode & OTHERS_WRITE ~= 0 then
    return "problem", ("others can write in '%s'"):format(folder), folder
  elseif mode & OTHERS_READ ~= 0 then
    return "warning", ("others can look into '%s'"):format(folder), folder
  end
  return "ok", folder
end

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function make_private(folder)
  return folder and "chmod 700 " .. quoted(folder)
end

local function examine_git(about)
  local path = programs.which("git", about.environment)
  if path then return "ok", path end
  return "warning", "not in PATH: what workers change cannot be kept apart or taken back"
end

function places.examinations()
  return {
    { what = "state folder",
      examine = function() return examine_folder(folders.runs()) end,
      advice = function(folder)
        return make_private(folder)
          or 'export ORCH_STATE_DIR="$HOME/orch-lua-state"   # or any folder of yours'
      end },
    { what = "runtime folder",
      examine = function() return examine_folder(folders.runtime()) end,
      advice = function(folder)
        return make_private(folder)
          or 'export XDG_RUNTIME_DIR="$(mktemp -d)"   # or any folder of yours'
      end },
    { what = "git", examine = examine_git, advice = "sudo apt-get install git" },
  }
end

return places
