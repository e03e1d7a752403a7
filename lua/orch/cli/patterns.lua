--- Finds patterns and worker templates by name: in orch-lua's own folders.
--
-- The folder one stands in is listed, but nothing in it runs by a bare name: a cloned
-- repository must not take the place of a pattern that the user knows.

local core = require "orch.core"
local options = require "orch.options"

local patterns = {}

-- Files among the worker templates that are no roles.
local internal = { again = true, preamble = true }

local function scripts_in(folder)
  local names = {}
  for _, file in ipairs(core.list(folder) or {}) do
    local name = file:match "^([%w_-]+)%.lua$"
    if name and not internal[name] then names[#names + 1] = name end
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
  return folder and scripts_in(folder) or {}
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
  for i, name in ipairs(scripts_in(folder)) do
    local path = folder .. "/" .. name .. ".lua"
    found.scripts[i] = { name = name, path = path, summary = summary_of(path) }
  end
  return found
end

--- Everything there is: a list of { kind = "patterns" | "worker-templates", folder, own,
-- scripts = { { name, path, summary }, ... } }.
function patterns.all()
  local all = {}
  for _, kind in ipairs { "patterns", "worker-templates" } do
    local ours = own(kind)
    local real = ours and core.real_path(ours)
    if real then all[#all + 1] = entry(kind, ours, true) end
    local here = core.real_path(kind)
    if here and here ~= real then
      local found = entry(kind, kind, false)
      if found.scripts[1] then all[#all + 1] = found end
    end
  end
  return all
end

return patterns
