--- Finds patterns and worker templates by name: in orch-lua's own folders.
--
-- The folder one stands in is listed, but nothing in it runs by a bare name: a cloned
-- repository must not take the place of a pattern that the user knows.

local core = require "orch.core"
local options = require "orch.options"
local templates = require "orch.templates"

local patterns = {}

-- The names of the scripts in *folder*, without the templates that are no roles.
local function scripts_in(kind, folder)
  local names = {}
  for _, file in ipairs(core.list(folder) or {}) do
    local name = file:match "^([%w_-]+)%.lua$"
    local is_part = kind == "worker-templates" and not templates.is_role(name)
    if name and not is_part then names[#names + 1] = name end
  end
  return names
end

local function own(kind)
  local share = core.host().share
  return share and share .. "/" .. kind
end

--- The names of orch-lua's own patterns.
function patterns.names()
  local folder = own "patterns"
  return folder and scripts_in("patterns", folder) or {}
end

--- The file of the pattern called *name* (`review-fix` is `review_fix`), or nil.
function patterns.find(name)
  local folder = own "patterns"
  local wanted = name:gsub("-", "_")
  if not folder or not wanted:find "^[%w_]+$" then return end
  local path = folder .. "/" .. wanted .. ".lua"
  local found = core.stat(path, true)
  return found and found.type == "file" and path or nil
end

local function summary_of(path)
  local source = core.read(path, 0, 16384)
  local header = source and options.header(source) or ""
  return header:match "^%s*([^\n]*)"
end

local function entry(kind, folder, mine)
  local found = { kind = kind, folder = folder, own = mine, scripts = {} }
  for i, name in ipairs(scripts_in(kind, folder)) do
    local path = folder .. "/" .. name .. ".lua"
    found.scripts[i] = { name = name, path = path, summary = summary_of(path) }
  end
  return found
end

--- Mark the templates of a pack that its scripts find in place of orch-lua's.
local function mark_replaced(found, ours)
  local known = {}
  for _, one in ipairs(ours and ours.scripts or {}) do known[one.name] = true end
  for _, one in ipairs(found.scripts) do one.replaces = known[one.name] end
end

local KINDS = { "patterns", "worker-templates" }

--- Everything there is: a list of { kind = "patterns" | "worker-templates" | "lua",
-- folder, own, scripts = { { name, path, summary, replaces }, ... } }.  What is not
-- orch-lua's own is of the pack that the current folder is; its modules count as well.
function patterns.all()
  local all, by_kind, pack = {}, {}, {}
  for _, kind in ipairs(KINDS) do
    local ours = own(kind)
    local real = ours and core.real_path(ours)
    if real then
      by_kind[kind] = entry(kind, ours, true)
      all[#all + 1] = by_kind[kind]
    end
    local here = core.real_path(kind)
    local found = here and here ~= real and entry(kind, kind, false)
    if found and found.scripts[1] then pack[#pack + 1] = found end
  end
  for _, found in ipairs(pack) do
    if found.kind == "worker-templates" then mark_replaced(found, by_kind[found.kind]) end
  end
  local modules = pack[1] and entry("lua", "lua", false)
  if modules and modules.scripts[1] then pack[#pack + 1] = modules end
  return table.move(pack, 1, #pack, #all + 1, all)
end

return patterns
