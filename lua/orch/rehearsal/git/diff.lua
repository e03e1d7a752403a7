--- What differs between two lists of lines.

local diff = {}

local MOST = 1000 * 1000       -- pairs of lines that are compared, else all is replaced

--- The lines of *text*, each with its newline; the last one may have none.
function diff.lines(text)
  local lines = {}
  for line in text:gmatch "[^\n]*\n?" do
    if line ~= "" then lines[#lines + 1] = line end
  end
  return lines
end

local function common_ends(a, b)
  local first, last = 0, 0
  local most = math.min(#a, #b)
  while first < most and a[first + 1] == b[first + 1] do first = first + 1 end
  while last < most - first and a[#a - last] == b[#b - last] do last = last + 1 end
  return first, last
end

-- The lengths of the longest common sequences of what follows each pair of lines.
local function lengths(a, b, first, n, m)
  local rows = { [n + 1] = {} }
  for j = 1, m + 1 do rows[n + 1][j] = 0 end
  for i = n, 1, -1 do
    local row, below = { [m + 1] = 0 }, rows[i + 1]
    for j = m, 1, -1 do
      if a[first + i] == b[first + j] then
        row[j] = below[j + 1] + 1
      else
        row[j] = math.max(below[j], row[j + 1])
      end
    end
    rows[i] = row
  end
  return rows
end

local function add(changes, i, j, removed, added)
  local last = changes[#changes]
  if last and last.a + last.removed == i and last.b + last.added == j then
    last.removed, last.added = last.removed + removed, last.added + added
  else
    changes[#changes + 1] = { a = i, b = j, removed = removed, added = added }
  end
end

--- The changes that make *b* of *a*: a list of { a, b = where in each, removed = lines of
-- a, added = lines of b }, in order.
function diff.changes(a, b)
  local first, last = common_ends(a, b)
  local n, m = #a - first - last, #b - first - last
  local changes = {}
  if n == 0 and m == 0 then return changes end
  if n * m > MOST or n == 0 or m == 0 then
    return { { a = first + 1, b = first + 1, removed = n, added = m } }
  end
  local rows, i, j = lengths(a, b, first, n, m), 1, 1
  while i <= n or j <= m do
    if i <= n and j <= m and a[first + i] == b[first + j] then
      i, j = i + 1, j + 1
    elseif j > m or i <= n and rows[i + 1][j] >= rows[i][j + 1] then
      add(changes, first + i, first + j, 1, 0)
      i = i + 1
    else
      add(changes, first + i, first + j, 0, 1)
      j = j + 1
    end
  end
  return changes
end

return diff
