--- The offline scout, asked how work divides: the entries of a folder, in slices of about
--- the same size.

local files = require "orch.offline.files"
local paths = require "orch.paths"

local slices = {}

local MOST = 4                 -- slices, where the brief does not say `up to N`

--- The text files below *folder*, by its entries: { { path, bytes, count }, ... }.
local function entries_of(found, folder, root)
  local entries, by_path = {}, {}
  for _, file in ipairs(found) do
    local name = paths.relative(file.full, folder):match "^[^/]+"
    local path = paths.relative(folder .. "/" .. name, root)
    if not by_path[path] then
      by_path[path] = { path = path, bytes = 0, count = 0 }
      entries[#entries + 1] = by_path[path]
    end
    local entry = by_path[path]
    entry.bytes, entry.count = entry.bytes + #file.bytes, entry.count + 1
  end
  return entries
end

--- Neighbours together, in at most *most* slices.
local function divide(entries, most, total)
  local divided, current = {}, nil
  for i, entry in ipairs(entries) do
    local full = current and current.bytes >= total / most
    local enough = #entries - i < most - #divided
    if not current or #divided < most and (full or enough) then
      current = { bytes = 0, count = 0 }
      divided[#divided + 1] = current
    end
    current[#current + 1] = files.place(entry.path)
    current.bytes = current.bytes + entry.bytes
    current.count = current.count + entry.count
  end
  return divided
end

--- Divide what the brief names -> the reply | nil, why not.
function slices.run(desk)
  local target = (desk:targets() or { desk.root })[1]
  local found = files.collect(desk.core, desk.root, { target })
  local entries = entries_of(found, target, desk.root)
  local most = tonumber(desk.brief.task:match "up to (%d+)") or MOST
  local out = { files.account(found), "", "SLICES:" }
  for _, slice in ipairs(divide(entries, most, found.bytes)) do
    out[#out + 1] = ("- %s - %d %s, %d bytes"):format(table.concat(slice, ", "),
      slice.count, slice.count == 1 and "file" or "files", slice.bytes)
  end
  if #out < 5 then out = { out[1], "", "SLICES: none" } end
  return table.concat(out, "\n") .. "\n"
end

return slices
