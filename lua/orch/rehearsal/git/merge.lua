--- Merges two texts that were made of one, as `git merge-file` does: what only one side
--- changed is taken, and where both changed neighbouring lines differently is a conflict.

local diff = require "orch.rehearsal.git.diff"

local merge = {}

-- The changes of both sides in groups that touch: { from, to = in base (to is behind it),
-- [1] and [2] = the changes of each side }.
local function groups_of(changes)
  local groups, at = {}, { 1, 1 }
  while true do
    local first, second = changes[1][at[1]], changes[2][at[2]]
    if not first and not second then return groups end
    local side = (not second or first and first.a <= second.a) and 1 or 2
    local change = changes[side][at[side]]
    at[side] = at[side] + 1
    local last = groups[#groups]
    local stop = change.a + change.removed
    if last and change.a <= last.to then
      last.to = math.max(last.to, stop)
    else
      last = { from = change.a, to = stop, {}, {} }
      groups[#groups + 1] = last
    end
    table.insert(last[side], change)
  end
end

-- The lines of a side for a group; *shift* is by how much it lies behind base before it.
local function side_of(group, changes, lines, base)
  if not changes[1] then return table.concat(base, "", group.from, group.to - 1) end
  local first, last = changes[1], changes[#changes]
  local from = first.b - (first.a - group.from)
  local to = last.b + last.added + (group.to - last.a - last.removed)
  return table.concat(lines, "", from, to - 1)
end

--- Merge the texts *ours* and *theirs*, both made of *base*.  Return the text, or nil and
-- the number of conflicts.
function merge.texts(ours, base, theirs)
  local b = diff.lines(base)
  local sides = { diff.lines(ours), diff.lines(theirs) }
  local groups = groups_of { diff.changes(b, sides[1]), diff.changes(b, sides[2]) }
  local out, at, conflicts = {}, 1, 0
  for _, group in ipairs(groups) do
    out[#out + 1] = table.concat(b, "", at, group.from - 1)
    local mine, other = side_of(group, group[1], sides[1], b),
      side_of(group, group[2], sides[2], b)
    if group[1][1] and group[2][1] and mine ~= other then conflicts = conflicts + 1 end
    out[#out + 1] = group[1][1] and mine or other
    at = group.to
  end
  if conflicts > 0 then return nil, conflicts end
  out[#out + 1] = table.concat(b, "", at)
  return table.concat(out)
end

return merge
