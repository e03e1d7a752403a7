--- Paths that people write, seen from the folder in which orch-lua was started.

local core = require "orch.core"

local paths = {}

--- *path* made absolute, without `.`, `..` and doubled slashes; links are not followed.
function paths.absolute(path, base)
  if path:sub(1, 1) ~= "/" then path = (base or core.host().folder) .. "/" .. path end
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

--- Whether *path* is *folder* or lies below it; both absolute.
function paths.inside(path, folder)
  return path == folder or folder == "/" or path:sub(1, #folder + 1) == folder .. "/"
end

--- *path* as seen from *folder* where it lies inside, else as it is.
function paths.relative(path, folder)
  if path == folder then return "." end
  if not paths.inside(path, folder) then return path end
  return path:sub(folder == "/" and 2 or #folder + 2)
end

--- The folder that holds *path*.
function paths.parent(path)
  local folder = path:match "^(.*)/[^/]*$"
  return folder == "" and "/" or folder or "."
end

--- *path* with the links of its deepest existing folder resolved; the rest may not exist.
function paths.resolve(path)
  path = paths.absolute(path)
  local rest = ""
  while path ~= "/" do
    local real = core.real_path(path)
    if real then return paths.absolute(real .. rest) end
    rest = "/" .. path:match "[^/]*$" .. rest
    path = paths.parent(path)
  end
  return rest == "" and "/" or rest
end

return paths
