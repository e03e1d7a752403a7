--- Defects of any text file: what merges, editors and encodings leave behind.

local files = require "orch.offline.files"
local languages = require "orch.offline.languages"
local rule = require "orch.offline.defects.rule"

--- One hit for each conflict; a row of "=" alone may be a heading.
local function conflicts(file)
  local hits, open = {}, false
  for n, line in ipairs(file.lines) do
    if line:find "^<<<<<<< " or line:find "^<<<<<<<$" then
      hits[#hits + 1], open = { line = n }, true
    elseif line:find "^>>>>>>> " or line:find "^>>>>>>>$" then
      if not open then hits[#hits + 1] = { line = n } end
      open = false
    end
  end
  return hits
end

--- A conflict whose two sides are equal needs no decision.
local function keep_equal_sides(file, hits)
  local changes = {}
  for _, hit in ipairs(hits) do
    local middle, last
    for n = hit.line + 1, #file.lines do
      if file.lines[n]:find "^=======" then middle = middle or n end
      if file.lines[n]:find "^>>>>>>>" then last = n break end
    end
    if not (middle and last) then return nil, "the conflict has no end" end
    local ours = table.concat(file.lines, "\n", hit.line + 1, middle - 1)
    local theirs = table.concat(file.lines, "\n", middle + 1, last - 1)
    if ours ~= theirs then return nil, "its two sides differ: somebody must choose" end
    changes[hit.line] = false
    for n = middle, last do changes[n] = false end
  end
  return files.join(file, changes)
end

local function line_at(bytes, position)
  return select(2, bytes:sub(1, position - 1):gsub("\n", "")) + 1
end

local function invalid_utf8(file)
  local _, position = utf8.len(file.bytes)
  if not position then return nil end
  return line_at(file.bytes, position), ("byte 0x%02X"):format(file.bytes:byte(position))
end

local function nul_byte(file)
  local position = file.bytes:find("\0", 1, true)
  return position and line_at(file.bytes, position)
end

local function count_ends(file)
  local crlf, lf = 0, 0
  for _, ending in ipairs(file.ends) do
    if ending == "\r\n" then crlf = crlf + 1 end
    if ending == "\n" then lf = lf + 1 end
  end
  return crlf, lf
end

local function other_ends(file)
  local crlf, lf = count_ends(file)
  local hits, other = {}, crlf > lf and "\n" or "\r\n"
  if crlf == 0 or lf == 0 then return hits end
  for n, ending in ipairs(file.ends) do
    if ending == other then hits[#hits + 1] = { line = n } end
  end
  return hits
end

local function same_ends(text, file)
  local crlf, lf = count_ends(file)
  text = text:gsub("\r\n", "\n")
  return crlf > lf and text:gsub("\n", "\r\n") or text
end

--- A space before a tab in the indentation of code; in Python also the rarer of two
-- habits.
local function mixed_indentation(file)
  local tabs, spaces, hits = {}, {}, {}
  for n, line in ipairs(file.code) do
    local list = line:find "^[ \t]* \t" and hits or line:find "^\t+%S" and tabs
      or line:find "^  +%S" and spaces
    local indentation = line:match "^%s*"
    local is_code = file.lines[n]:match "^%s*" == indentation -- no comment's second line
    if list and is_code then list[#list + 1] = { line = n } end
  end
  if #hits > 0 or file.kind ~= "python" or #tabs == 0 or #spaces == 0 then return hits end
  return #tabs <= #spaces and tabs or spaces
end

local function expand(indentation)
  local column = 0
  for c in indentation:gmatch "." do
    column = c == "\t" and (column // 8 + 1) * 8 or column + 1
  end
  return column
end

--- As many columns as before, in the habit of the file: a tab goes to the next eighth.
local function one_indentation(line, file)
  local tabs, spaces = 0, 0
  for _, other in ipairs(file.lines) do
    if other:find "^\t+%S" then tabs = tabs + 1 end
    if other:find "^  +%S" then spaces = spaces + 1 end
  end
  local indentation, rest = line:match "^([ \t]*)(.*)$"
  local columns = expand(indentation)
  if tabs <= spaces then return (" "):rep(columns) .. rest end
  return ("\t"):rep(columns // 8) .. (" "):rep(columns % 8) .. rest
end

-- Two spaces at the end of a line of Markdown break the line on purpose.
local function trailing_space(line, n, file)
  if file.kind == "diff" or not line:find "[ \t]$" then return false end
  if languages.ends_in_string(file.code[n]) then return false end
  return not (file.kind == "markdown" and line:find "[^ ]  $")
end

local function without_trailing_space(file, hits)
  if file.kind == "other" then return nil, "its strings cannot be told from its code" end
  local function trimmed(line) return line:match "^.*[^ \t]" or "" end
  return rule.each_line(trimmed)(file, hits)
end

--- In code only a comment tells of work; in documents only what is no code.
local function undone(line, n, file)
  local word, at
  for _, mark in ipairs { "TODO", "FIXME", "XXX" } do
    local found = line:find("%f[%w_]" .. mark .. "%f[^%w_]")
    if found and not at then word, at = mark, found end
  end
  if not at then return nil end
  if file.code ~= file.lines and file.code[n]:sub(at, at) ~= " " then return nil end
  local prose = file.prose[n]
  return (not prose or prose:find(word, 1, true)) and word or nil
end

-- U+202A to U+202E and U+2066 to U+2069: what is shown is not what is executed.
local BIDI = { "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}",
  "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}" }

local function without_bidi(line)
  for _, mark in ipairs(BIDI) do line = line:gsub(mark, "") end
  return line
end

return {
  { what = "unresolved merge conflict", severity = "critical", family = "correctness",
    fix = "choose a side and remove the markers",
    find = conflicts, mend = keep_equal_sides },

  { what = "text that is not UTF-8", severity = "high", family = "correctness",
    fix = "convert the file to UTF-8, or replace the byte",
    find = rule.whole(invalid_utf8) },

  { what = "NUL byte in a text", severity = "high", family = "correctness",
    fix = "remove the byte; look for a writer that was interrupted",
    find = rule.whole(nul_byte) },

  { what = "hidden control characters that reorder text", severity = "high",
    family = "safety",
    fix = "remove them: the line is not what it looks like", once = true,
    find = rule.lines(function(line) return without_bidi(line) ~= line end),
    mend = rule.each_line(without_bidi) },

  { what = "mixed line endings", severity = "medium", family = "style", once = true,
    fix = "end all lines alike",
    find = other_ends, mend = rule.text(same_ends) },

  { what = "indentation that mixes tabs and spaces", severity = "medium",
    family = "style", kinds = "c javascript lua python shell",
    fix = "indent with one of the two", once = true,
    find = mixed_indentation, mend = rule.each_line(one_indentation) },

  { what = "work left undone", severity = "low", family = "correctness",
    fix = "do it, or move it to where work is tracked",
    find = rule.lines(undone) },

  { what = "trailing space", severity = "low", family = "style", once = true,
    fix = "remove it",
    find = rule.lines(trailing_space), mend = without_trailing_space },

  { what = "no newline at the end of the file", severity = "low", family = "style",
    fix = "end the last line",
    find = rule.whole(function(file)
      return file.ends[#file.ends] == "" and #file.lines
    end),
    mend = rule.text(function(text, file)
      return text .. (file.ends[1] == "\r\n" and "\r\n" or "\n")
    end) },

  { what = "several blank lines at the end of the file", severity = "low",
    family = "style", fix = "remove them",
    find = rule.whole(function(file)
      local n = #file.lines
      local blank = n > 2 and not (file.lines[n] .. file.lines[n - 1]):find "%S"
      return blank and file.ends[n] ~= "" and n
    end),
    mend = rule.text(function(text, file)
      return (text:match "^.*%S" or "") .. file.ends[1]
    end) },
}
