--- How surely two findings of different reviewers are one: by place, then by words.
--
-- Reviewers word one defect differently and miscount lines a little; and they find two
-- defects in one line, and one kind of defect in many.  So the place says how many words
-- must agree, and what both quote from the artefact is place, not words.  Pure.

local likeness = {}

-- How much of the shorter finding's words the other must have, by place.
local NEAR = { lines = 3, needed = 0.22 }
local AROUND = { lines = 12, needed = 0.3, evidence = 0.3 }   -- evidence must agree, too
local SOMEWHERE = { needed = 0.32 }                           -- a line is missing
local ANYWHERE = { needed = 0.6 }                             -- a path is missing

-- A finding of fewer words is measured as if it had these many.
local FEWEST = 5

-- From here on, titles with as many words in the same order are the same sentence; of a
-- long one the beginning is enough.
local SAME_SENTENCE, LONGEST = 0.5, 50

-- Words of grammar, and those with which any reviewer says anything.
local stop = {}
for word in ([[
  a add all also always an and any are as at be because been before but by can could do
  does each every fix for from had has have if in into is it its just line may might more
  most must never no not of on one only onto or other out own same should so some still
  than that the their them then there these they this those to too up use used uses using
  was we were what when where which while who why will with without would yet you
]]):gmatch "%S+" do
  stop[word] = true
end

local ENDINGS = { "ation", "ing", "ied", "ies", "ed", "es", "s", "e" }

-- Of so many words in a row, both can only have taken from the artefact.
local RUN = 4

-- A word weighs more when both name it in the remedy, less when only the titles share it:
-- that is what they speak of, not what they say.
local WEIGHT = { remedy = 2, subject = 0.25 }

--- A word without its ending, so that "validates" and "validation" are one.
local function stem(word)
  for _, ending in ipairs(ENDINGS) do
    local kept = #word - #ending
    if kept >= 3 and word:sub(kept + 1) == ending then
      word = word:sub(1, kept):gsub("i$", "y")
      break
    end
  end
  return (word:gsub("([^aeiou])%1$", "%1"))
end

--- The words of *text* in order; of names such as `readTable` the parts.
local function split(text)
  local words = {}
  for word in text:gsub("(%l)(%u)", "%1 %2"):lower():gmatch "[%w\128-\255]+" do
    words[#words + 1] = word
  end
  return words
end

--- The set of the words of a list that mean something, without their endings.
local function set_of(words, set)
  set = set or {}
  for _, word in ipairs(words) do
    if not stop[word] then set[stem(word)] = true end
  end
  return set
end

--- What *evidence* quotes from the artefact.
local function quoted(evidence)
  local parts = {}
  for _, quotation in ipairs { "`([^`\n]+)`", '"([^"\n]+)"' } do
    for part in evidence:gmatch(quotation) do parts[#parts + 1] = part end
  end
  return table.concat(parts, " ")
end

local profiles = setmetatable({}, { __mode = "k" })

--- What is asked about a finding again and again.
local function profile(finding)
  local known = profiles[finding]
  if known then return known end
  local title, words = split(finding.title), split(finding.evidence)
  known = { text = table.concat(title, " "), sentence = title, words = words,
    title = set_of(title),
    evidence = set_of(words), fix = set_of(split(finding.fix)),
    quoted = set_of(split(quoted(finding.evidence))), all = {}, size = 0 }
  for _, part in ipairs { "title", "evidence", "fix" } do
    for word in pairs(known[part]) do
      if not known.all[word] then known.all[word], known.size = true, known.size + 1 end
    end
  end
  profiles[finding] = known
  return known
end

--- The words that name the place rather than the defect: what both quote, and what their
-- evidence has in common word for word.
local function words_of_place(a, b)
  local place, starts = {}, {}
  for word in pairs(a.quoted) do place[word] = b.quoted[word] end
  for i = 1, #a.words - RUN + 1 do
    starts[table.concat(a.words, " ", i, i + RUN - 1)] = true
  end
  for i = 1, #b.words - RUN + 1 do
    local run = table.concat(b.words, " ", i, i + RUN - 1)
    if starts[run] then set_of(split(run), place) end
  end
  return place
end

local function has_own(words, others)
  for word in pairs(words) do
    if not others[word] then return true end
  end
end

--- How much the two say the same: the weight of the words in common for each word of the
-- shorter; 1 for titles of the same words.
local function agreement(a, b)
  local same = not has_own(a.title, b.title) and not has_own(b.title, a.title)
  if same and (next(a.title) or a.text == b.text) then return 1 end
  local place, weight = words_of_place(a, b), 0
  for word in pairs(a.all) do
    if b.all[word] and not place[word] then
      local elsewhere = a.evidence[word] or b.evidence[word] or a.fix[word] or b.fix[word]
      weight = weight + (a.fix[word] and b.fix[word] and WEIGHT.remedy
        or elsewhere and 1 or WEIGHT.subject)
    end
  end
  return weight / math.max(math.min(a.size, b.size), FEWEST)
end

--- The share of the words of the shorter evidence that are in the other.
local function same_evidence(a, b)
  local common, in_a, in_b = 0, 0, 0
  for word in pairs(a.evidence) do
    in_a, common = in_a + 1, common + (b.evidence[word] and 1 or 0)
  end
  for _ in pairs(b.evidence) do in_b = in_b + 1 end
  return common / math.max(math.min(in_a, in_b), 1)
end

--- Words in the same order in both, for each word of the longer.
local function same_sentence(a, b)
  local in_a, in_b = math.min(#a, LONGEST), math.min(#b, LONGEST)
  local row = {}
  for j = 0, in_b do row[j] = 0 end
  for i = 1, in_a do
    local last = row
    row = { [0] = 0 }
    for j = 1, in_b do
      row[j] = a[i] == b[j] and last[j - 1] + 1 or math.max(last[j], row[j - 1])
    end
  end
  return row[in_b] / math.max(in_a, in_b, 1)
end

--- Whether two findings on different lines are of one kind, but about two things: each
-- quotes what the other does not, or they say the same sentence of something else.
local function are_parallel(a, b)
  if has_own(a.quoted, b.quoted) and has_own(b.quoted, a.quoted) then return true end
  return has_own(a.title, b.all) and has_own(b.title, a.all)
    and same_sentence(a.sentence, b.sentence) >= SAME_SENTENCE
end

--- Whether *tail* is *path* with fewer folders in front.  A name alone may be that of a
-- file at the top.
local function ends_in(path, tail)
  return tail:find("/", 1, true) and path:sub(-#tail - 1) == "/" .. tail
end

--- Lines between two places, 0 where they touch, or nil when one has no line.
local function lines_apart(a, b)
  if not (a.line and b.line) then return nil end
  if a.line > b.line then a, b = b, a end
  return math.max(0, b.line - math.max(a.line, a.last_line or 0))
end

--- What must hold for findings at these places to be one, and the lines between; or nil.
local function bar(a, b)
  local apart = lines_apart(a, b)
  if a.path ~= b.path then
    if not (a.path and b.path) then return ANYWHERE, 0 end
    local alike = ends_in(a.path, b.path) or ends_in(b.path, a.path)
    if not alike or apart and apart > NEAR.lines then return nil end
    return SOMEWHERE, apart or 0
  end
  if not apart then return SOMEWHERE, 0 end
  if apart <= NEAR.lines then return NEAR, apart end
  if apart <= AROUND.lines then return AROUND, apart end
end

--- A number above 0 for findings that are one, the surer the higher; else 0.
function likeness.of(a, b)
  local needs, apart = bar(a, b)
  if not needs then return 0 end
  local one, other = profile(a), profile(b)
  local words = agreement(one, other)
  if words < needs.needed then return 0 end
  if needs.evidence and same_evidence(one, other) < needs.evidence then return 0 end
  if apart > 0 and are_parallel(one, other) then return 0 end
  return 1 + words - 0.05 * apart
end

return likeness
