--- A branch is a place in the script: the top, or an item of a fan-out below another.
--
-- What happens in a branch is counted here, so that the same script gives the same labels
-- and places whatever ends first.  A branch also knows which writers have ended before:
-- what it asks is asked about the files that they left.

local branch = {}

local Branch = {}
Branch.__index = Branch

local function new(parts)
  parts.fans, parts.workers, parts.counts = 0, 0, {}
  return setmetatable(parts, Branch)
end

--- The top of a script: `path` "".  An item of a fan-out has a path such as "2.3": the
-- third item of the second fan-out, and "2.3/1.1" lies below that.
function branch.root() return new { path = "", seen = {} } end

local function copy(list) return table.move(list, 1, #list, 1, {}) end

--- The branches of the *count* items of a new fan-out.
function Branch:fork(count)
  self.fans = self.fans + 1
  local above = self.path == "" and "" or self.path .. "/"
  local children = { base = self.workers }
  for i = 1, count do
    local number = self.workers + i
    children[i] = new { path = ("%s%d.%d"):format(above, self.fans, i),
      label = self.label and ("%s.%d"):format(self.label, number) or "W" .. number,
      seen = copy(self.seen), item = i }
  end
  self.workers = self.workers + count
  return children
end

--- The items of a fan-out have ended: their writers are known here from now on, in the
-- order of the items.  Numbers are given back when nobody was asked.
function Branch:join(children)
  local known, asked = {}, 0
  for _, writer in ipairs(self.seen) do known[writer] = true end
  for _, child in ipairs(children) do
    asked = asked + child.workers
    for _, writer in ipairs(child.seen) do
      if not known[writer] then
        known[writer], self.seen[#self.seen + 1] = true, writer
      end
    end
  end
  if asked == 0 and children.base and self.workers == children.base + #children then
    self.workers = children.base
  end
end

--- The label of the next worker: "W1", "W2" at the top; "W2", then "W2.2" in the item
-- that has that number.
function Branch:next_label()
  self.workers = self.workers + 1
  if not self.label then return "W" .. self.workers end
  return self.workers == 1 and self.label or ("%s.%d"):format(self.label, self.workers)
end

--- How many of *key* came before in this branch; counts this one.
function Branch:place(key)
  local before = self.counts[key] or 0
  self.counts[key] = before + 1
  return before
end

--- The writer of step *n* has ended.
function Branch:saw(n) self.seen[#self.seen + 1] = n end

return branch
