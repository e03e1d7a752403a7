--- The Markdown that models write, as far as a reply needs it: section names, labels,
-- list marks, and the fences and quotes inside which none of them counts.
--
-- Every pattern moves forward only: a line is looked at a fixed number of times, so the
-- work grows with the text, whatever the text is.

local lpeg = require "lpeg"
local text = require "orch.text"
local P, R, S, Cc, Cp, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.Cc, lpeg.Cp, lpeg.Ct

local markdown = {}

local newline = P "\n"
local blank = S " \t"
local at_end = blank ^ 0 * (newline + -1)
local line = (1 - newline) ^ 0 * newline + (1 - newline) ^ 1
local bold = (P "**" + "__" + S "*_") ^ -1
local digits = R "09" * R "09" ^ -5

-- ── list marks ──────────────────────────────────────────────────────────────

local bullet = (S "-*+" + "•" + "◦" + "▪" + "‣" + "·" + "–" + "—") * blank ^ 1
local number = bold * digits * S ".)" * bold * blank ^ 1
local heading = P "#" * P "#" ^ -5 * blank ^ 0

markdown.bold = bold
markdown.mark = {
  heading = heading * number ^ -1,
  number = number,
  bullet = bullet,
}
markdown.heading = heading * lpeg.C((1 - newline) ^ 1)

-- ── fences ──────────────────────────────────────────────────────────────────

local word = (R("az", "AZ", "09") + S "+#.-") ^ 0
local quoted = blank ^ 0 * ">"

-- A pattern is copied into each that is made of it.  Those of fences are large, so they
-- are called.
local function called(pattern)
  return lpeg.Cmt(1, function(s, after) return pattern:match(s, after - 1) end)
end

-- A fence is closed by at least as many marks as opened it.  One that is never closed
-- goes on to the end: what it quotes must not open a section for want of a line.
local function fence_of(mark, count, language, unclosed)
  local marks = P(mark) ^ count
  local close = blank ^ 0 * marks * at_end
  return marks * language * at_end * (line - close) ^ 0 * (close + unclosed)
end

local function fence_with(mark, language, unclosed)
  local fence = P(false)
  for count = 8, 3, -1 do fence = fence + fence_of(mark, count, language, unclosed) end
  return fence
end

-- Models also open a fence behind a label, `Evidence: ```c`, or a list mark.  That may as
-- well be a line that they quote: it is a fence only if the next line of marks closes it.
local function later_fence_of(count)
  local marks = P "`" ^ count
  local close = blank ^ 0 * marks * at_end
  local marked = (1 - S "`\n") ^ 0 * marks
  return marks * word * at_end * (line - marked) ^ 0 * close
end

local later_fence = P(false)
for count = 8, 3, -1 do later_fence = later_fence + later_fence_of(count) end
later_fence = called(blank ^ 0 * later_fence)
local before_fence = (1 - S "`:\n") ^ 1 * ":" * bold + blank ^ 0 * (bullet + number)

local function fence_or(unclosed)
  local fence = fence_with("`", (1 - S "`\n") ^ 0, unclosed)
    + fence_with("~", (1 - newline) ^ 0, unclosed)
  return -quoted * (blank ^ 0 * fence + before_fence * later_fence)
end

local fenced = called(fence_or(P(true)))
local unclosed_fences = Ct((fence_or(Cc(true)) + line) ^ 0)

-- ── section names and labels ────────────────────────────────────────────────

--- *name* in any case; a space or hyphen in it may be either, or an underscore.
local function any_case(name)
  local pattern = P(true)
  for letter in name:gmatch "." do
    local one = letter:find "[ _-]" and S " _-" ^ 1 or S(letter:lower() .. letter:upper())
    pattern = pattern * one
  end
  return pattern
end

local colon = blank ^ 0 * ":"
local note = (blank ^ 0 * "(" * (1 - S ")\n") ^ 0 * ")") ^ -1
local after_name = bold * note * (colon * bold + #at_end)
local alone = colon * #at_end

--- A line that opens the section *name*: a heading; the name in capitals, perhaps bold or
-- behind a bullet; in any case if bold or alone on the line, unless a label is so named.
local function opener(name, is_label)
  local exact, free = P(name), any_case(name)
  local pattern = heading * number ^ -1 * bold * free * after_name
    + bold * exact * after_name
    + (bullet + number) * bold * exact * bold * colon * bold
  if not is_label then
    pattern = pattern + (P "**" + "__") * free * after_name + free * alone
  end
  return pattern * Cc(name)
end

--- The pattern of the lines that begin with one of *names* in any case and in any dress.
function markdown.titles(names)
  local pattern = P(false)
  for _, name in ipairs(names) do
    pattern = pattern + any_case(name) * after_name * Cc(name)
  end
  return (heading + bullet) ^ -1 * bold * pattern
end

--- The pattern of the lines that open one of the sections *names*.  *labels*: a set of
-- lower-case names that are labels inside this reply as well.
function markdown.openers(names, labels)
  local sorted = table.move(names, 1, #names, 1, {})
  table.sort(sorted, function(a, b) return #a > #b or #a == #b and a < b end)
  local pattern = P(false)
  for _, name in ipairs(sorted) do
    pattern = pattern + opener(name, labels and labels[name:lower()])
  end
  return pattern
end

--- The pattern of the lines that begin with a label: `Evidence:`, `- **Fix:**`.
-- *words*: a list of { name =, the ways to write it }.
function markdown.labels(words)
  local pattern = P(false)
  for _, entry in ipairs(words) do
    for _, way in ipairs(entry) do
      pattern = pattern + any_case(way) * Cc(entry.name)
    end
  end
  return blank ^ 0 * bullet ^ -1 * bold * pattern * bold * colon * bold
end

local rest_of_opener = (later_fence + line) ^ -1
local walks = setmetatable({}, { __mode = "k" })

--- Finds the next line that *opens*; made once, since to make it takes long.
local function walk_to(opens)
  local walk = walks[opens]
  if not walk then
    walk = P { Cp() * opens * Cp() + (fenced + line) * lpeg.V(1) }
    walks[opens] = walk
  end
  return walk
end

--- Go through *s* by *opener*, a pattern with one capture, tried at each line that is
-- neither fenced nor quoted.  Yields (capture, the text up to the next opener); the text
-- before the first comes with the capture false.
function markdown.parts(s, opens)
  local walk = walk_to(opens)
  local name, from = false, 1
  return function()
    if not from then return nil end
    local at = name and rest_of_opener:match(s, from) or from
    local start, next_name, body = walk:match(s, at)
    local said, part = name, s:sub(from, (start or #s + 1) - 1)
    name, from = next_name, body
    return said, part
  end
end

-- ── blocks ──────────────────────────────────────────────────────────────────

--- Whether a fence of *s* is never closed: the rest of the text is then inside it.
function markdown.is_open(s)
  return #unclosed_fences:match(s) > 0
end

--- What is inside the fence that is round the whole of *s*, or nil.
function markdown.unwrap(s)
  local from = s:match "^%s*```+[%w-]*[ \t]*\n()" or s:match "^%s*~~~+[%w-]*[ \t]*\n()"
  local last = from and s:match "^.*%S()"
  local start = last and s:sub(1, last - 1):match "^.*\n()"
  if not start or start < from then return nil end
  local closing = s:sub(start, last - 1)
  if closing:find "^[ \t]*```+$" or closing:find "^[ \t]*~~~+$" then
    return s:sub(from, start - 1)
  end
end

--- *s* without the indentation that its first line after the first one has.
function markdown.outdent(s)
  local lead = s:match "\n([ \t]+)[^ \t\n]"
  return lead and (s:gsub("\n" .. lead, "\n")) or s
end

--- A text without the rules and half-open bold that surround it.
function markdown.tidy(body)
  body = text.trim(body)
  local rule = body:match "()\n[ \t]*[-*_][-*_ ]+$"
  if rule then body = text.trim(body:sub(1, rule - 1)) end
  local _, marks = body:gsub("%*%*", "")
  if marks % 2 == 1 then body = text.trim((body:gsub("%*%*$", ""))) end
  return markdown.outdent(body)
end

return markdown
