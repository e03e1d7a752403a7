--- Small things done to text: names that were meant, sizes people read, words in common.
-- Pure: strings and tables in, values out.

local terminal_text = require "orch.text.terminal"

local text = {
  utf8 = terminal_text.utf8,
  clean = terminal_text.clean,
}

--- *s* without white space at its ends.  (Linear, which `^%s*(.-)%s*$` is not.)
function text.trim(s)
  local from = s:find "%S"
  return from and s:sub(from, s:match "^.*%S()" - 1) or ""
end

--- *s* on one line: all white space in it becomes single spaces.
function text.one_line(s)
  return text.trim((s:gsub("%s+", " ")))
end

--- At most *bytes* bytes of *s*, cut between characters; what was cut shows as "...".
function text.shorten(s, bytes)
  if #s <= bytes then return s end
  local mark = bytes >= 8 and "..." or ""
  local stop = math.max(bytes - #mark, 0)
  while stop > 0 and s:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end
  return s:sub(1, stop) .. mark
end

--- The lines of *s* without their ends; a newline at the end opens no further line.
function text.lines(s)
  local lines, from = {}, 1
  while from <= #s do
    local stop = s:find("\n", from, true) or #s + 1
    local last = s:byte(stop - 1) == 13 and stop > from and stop - 2 or stop - 1
    lines[#lines + 1] = s:sub(from, last)
    from = stop + 1
  end
  return lines
end

--- *s* with every line that is not empty moved right by *by* (spaces, or a string).
function text.indent(s, by)
  local lead = type(by) == "number" and (" "):rep(by) or by
  return (s:gsub("[^\n]+", function(line) return lead .. line end))
end

--- Milliseconds as people say them: "0.3 s", "12 s", "3 min 20 s", "2 h 5 min".
function text.duration(ms)
  if ms < 9950 then return ("%.1f s"):format(ms / 1000) end
  local seconds = math.floor(ms / 1000 + 0.5)
  if seconds < 60 then return ("%d s"):format(seconds) end
  local minutes = seconds // 60
  if minutes < 60 then
    local rest = seconds % 60
    return rest == 0 and ("%d min"):format(minutes)
      or ("%d min %d s"):format(minutes, rest)
  end
  local rest = minutes % 60
  return rest == 0 and ("%d h"):format(minutes // 60)
    or ("%d h %d min"):format(minutes // 60, rest)
end

--- A number of bytes as people say it: "1 byte", "512 bytes", "1.5 KiB", "16.0 MiB".
function text.size(bytes)
  if bytes < 1024 then return bytes == 1 and "1 byte" or ("%d bytes"):format(bytes) end
  local units = { "KiB", "MiB", "GiB", "TiB" }
  local n, unit = bytes / 1024, 1
  while n >= 1023.95 and unit < #units do n, unit = n / 1024, unit + 1 end
  return ("%.1f %s"):format(n, units[unit])
end

--- Single edits from *a* to *b*: letters added, removed, changed, or two exchanged.
local function distance(a, b)
  local before
  local last, row = {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    before, last, row = last, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same)
      local exchanged = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1)
        and a:byte(i - 1) == b:byte(j)
      if exchanged then row[j] = math.min(row[j], before[j - 2] + 1) end
    end
  end
  return row[#b]
end

--- The name in *list* that was probably meant by *word*, or nil.  A third of the letters
-- may be wrong; failing that, the beginning of a name (three letters or more) will do.
function text.nearest(word, list)
  word = tostring(word):lower():sub(1, 64)
  local best, least, begun
  for _, name in ipairs(list) do
    local candidate = name:lower():sub(1, 64)
    local allowed = math.max(1, math.min(#word, #candidate) // 3)
    if #word > 1 and math.abs(#word - #candidate) <= allowed then
      local edits = distance(word, candidate)
      local nearer = edits <= allowed and (not least or edits < least)
      if nearer then best, least = name, edits end
    end
    if #word > 2 and candidate:sub(1, #word) == word then begun = begun or name end
  end
  return best or begun
end

--- How an error about an unknown *word* ends: "; did you mean 'x'?", or the whole list.
function text.suggest(word, list)
  local name = text.nearest(word, list)
  if name then return ("; did you mean '%s'?"):format(name) end
  if #list == 0 then return "" end
  return ": expected " .. text.either(list)
end

--- "a", "a or b", "a, b or c"; with *word* "and" and so on.
function text.either(list, word)
  if #list < 2 then return list[1] or "" end
  return ("%s %s %s")
    :format(table.concat(list, ", ", 1, #list - 1), word or "or", list[#list])
end

--- A count as people say it: "950", "12.3k", "500k", "1.2M".
function text.count(number)
  if number < 1000 then return ("%d"):format(number // 1) end
  local unit = number < 999950 and "k" or "M"
  local short = ("%.1f"):format(number / (unit == "k" and 1000 or 1000000))
  return (short:gsub("%.0$", "")) .. unit
end

local function count_words(s)
  local counts, total = {}, 0
  for word in s:lower():gmatch "[%w\128-\255]+" do
    counts[word] = (counts[word] or 0) + 1
    total = total + 1
  end
  return counts, total
end

--- How much two texts say the same: the share of words in common, from 0 to 1.  Order,
-- case and punctuation do not count.
function text.similar(a, b)
  if type(a) ~= "string" or type(b) ~= "string" then
    error(("orch.similar needs two texts, got a %s and a %s"):format(type(a), type(b)), 2)
  end
  local in_a, all_a = count_words(a)
  local in_b, all_b = count_words(b)
  if all_a + all_b == 0 then return a == b and 1 or 0 end
  local common = 0
  for word, n in pairs(in_a) do common = common + math.min(n, in_b[word] or 0) end
  return 2 * common / (all_a + all_b)
end

local RANK = { number = 1, string = 2, boolean = 3 }

local function comes_before(a, b)
  local rank_a, rank_b = RANK[type(a)], RANK[type(b)]
  if rank_a ~= rank_b then return rank_a < rank_b end
  if rank_a == 3 then return not a and b end
  return a < b
end

--- The keys of *t* in order: numbers, then strings, then booleans.
function text.sorted_keys(t)
  local keys = {}
  for key in next, t do
    if not RANK[type(key)] then
      error(("keys of type %s have no order"):format(type(key)), 2)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, comes_before)
  return keys
end

--- The items of *list* whose key_of(item) is equal together, as lists, in the order of
-- their first ones; an item without a key stays alone.
function text.grouped(list, key_of)
  local groups, by_key = {}, {}
  for _, item in ipairs(list) do
    local key = key_of(item)
    local group = key ~= nil and by_key[key] or {}
    if not group[1] then groups[#groups + 1] = group end
    group[#group + 1] = item
    if key ~= nil then by_key[key] = group end
  end
  return groups
end

--- Names as people tell them: "a", "a, b and c"; of more than three "a and 3 more".
function text.and_more(names)
  if #names <= 3 then return text.either(names, "and") end
  return ("%s and %d more"):format(names[1], #names - 1)
end

--- Like pairs, but always in the same order.
function text.sorted_pairs(t)
  local keys, i = text.sorted_keys(t), 0
  return function()
    i = i + 1
    local key = keys[i]
    if key ~= nil then return key, t[key] end
  end
end

return text
