--- A reviewer: one artefact, one or two lenses, ranked findings with evidence.

local reply = require "orch".reply

-- The guide's lenses, with what each asks.  The names of a pair mean the same.
local LENSES = {
  { "clarity", "structure", asks = "is it clear, and in an order that helps?" },
  { "correctness", "completeness", asks = "is it right, and is anything missing?" },
  { "risks", "failure modes", asks = "what can go wrong, and what happens then?" },
  { "consistency", "style", asks = "does it agree with itself and its surroundings?" },
  { "evidence quality", asks = "does what it rests on hold, and can it be checked?" },
  { "practicality", asks = "can it be done and kept up by those who must?" },
  { "accessibility", "audience fit", asks = "can those it is for read and use it?" },
  { "security", asks = "what could somebody who means harm do with it?" },
  { "performance", asks = "where does it waste time, memory or money?" },
  { "backward compatibility", asks = "what that works today would break?" },
}

local lens_of, names = {}, {}
for i, lens in ipairs(LENSES) do
  for _, name in ipairs(lens) do lens_of[name] = lens end
  lens_of[table.concat(lens, "/")] = lens
  names[i] = table.concat(lens, "/")
end

local function split(value)
  if type(value) == "table" then return value end
  local words = {}
  for word in tostring(value):gmatch "[^,]+" do words[#words + 1] = word end
  return words
end

--- One or two lenses by name; one of them may be a phrase of the user's own.
local function check_lens(value)
  local words, written, seen, own = split(value), {}, {}, 0
  if #words > 2 then
    return nil, ("%d lenses are too many: pick one or two, or ask more reviewers")
      :format(#words)
  end
  for i, word in ipairs(words) do
    word = tostring(word):match "^%s*(.-)%s*$"
    local lens = lens_of[word:lower()]
    own = own + (lens and 0 or 1)
    if word == "" or #word > 80 or word:find "\n" or own > 1 then
      return nil, ("'%s' is no lens: expected %s, or one short phrase of your own")
        :format(word:sub(1, 40), table.concat(names, ", "))
    end
    if seen[lens or word] then
      return nil, ("'%s' is the same lens twice"):format(word)
    end
    seen[lens or word] = true
    written[i] = lens and table.concat(lens, " and ") .. ": " .. lens.asks or word
  end
  if #written == 0 then return nil, "expected one or two lenses" end
  return table.concat(written, " Also ")
end

return {
  fields = {
    artefact = "the file or folder to review",
    lens = { "one or two lenses, such as 'correctness' or 'risks, security'",
      "correctness", check = check_lens },
  },

  scope = "read-only",

  prompt = [[
TASK: Review {{artefact}} and produce improvements.
SCOPE: {{scope}}
LENS: {{lens}}

DO:
- Inspect the artefact itself and note issues and opportunities, through this lens alone.
- Prioritise what matters most. Few findings that count are better than many that do not.
- Give evidence for each: where you saw it, and what it shows. Drop what you cannot show.

OUTPUT:
{{output}}

DO NOT:
- Expand the scope.
- Make edits.
- Praise, summarise or repeat the artefact.
]],

  reply = reply.findings,
}
