--- How an entry of the table of defects is written.
--
--   { what = "trailing space",   begins the title of its findings, and finds it again
--     severity = "low",          critical, high, medium, low
--     family = "style",          safety, correctness, clarity, style: what a lens sees
--     kinds = "python shell",    where it applies; every text when missing
--     once = true,               one finding for a file, however many lines have it
--     fix = "remove it",         what to do about it
--     find = function(file) -> list of { line=, detail=, evidence= },
--     mend = function(file, hits) -> the file's new text | nil, why not }
--
-- Only a defect whose mending takes no judgement has `mend`.
--
-- The functions here make the usual `find` and `mend`.

local files = require "orch.offline.files"

local rule = {}

--- Find the lines that fit: a Lua pattern, or function(line, n, file) -> true | detail.
-- view: which lines to look at: "lines" (as they are), "code" or "prose".
function rule.lines(test, view)
  if type(test) == "string" then
    local pattern = test
    test = function(line) return line:find(pattern) ~= nil end
  end
  return function(file)
    local hits = {}
    for n, line in ipairs(file[view or "lines"]) do
      local said = test(line, n, file)
      local detail = said ~= true and said or nil
      if said then hits[#hits + 1] = { line = n, detail = detail } end
    end
    return hits
  end
end

--- Find what is wrong with the file as a whole: test(file) -> line, detail | nil.
function rule.whole(test)
  return function(file)
    local line, detail = test(file)
    return line and { { line = line, detail = detail } } or {}
  end
end

--- Mend each line that was found: change(line, file, n) -> line | false (remove) | nil.
function rule.each_line(change)
  return function(file, hits)
    local changes = {}
    for _, hit in ipairs(hits) do
      local line = change(file.lines[hit.line], file, hit.line)
      if line == nil then return nil, "it takes a decision" end
      changes[hit.line] = line
    end
    return files.join(file, changes)
  end
end

--- Mend by replacing *pattern* with *replacement* (of string.gsub), in code only: what is
-- in comments and strings stays.
function rule.replace(pattern, replacement)
  return rule.each_line(function(line, file, n)
    local code, out, from = file.code[n], {}, 1
    while true do
      local first, last = code:find(pattern, from)
      if not first or last < first then break end
      local changed = line:sub(first, last):gsub(pattern, replacement, 1)
      out[#out + 1] = line:sub(from, first - 1) .. changed
      from = last + 1
    end
    return table.concat(out) .. line:sub(from)
  end)
end

--- Mend the text in one go: change(text, file) -> text.
function rule.text(change)
  return function(file) return change(file.bytes, file) end
end

return rule
