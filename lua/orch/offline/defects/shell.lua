--- Defects of shell scripts: errors that are ignored, words that are split.

local rule = require "orch.offline.defects.rule"

local function heeds_errors(file)
  if file.lines[1]:find "^#!.*%s%-%a*e" then return true end
  for _, line in ipairs(file.code) do
    local flags = line:match "%f[%w]set%s+(%-.*)$"
    if flags and (flags:find "%-%a*e" or flags:find "%-o%s+errexit") then return true end
  end
  return false
end

--- A single command gives its own exit code; a file without `#!` is read by another.
local function ignores_errors(file)
  local is_program, commands = file.lines[1] and file.lines[1]:find "^#!", 0
  for _, line in ipairs(file.code) do
    if line:find "%S" then commands = commands + 1 end
  end
  return is_program and commands > 1 and not heeds_errors(file) and 1 or nil
end

local function heed_errors(line)
  return line .. "\nset -e"
end

local REMOVAL = "%f[%w]rm%s+%-[%w%s%-]*"

--- A forced removal of what an empty variable would turn into something else.
local function removes_unquoted(line)
  local at = line:match(REMOVAL .. "()")
  local flags = line:match(REMOVAL)
  return flags ~= nil and flags:find "%-%a*[rR]" ~= nil
    and line:find("%$[%w_{]", at) ~= nil
end

-- An empty variable ends the script instead: ${x:?}.
local function guard(line, file, n)
  local at = file.code[n]:match(REMOVAL .. "()")
  local words, after = line:sub(at):match "^([^;&|<>#]*)(.*)$"
  if words:find "[\"'`\\]" or words:find "%$%(" then return nil end
  words = words:gsub("%S*%$%S+", function(word)
    word = word:gsub("%$([%a_][%w_]*)", "${%1:?}"):gsub("%$(%d)", "${%1:?}")
    return '"' .. word:gsub("%${([%w_]+)}", "${%1:?}") .. '"'
  end)
  return line:sub(1, at - 1) .. words .. after
end

local function executes_download(line)
  local tail = line:match "%f[%w]curl%s.*|%s*(.*)$"
    or line:match "%f[%w]wget%s.*|%s*(.*)$"
  return tail ~= nil and tail:gsub("^sudo%s+", ""):find "^[bdk]?a?sh%f[^%w]" ~= nil
end

return {
  { what = "shell script that ignores errors", severity = "medium",
    family = "correctness", kinds = "shell", fix = "begin with set -e",
    find = rule.whole(ignores_errors), mend = rule.each_line(heed_errors) },

  { what = "arguments that are split: unquoted $@", severity = "medium",
    family = "correctness", kinds = "shell", fix = 'write "$@"',
    find = rule.lines("%$@", "code"), mend = rule.replace("%$@", '"$@"') },

  { what = "removal of an unquoted variable", severity = "high", family = "safety",
    kinds = "shell", fix = 'quote it, and stop when it is empty: "${x:?}"',
    find = rule.lines(removes_unquoted, "code"), mend = rule.each_line(guard) },

  { what = "download that is executed at once", severity = "high", family = "safety",
    kinds = "shell", fix = "save it, check its hash, then run it",
    find = rule.lines(executes_download, "code") },

  { what = "permissions for everybody", severity = "medium", family = "safety",
    kinds = "shell", fix = "give only what is needed",
    find = rule.lines("%f[%w]chmod%s+[%-%a%s]*%f[%d]0?777%f[^%w]", "code") },
}
