--- The offline scout: maps the files of a tree, each with kind, length and first words.

local files = require "orch.offline.files"
local languages = require "orch.offline.languages"
local text = require "orch.text"

local map = {}

local MOST = 120               -- entries in a reply
local LONGEST = 80             -- bytes of a file's first words

-- How the first heading or comment of a file begins, in one language or another.
local OPENINGS = {
  "^#+%s+(.*)", "^%-%-+%s*(.*)", "^//+!?%s*(.*)", "^/%*+%s*(.*)", "^;+%s*(.*)",
  "^\"\"\"(.*)", "^%%+%s*(.*)", "^<!%-%-%s*(.*)",
}

--- The first heading or comment within the first lines, or nil.
local function first_words(file)
  for n = 1, math.min(#file.lines, 10) do
    local line = text.trim(file.lines[n])
    for _, opening in ipairs(OPENINGS) do
      local words = not line:find "^#!" and line:match(opening)
      words = words and text.trim((words:gsub("%*/%s*$", ""):gsub("%-%->%s*$", "")))
      if words and words:find "%a" then
        return text.shorten(text.clean(words), LONGEST)
      end
    end
    if file.kind == "text" and line ~= "" then
      return text.shorten(text.clean(line), LONGEST)
    end
  end
end

local function describe(file)
  local words = first_words(file)
  local kind = languages.title(file.kind, file.path)
  return ("- %s - %s, %d %s%s"):format(files.place(file.path), kind, #file.lines,
    #file.lines == 1 and "line" or "lines", words and ": " .. words or "")
end

--- Map what the brief names, else the whole folder -> the reply | nil, why not.
function map.run(desk)
  local found = files.collect(desk.core, desk.root, desk:targets() or { desk.root })
  if #found == 0 then return nil, "there is no text to map. " .. files.account(found) end
  local out = { files.account(found), "" }
  if #found > MOST then
    out[1] = out[1] .. (" %d files are not listed."):format(#found - MOST)
  end
  out[#out + 1] = "MAP:"
  for i = 1, math.min(#found, MOST) do out[#out + 1] = describe(found[i]) end
  return table.concat(out, "\n") .. "\n"
end

return map
