--- How many columns of a terminal a text takes.  Pure.
--
-- Characters whose width terminals disagree about count as two: a line that is cut too
-- early is still one line.

local width = {}

-- First and last character of each range, in order.
local none = {
  0x0300, 0x036F, 0x0483, 0x0489, 0x0591, 0x05BD, 0x0610, 0x061A, 0x064B, 0x065F,
  0x06D6, 0x06DC, 0x0900, 0x0902, 0x093C, 0x093C, 0x0941, 0x0948, 0x094D, 0x094D,
  0x0E31, 0x0E31, 0x0E34, 0x0E3A, 0x0E47, 0x0E4E, 0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF,
  0x200B, 0x200F, 0x202A, 0x202E, 0x2060, 0x206F, 0x20D0, 0x20FF, 0xFE00, 0xFE0F,
  0xFE20, 0xFE2F, 0xFEFF, 0xFEFF, 0xE0000, 0xE01EF,
}
local two = {
  0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23F3, 0x25FD, 0x25FE,
  0x2600, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B55, 0x2E80, 0x303E, 0x3041, 0x33FF,
  0x3400, 0x4DBF, 0x4E00, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
  0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x16FE0, 0x18CFF, 0x1AFF0, 0x1B2FF,
  0x1F000, 0x1FAFF, 0x20000, 0x3FFFD,
}

local function is_in(ranges, code)
  local low, high = 1, #ranges // 2
  while low <= high do
    local middle = (low + high) // 2
    if code < ranges[2 * middle - 1] then
      high = middle - 1
    elseif code > ranges[2 * middle] then
      low = middle + 1
    else
      return true
    end
  end
  return false
end

local function of_code(code)
  if code < 0x300 then return 1 end
  if is_in(none, code) then return 0 end
  return is_in(two, code) and 2 or 1
end

--- The columns of *line*, which is valid UTF-8 without control characters.
function width.of(line)
  if not line:find "[\x80-\xFF]" or not utf8.len(line) then return #line end
  local columns = 0
  for _, code in utf8.codes(line) do columns = columns + of_code(code) end
  return columns
end

--- *line*, or as much of it as fits into *columns* with an ellipsis.
function width.cut(line, columns)
  if width.of(line) <= columns then return line end
  if columns < 1 then return "" end
  if not utf8.len(line) then return line:sub(1, columns) end
  local used = 0
  for at, code in utf8.codes(line) do
    used = used + of_code(code)
    if used > columns - 1 then return line:sub(1, at - 1) .. "…" end
  end
  return line
end

--- *line*, filled with spaces up to *columns*.
function width.pad(line, columns)
  return line .. (" "):rep(columns - width.of(line))
end

return width
