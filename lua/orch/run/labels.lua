--- The order of labels such as "W2 Reviewer" and "W2.10 Reviewer": that of the script.
--- Pure.

local labels = {}

local function numbers_of(label)
  local list = {}
  for number in (label:match "^W([%d.]+)" or ""):gmatch "%d+" do
    list[#list + 1] = math.tointeger(number)
  end
  return list
end

--- Whether label *a* stands before *b*; what is no label stands before all.
function labels.stand_in_order(a, b)
  local one, other = numbers_of(a), numbers_of(b)
  for i = 1, math.max(#one, #other) do
    local left, right = one[i] or 0, other[i] or 0
    if left ~= right then return left < right end
  end
  return false
end

--- Put *item*, which has a `label`, into its place in *list*.
function labels.insert(list, item)
  local at = #list + 1
  while at > 1 and labels.stand_in_order(item.label, list[at - 1].label) do
    at = at - 1
  end
  table.insert(list, at, item)
end

return labels
