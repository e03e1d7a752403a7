--- What a person would have read on the terminal: text without its control sequences.
-- The result is valid UTF-8 and, but for newline and tab, holds no control character
-- of any kind, so it may be printed.  A sequence ends at the end of its line at the
-- latest: an unfinished one hides no more than that.

local lpeg = require "lpeg"
local P, R, S, Cs = lpeg.P, lpeg.R, lpeg.S, lpeg.Cs

local terminal_text = {}

-- Text is cleaned in windows of whole lines, so that captures stay few.
local WINDOW = 1024 * 1024
local REPLACEMENT = "\u{FFFD}"
-- Zero bytes are removed from the text; here one stands for "the line was erased".
local ERASED = "\0"

-- UTF-8, without overlong forms, surrogates and what is above U+10FFFF.
local tail = R "\128\191"
local two = R "\194\223" * tail
local three = P "\224" * R "\160\191" * tail
  + P "\237" * R "\128\159" * tail
  + (R "\225\236" + S "\238\239") * tail * tail
local four = P "\240" * R "\144\191" * tail * tail
  + R "\241\243" * tail * tail * tail
  + P "\244" * R "\128\143" * tail * tail
local wide = two + three + four

-- Characters that are not seen but change how others are, or hide text from people:
-- soft hyphen, bidirectional and zero-width controls, joiners, tags, annotations.
local unseen = P "\u{AD}" + "\u{61C}" + "\u{180E}" + "\u{FEFF}"
  + P "\226\128" * (R "\139\143" + R "\168\174") + P "\226\129" * R "\160\175"
  + P "\239\191" * R "\185\187" + P "\243\160" * R "\128\135" * tail

-- Controls, each in its 7-bit, 8-bit and UTF-8 form.
local escape = P "\27"
local c1 = P "\194" * R "\128\159" + R "\128\159"
local function control(letter)
  local byte = string.char(letter:byte() + 64)
  return escape * letter + P("\194" .. byte) + P(byte)
end

local csi = control "["
local parameters, intermediates = R "0?" ^ 0, R " /" ^ 0
local sequence = csi * parameters * intermediates * R "@~" ^ -1
local erase_line = csi * P "2K" + P "\r" * csi * P "0" ^ -1 * "K"
local move_right = csi * R "09" ^ 0 * "C"

local string_start = control "]" + control "P" + control "X" + control "^" + control "_"
local string_end = control "\\" + S "\7\24\26"
local payload = (wide - c1) + (1 - (c1 + S "\n\7\24\26\27"))
local control_string = string_start * payload ^ 0 * string_end ^ -1

local other_escape = escape * intermediates * R "0~" ^ -1
local seen = R " ~" + S "\t\n" + (wide - (c1 + unseen))

local cleaned = Cs((seen ^ 1
  + erase_line / ("\r" .. ERASED)
  + S "\r\b"
  + move_right / " "
  + (control_string + sequence + other_escape + c1 + unseen) / ""
  + R("\0\31", "\127\127") / ""
  + P(1) / REPLACEMENT) ^ 0)

--- The characters that backspaces left over.
local function without_backspaces(line)
  local from, to, top = {}, {}, 0
  for first, run, marks in line:gmatch "()([^\b]*)(\b*)" do
    if run ~= "" then
      top = top + 1
      from[top], to[top] = first, first + #run - 1
    end
    for _ = 1, #marks do
      if top == 0 then break end
      local at = to[top]
      while at > from[top] and line:byte(at) & 0xC0 == 0x80 do at = at - 1 end
      to[top] = at - 1
      if to[top] < from[top] then top = top - 1 end
    end
  end
  local out = {}
  for i = 1, top do out[i] = line:sub(from[i], to[i]) end
  return table.concat(out)
end

--- What the last rewriting of a line left: a progress bar shows its last state.
local function settled(line)
  if line:find("\r", 1, true) then
    local stop = line:match "^.*[^\r]()"
    if not stop then return "" end
    line = line:sub(1, stop - 1)
    line = line:sub(line:match "^.*\r()" or 1)
  end
  if line:find("\b", 1, true) then line = without_backspaces(line) end
  return (line:gsub(ERASED, ""))
end

local function clean_window(bytes)
  local text = cleaned:match(bytes)
  if not text:find "[\r\b]" then return text end
  text = text:gsub("\r\n", "\n")
  if not text:find "[\r\b]" then return text end
  return (text:gsub("[^\n]+", settled))
end

--- *bytes* without control sequences, carriage returns, backspaces and unseen characters.
function terminal_text.clean(bytes)
  if not bytes:find "[^\t\n -~]" then return bytes end
  local out, from = {}, 1
  while from <= #bytes do
    local stop = bytes:find("\n", from + WINDOW, true) or #bytes
    out[#out + 1] = clean_window(bytes:sub(from, stop))
    from = stop + 1
  end
  return table.concat(out)
end

local good = (R "\0\127" + wide) ^ 1
local unfinished = R "\194\223"
  + P "\224" * R "\160\191" ^ -1 + P "\237" * R "\128\159" ^ -1
  + (R "\225\236" + S "\238\239") * tail ^ -1
  + P "\240" * (R "\144\191" * tail ^ -1) ^ -1
  + P "\244" * (R "\128\143" * tail ^ -1) ^ -1
  + R "\241\243" * (tail * tail ^ -1) ^ -1
local never = R("\128\193", "\245\255")
local repaired = Cs((good + (never + unfinished * #P(1)) / REPLACEMENT) ^ 0) * lpeg.Cp()

--- The valid UTF-8 of *bytes*, and how many of them it stands for.  What cannot be
-- UTF-8 becomes U+FFFD.  A character that may still be completed is left for the next
-- call, unless *final*.
function terminal_text.utf8(bytes, final)
  if utf8.len(bytes) then return bytes, #bytes end
  local out, from = {}, 1
  while from <= #bytes do
    local part, stop = repaired:match(bytes:sub(from, from + WINDOW - 1))
    if stop == 1 then break end
    out[#out + 1] = part
    from = from + stop - 1
  end
  if final and from <= #bytes then
    out[#out + 1] = REPLACEMENT
    from = #bytes + 1
  end
  return table.concat(out), from - 1
end

return terminal_text
