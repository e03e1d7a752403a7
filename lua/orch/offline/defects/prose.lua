--- Defects of documents: words that are doubled, links that lead nowhere.

local paths = require "orch.paths"
local rule = require "orch.offline.defects.rule"

-- Words that are rightly said twice.
local TWICE = { blah = true, bye = true, had = true, ha = true, knock = true, no = true,
  so = true, that = true, tut = true, very = true, yes = true }

local WORD = "%f[%a\128-\255]([%a\128-\255]+)%f[^%a\128-\255]"
local DOUBLED = WORD .. "([ \t]+)" .. WORD

-- A part of a longer name or number: `x-the the`, `the the-end`, `a_b`, `$the the`.
local function is_part(line, before, after)
  return line:sub(before, before):find "[%w_%-'.$\\/@#]" ~= nil
    or line:sub(after, after):find "[%w_%-'/@#(]" ~= nil
end

local function is_doubled(a, b)
  return #a > 1 and a:lower() == b:lower() and a:find "%a" and not TWICE[a:lower()]
    and not (a == b and a:find "^%u" and a ~= "The")  -- names such as Baden Baden
end

--- Where a word is doubled within *line* -> start, end of its repetition, the word | nil.
local function doubled_at(line)
  local from = 1
  while true do
    local first, last, a, _, b = line:find(DOUBLED, from)
    if not first then return nil end
    if is_doubled(a, b) and not is_part(line, first - 1, last + 1) then
      return first + #a, last, a
    end
    from = first + #a
  end
end

--- Whether the last word of the line before is the first one of *line*.
local function doubled_across(before, line)
  local is_heading = before and before:find "^%s*#"
  local a = before and not is_heading and before:match "[%s(]([%a\128-\255]+)[ \t]*$"
  local start, b, stop = line:match "^[ \t]*()([%a\128-\255]+)()"
  if not (a and b and is_doubled(a, b)) or is_part(line, 0, stop) then return nil end
  return start, stop - 1, a
end

local function doubled_word(line, n, file)
  local _, _, word = doubled_at(line)
  if not word then _, _, word = doubled_across(file.prose[n - 1], line) end
  return word
end

local function single_word(line, file, n)
  local prose = file.prose[n]
  while true do
    local first, last = doubled_at(prose)
    if not first then break end
    line = line:sub(1, first - 1) .. line:sub(last + 1)
    prose = prose:sub(1, first - 1) .. prose:sub(last + 1)
  end
  local first, last = doubled_across(file.prose[n - 1], prose)
  if not first then return line end
  local rest = line:sub(last + 1):match "^[ \t]*(.*)$"
  if rest == "" then return false end -- An empty line would end the paragraph.
  return line:sub(1, first - 1) .. rest
end

--- Lines of Markdown with code emptied but addresses kept: what links are read from.
local function for_each_line(file, visit)
  for n, line in ipairs(file.lines) do
    local prose = file.prose[n]
    -- An emptied line is in a code block; inline code is blanked.
    if prose ~= "" then visit((line:gsub("`[^`]*`", "")), n) end
  end
end

local function unescape(target)
  local function byte(hex) return string.char(tonumber(hex, 16)) end
  return (target:gsub("%%(%x%x)", byte))
end

--- The path that a relative address names, or nil for all that is no path.
local function path_of(address)
  local target = address:match "^<(.*)>$" or address:match "^(%S*)"
  if target:find "^%a[%w+.-]*:" or target:find "^//" then return nil end
  target = unescape(target:match "^[^#?]*")
  if target == "" or target:find "[{}$*]" then return nil end
  return target
end

local function missing(file, address)
  local target = path_of(address)
  if not target then return nil end
  local base = target:sub(1, 1) == "/" and file.root or paths.parent(file.full)
  return not file.exists(paths.absolute("./" .. target, base)) and target or nil
end

--- Find addresses that *pattern* captures as mark, address.
local function addresses(pattern, wants_image)
  return function(file)
    local hits = {}
    for_each_line(file, function(line, n)
      for mark, address in line:gmatch(pattern) do
        local target = (mark == "!") == wants_image and missing(file, address)
        if target then hits[#hits + 1] = { line = n, detail = target } end
      end
    end)
    return hits
  end
end

-- No bracket inside: a search that began at every bracket would look at all that follow.
local LINK = "(!?)%[[^%[%]]*%]%(%s*([^%s()]+)[^()]*%)"
local DEFINITION = "^ ? ? ?%[[^%]^][^%]]*%]:%s*(%S+)"

local function broken_links(file)
  local hits = addresses(LINK, false)(file)
  for_each_line(file, function(line, n)
    local address = line:match(DEFINITION)
    local target = address and missing(file, address)
    if target then hits[#hits + 1] = { line = n, detail = target } end
  end)
  return hits
end

local function open_fence(file)
  local mark, at
  for n, line in ipairs(file.lines) do
    local found = line:match "^ ? ? ?(```+)" or line:match "^ ? ? ?(~~~+)"
    if found and not mark then
      mark, at = found, n
    elseif found and found:sub(1, 1) == mark:sub(1, 1) and #found >= #mark
      and line:find "^ ? ? ?[`~]+%s*$" then
      mark = nil
    end
  end
  return mark and at
end

local function skipped_level(file)
  local hits, level = {}, nil
  for_each_line(file, function(line, n)
    local marks = line:match "^(#+)%s"
    if marks and level and #marks > level + 1 then
      local detail = ("from level %d to %d"):format(level, #marks)
      hits[#hits + 1] = { line = n, detail = detail }
    end
    level = marks and #marks or level
  end)
  return hits
end

local function in_prose(pattern)
  return function(file)
    local hits = {}
    for_each_line(file, function(line, n)
      if line:find(pattern) then hits[#hits + 1] = { line = n } end
    end)
    return hits
  end
end

return {
  { what = "doubled word", severity = "medium", family = "clarity",
    kinds = "markdown text", fix = "say it once",
    find = rule.lines(doubled_word, "prose"), mend = rule.each_line(single_word) },

  { what = "broken link", severity = "medium", family = "correctness", kinds = "markdown",
    fix = "correct the path, or remove the link", find = broken_links },

  { what = "missing image", severity = "medium", family = "correctness",
    kinds = "markdown", fix = "correct the path, or add the file",
    find = addresses(LINK, true) },

  { what = "link without an address", severity = "medium", family = "correctness",
    kinds = "markdown", fix = "say where it leads", find = in_prose "%]%(%s*%)" },

  { what = "image without a description", severity = "low", family = "clarity",
    kinds = "markdown", fix = "say what it shows, for those who do not see it",
    find = in_prose "!%[%s*%]%(" },

  { what = "code block that is never closed", severity = "medium", family = "correctness",
    kinds = "markdown", fix = "close it where the code ends",
    find = rule.whole(open_fence) },

  { what = "heading that skips a level", severity = "low", family = "clarity",
    kinds = "markdown", fix = "use the next level", find = skipped_level },
}
