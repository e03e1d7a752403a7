--- What a brief asks its worker for: the sections of its OUTPUT, as orch.reply writes
--- them.

local asked = {}

local ENDS = { "\nDO NOT:", "\nCONTEXT PACK:", "\nMATERIAL:" }

-- The text of OUTPUT.  The first one counts: material stands behind it.
local function output_of(brief)
  local from = brief:match "\nOUTPUT:[ \t]*\n()"
  if not from then return "" end
  local stop = #brief
  for _, ending in ipairs(ENDS) do
    local at = brief:find(ending, from, true)
    if at then stop = math.min(stop, at) end
  end
  return brief:sub(from, stop)
end

-- The words of a choice such as `pass|fail`, or nil.
local function choices_of(help)
  if help:find "[%s]" then return nil end
  local words = {}
  for word in help:gmatch "[^|]+" do words[#words + 1] = word end
  return words
end

local function new_section(name, help)
  local section = { name = name, optional = help:find " %(optional%)$" ~= nil }
  help = help:gsub(" %(optional%)$", "")
  section.may_be_none = help:find "; or the word none$" ~= nil
  section.help = help:gsub("; or the word none$", "")
  section.choices = choices_of(section.help)
  return section
end

--- The text of OUTPUT in *brief*.
function asked.output(brief)
  return output_of(brief):match "^%s*(.-)%s*$"
end

--- The sections that *brief* asks for: a list of { name, help, optional, may_be_none,
-- choices = words, form = how an item of a list is to look }.
function asked.sections(brief)
  local sections, current = {}, nil
  for line in output_of(brief):gmatch "[^\n]+" do
    local name, help = line:match "^(%u[%u%d _-]*): (.+)$"
    if name then
      current = new_section(name, help)
      sections[#sections + 1] = current
    elseif current then
      current.form = current.form or line
    end
  end
  return sections
end

--- The ids of the findings that *brief* gives, such as F1, in order.
function asked.findings(brief)
  local ids, seen = {}, {}
  for id in brief:gmatch "\n%s*(F%d+)%. %[%a+%]" do
    if not seen[id] then ids[#ids + 1], seen[id] = id, true end
  end
  return ids
end

--- How many points *brief* gives, P1 and so on.
function asked.points(brief)
  local most = 0
  for number in brief:gmatch "\n%s*%-? ?P(%d+)[.:]" do
    most = math.max(most, math.tointeger(number))
  end
  return most
end

--- The paths that *brief* lets its worker edit, or nil for a reader.
function asked.edit(brief)
  local named = brief:match "\nSCOPE: may edit ([^\n]+)"
  if not named then return nil end
  local paths = {}
  for path in named:gmatch "[^,]+" do paths[#paths + 1] = path:match "^%s*(.-)%s*$" end
  return paths
end

return asked
