--- What a worker may edit, and where it works: its scope, made of the paths it is given.

local core = require "orch.core"
local paths = require "orch.paths"

local scope = {}

local KEPT_OUT = {
  [".git"] = true, [".orch-lua"] = true, [".claude"] = true, [".codex"] = true,
}

local function path_of(value)
  if type(value) == "table" and type(value.path) == "string" then return value.path end
  if type(value) == "string" and value ~= "" then return value end
end

local function each_path(edit)
  if path_of(edit) or type(edit) ~= "table" then edit = { edit } end
  local list = {}
  for i, value in ipairs(edit) do list[i] = path_of(value) or false end
  return list
end

--- The part of *path* that nobody may edit, or nil.
function scope.refused_part(path)
  for part in path:gmatch "[^/]+" do
    if KEPT_OUT[part] then return part end
  end
end

--- The deepest folder that holds every path.
local function common_folder(list)
  local folder = core.stat(list[1], true)
  folder = folder and folder.type == "folder" and list[1] or paths.parent(list[1])
  for _, path in ipairs(list) do
    while not paths.inside(path, folder) do folder = paths.parent(folder) end
  end
  return folder
end

--- The scope of a worker: *kind* of its template ("read-only", "scratch", "edit") and the
-- paths that *edit* names, which may not exist yet.  Return { kind, paths, folder, text
-- }, or nil and what is wrong.
function scope.of(kind, edit)
  local here = paths.resolve "."
  if kind ~= "edit" then
    if edit ~= nil then
      return nil, "its template is " .. kind .. " and takes no 'edit'"
    end
    return { kind = kind, paths = {}, folder = here, text = kind }
  end
  local list = each_path(edit)
  if #list == 0 then return nil, "it needs 'edit': the paths that it may edit" end
  for i, path in ipairs(list) do
    if not path then return nil, "'edit' must be a path or a list of paths" end
    list[i] = paths.resolve(path)
    local part = scope.refused_part(list[i])
    if part then
      return nil, ("nobody may edit '%s': it lies in %s"):format(path, part)
    end
  end
  local common = common_folder(list)
  local folder = paths.inside(common, here) and here or common
  local shown = {}
  for i, path in ipairs(list) do shown[i] = paths.relative(path, folder) end
  return { kind = kind, paths = list, folder = folder,
    text = "may edit " .. table.concat(shown, ", ") }
end

return scope
