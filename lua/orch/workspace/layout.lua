--- The repository of our own in which snapshots are kept: an empty one that borrows the
--- objects of the user's, ignores what he ignores, and converts nothing.

local core = require "orch.core"
local failure = require "orch.failure"
local folders = require "orch.folders"
local paths = require "orch.paths"

-- Snapshots are made of the bytes in the files, whatever git makes of them elsewhere.
local RAW = "* -text -filter -ident -working-tree-encoding\n"

local function write(path, bytes)
  local ok, message, name = core.write(path, bytes, { atomic = false })
  if ok then return end
  failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, name)
end

local function quoted(value)
  return '"' .. value:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

local function config_of(settings)
  local format = settings["extensions.objectformat"]
  local lines = { "[core]",
    "\trepositoryformatversion = " .. (format and 1 or 0), "\tbare = false" }
  for _, name in ipairs { "filemode", "ignorecase", "symlinks" } do
    local value = settings["core." .. name]
    if value then lines[#lines + 1] = ("\t%s = %s"):format(name, quoted(value)) end
  end
  local ignored = settings["core.excludesfile"]
  if ignored then
    local home = core.environment().HOME or core.host().home or ""
    lines[#lines + 1] = "\texcludesfile = "
      .. quoted((ignored:gsub("^~/", (home:gsub("%%", "%%%%")) .. "/")))
  end
  if format then
    lines[#lines + 1] = "[extensions]\n\tobjectformat = " .. quoted(format)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- What the user's repository does not want to see, and what we write ourselves.
local function excludes_of(repo, root)
  local own = repo and core.read(repo.common .. "/info/exclude") or ""
  local lines = { own }
  for _, path in ipairs { folders.runs(), paths.parent(folders.runtime()) } do
    local folder = core.real_path(path) or path
    if folder ~= root and paths.inside(folder, root) then
      lines[#lines + 1] = "/" .. paths.relative(folder, root):gsub("[%*%?%[\\ ]", "\\%0")
        .. "/"
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Lay out an empty repository in *folder* for snapshots of the workspace *root*, whose
-- own repository is *repo*, if it has one, with the user's *settings*.
return function(folder, root, repo, settings)
  for _, name in ipairs { "objects/info", "refs/heads", "info", "indexes" } do
    core.make_folder(folder .. "/" .. name, { parents = true })
  end
  write(folder .. "/HEAD", "ref: refs/heads/main\n")
  write(folder .. "/config", config_of(settings))
  write(folder .. "/info/exclude", excludes_of(repo, root))
  write(folder .. "/info/attributes", RAW)
  if not repo then return end
  write(folder .. "/objects/info/alternates", repo.common .. "/objects\n")
  local sparse = core.read(repo.own .. "/info/sparse-checkout")
  if sparse then write(folder .. "/info/sparse-checkout", sparse) end
end
