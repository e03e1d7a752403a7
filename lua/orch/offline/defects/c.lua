--- Defects of C and C++ that a line shows.

local rule = require "orch.offline.defects.rule"

--- What follows the name of a function where it is declared, not called.
local function is_declaration(before, arguments)
  return before:find "define%s+$" ~= nil or arguments:find "^%s*const%s" ~= nil
    or arguments:find "^%s*char%s*%*" ~= nil or arguments:find "^%s*char%s" ~= nil
end

--- A call of *name*; harmless is a pattern of arguments that are, if there are such.
local function unsafe(name, severity, fix, harmless)
  local pattern = "^(.-)%f[%w_.>]" .. name .. "%s*%((.*)$"
  return {
    what = "unsafe call of " .. name, severity = severity, family = "safety", kinds = "c",
    fix = fix,
    find = rule.lines(function(line)
      local before, arguments = line:match(pattern)
      if not before or is_declaration(before, arguments) then return false end
      return not (harmless and arguments:find(harmless))
    end, "code"),
  }
end

-- The length of a literal was known to the one who wrote the line.
local COPIES_LITERAL = '^[^,()]*,%s*"[^"]*"%s*%)'

--- A call whose format, still in the raw line, reads a word of any length.
local function unbounded_scan(line, n, file)
  local first, last = line:match "%f[%w_][fs]?scanf%s*()%b()()"
  return first ~= nil and file.lines[n]:sub(first, last):find "%%l?s" ~= nil
end

-- `if ((x = f()))` says that it is meant.
local ASSIGNMENT = "^%*?[%w_%.%[%]>-]-[%w_%]]%s*=%s*[^=%s]"

local function assigns(line)
  for keyword, rest in line:gmatch "%f[%w_](%a+)%s*%(%s*([^()]*)" do
    local is_condition = keyword == "if" or keyword == "while"
    if is_condition and rest:find(ASSIGNMENT) then return true end
  end
  return false
end

--- The size of the whole buffer is not the space that is left in it.
local function misused_strncat(line)
  local start = "%f[%w_]strncat%s*%(%s*([%w_]+)%s*,.-,%s*sizeof"
  return line:find(start .. "%s*%(%s*%1%s*%)%s*%)") ~= nil
    or line:find(start .. "%s+%1%s*%)") ~= nil
end

-- An all-capital name is a macro, most likely of a literal.
local FORMAT = "%f[%w_]printf(%s*%(%s*)([%a_][%w_]*)(%s*%))"

local function variable_format(line)
  local _, name = line:match(FORMAT)
  return name and name:find "%l" ~= nil
end

return {
  unsafe("gets", "critical", "use fgets with the size of the buffer"),
  unsafe("strcpy", "high", "use snprintf, or check the length before", COPIES_LITERAL),
  unsafe("strcat", "high", "use snprintf, or check the length before", COPIES_LITERAL),
  unsafe("sprintf", "high", "use snprintf with the size of the buffer"),
  unsafe("vsprintf", "high", "use vsnprintf with the size of the buffer"),
  unsafe("mktemp", "high", "use mkstemp: another process can take the name in between"),
  unsafe("tmpnam", "high", "use mkstemp or tmpfile: another process can take the name"),

  { what = "scanf that reads a word of any length", severity = "high", family = "safety",
    kinds = "c", fix = "give %s the width of the buffer",
    find = rule.lines(unbounded_scan, "code") },

  { what = "format string that is not a literal", severity = "high", family = "safety",
    kinds = "c", fix = 'print it with "%s"',
    find = rule.lines(variable_format, "code"),
    mend = rule.replace(FORMAT, 'printf%1"%%s", %2%3') },

  { what = "strncat bounded by the whole buffer", severity = "high", family = "safety",
    kinds = "c", fix = "give it the space that is left, without the NUL byte",
    find = rule.lines(misused_strncat, "code") },

  { what = "assignment in a condition", severity = "medium", family = "correctness",
    kinds = "c", fix = "compare with ==, or put a second pair of parentheses around it",
    find = rule.lines(assigns, "code") },

  { what = "condition without a body", severity = "medium", family = "correctness",
    kinds = "c", fix = "remove the semicolon",
    find = rule.lines("%f[%w_]if%s*%b()%s*;%s*$", "code") },

  { what = "memory lost when realloc fails", severity = "medium", family = "correctness",
    kinds = "c", fix = "keep the old pointer until realloc has succeeded",
    find = rule.lines("%f[%w_]([%w_]+)%s*=%s*realloc%s*%(%s*%1%s*,", "code") },

  { what = "memset of no bytes", severity = "high", family = "correctness", kinds = "c",
    fix = "exchange the value and the size",
    find = rule.lines("%f[%w_]memset%s*%([^,]+,[^,]+,%s*0%s*%)", "code") },
}
