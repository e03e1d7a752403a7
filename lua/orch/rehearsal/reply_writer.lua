--- Writes the reply that a brief asks for, in one of the many ways in which a good worker
--- could: other numbers of items, severities, states and words, all by the seed.
--
-- It knows the forms of orch.reply's items by how a brief shows them.  What is wished
-- for, a section's name in small letters -> a word, a number of items or the items
-- themselves, overrules the seed.

local asked = require "orch.rehearsal.asked"
local speech = require "orch.rehearsal.speech"
local text = require "orch.text"

local writer = {}

local SEVERITIES = { "critical", "high", "high", "medium", "medium", "medium", "low" }
local SHORT, LONG = 280, 1200      -- bytes; some replies bound their texts

-- ── items ───────────────────────────────────────────────────────────────────

-- What all reviewers of a seed could find: the same few things, so that they meet.
local function subject(self)
  local n = self.chance:below(self.paths[1] and 6 or 3)
  return self.subjects(n + 1)
end

local function finding(self)
  local said = subject(self)
  local where = said.path and ("%s:%d "):format(said.path, said.line) or ""
  local lines = { ("[%s] %s%s"):format(self.severity or self.chance:pick(SEVERITIES),
    where, said.title), "   Evidence: " .. self.speech:text(self.room) }
  if self.chance:below(3) > 0 then
    lines[3] = "   Fix: " .. self.speech:sentence(self.room)
  end
  return table.concat(lines, "\n")
end

local function path(self)
  return self.paths[1] and self.chance:pick(self.paths) or "README.md"
end

local function entry(self)
  return path(self) .. " - " .. self.speech:sentence(SHORT - 80)
end

local function claim(self, i)
  local sources = self.sources or 0
  local first = sources > 0 and self.chance:below(4) > 0 and "S" .. (i - 1) % sources + 1
  local second = first and self.chance:one_in(3) and ", S" .. sources or ""
  local bears = first and (" [%s%s]"):format(first, second) or " [none]"
  return self.speech:sentence() .. bears
end

local function source(self, i)
  return ("S%d: %s, https://example.org/%d - %s"):format(i, path(self),
    self.chance:below(6), self.speech:sentence())
end

local function reason(self)
  local most = math.max(1, asked.points(self.brief))
  return ("%s [P%d]"):format(self.speech:sentence(), self.chance:between(1, most))
end

-- By how the first line of the form begins.
local FORMS = {
  { "^1%. %[critical|high", finding }, { "^%- path %- what", entry },
  { "^1%. one claim", claim }, { "^%- S1: ", source }, { "%[P1", reason },
  { "^%- path, path", entry },
}

local function write_item(section)
  for _, form in ipairs(FORMS) do
    if (section.form or ""):find(form[1]) then return form[2] end
  end
  return function(self) return self.speech:sentence(SHORT) end
end

-- ── lists ───────────────────────────────────────────────────────────────────

local function numbered(section) return (section.form or ""):find "^1%. " ~= nil end

local function write_list(section, items)
  if #items == 0 then return section.name .. ": none" end
  local lines = { section.name .. ":" }
  for i, item in ipairs(items) do
    lines[i + 1] = (numbered(section) and i .. ". " or "- ") .. item
  end
  return table.concat(lines, "\n")
end

local function items_of(self, section, count)
  local items, write, seen = {}, write_item(section), {}
  for _ = 1, 8 * count do
    if #items == count then break end
    local item = write(self, #items + 1)
    -- One path or finding is named once in a list.
    local key = item:match(section.name == "SLICES" and "^%S+" or "^[^\n]*")
    if not seen[key] then items[#items + 1], seen[key] = item, true end
  end
  return items
end

-- How many items: mostly a few, sometimes none; of findings sometimes many.
local function count_of(self, section)
  local least = not (section.may_be_none or section.optional) and 1 or 0
  if self.chance:one_in(8) then return least end
  local many = write_item(section) == finding and self.chance:one_in(6)
  return math.max(least, self.chance:between(1, many and 9 or 4))
end

-- One line for each option that is to be scored.
local function scores(self, section)
  local items = {}
  for name in section.form:match "^%- ([%w|]+): how":gmatch "[^|]+" do
    items[#items + 1] = name .. ": " .. self.speech:sentence()
  end
  return items
end

-- What the verifier says of each finding that it was given.
local function marks(self)
  local items, all_fixed = {}, true
  for i, id in ipairs(asked.findings(self.brief)) do
    local state = self.chance:pick { "fixed", "fixed", "open", "unverified" }
    -- A scripted "fail" leaves one open: the work goes on.
    if self.verdict == "pass" or self.word == "fail" then state = "fixed" end
    local opens = self.verdict == "fail" and i == 1
    if opens and (self.word or self.chance:one_in(2)) then state = "open" end
    all_fixed = all_fixed and state == "fixed"
    items[#items + 1] = ("%s: %s - %s"):format(id, state, self.speech:sentence())
  end
  self.all_fixed = all_fixed
  return items
end

local function problems(self, section)
  local needed = self.verdict == "fail" and self.all_fixed ~= false
  local count = self.verdict == "pass" and 0 or self.chance:below(3)
  return items_of(self, section, needed and math.max(1, count) or count)
end

-- What was really edited.
local function changed(self)
  local items = {}
  for i, name in ipairs(self.edited) do
    items[i] = name .. " - " .. self.speech:sentence(SHORT - 80)
  end
  return items
end

local OWN = { CHANGED = changed, PROBLEMS = problems }

local function list_of(self, section, wish)
  if type(wish) == "table" then return wish end
  local own = OWN[section.name]
  local form = section.form
  if form:find "^%- F1: fixed|" then own = marks end
  if form:find "^%- [%w|]+: how" then own = scores end
  if own and type(wish) ~= "number" then return own(self, section) end
  local count = type(wish) == "number" and wish or count_of(self, section)
  if form:find "^%- S1: " then self.sources = count end
  return items_of(self, section, count)
end

-- ── sections ────────────────────────────────────────────────────────────────

local function text_of(self, section)
  if section.help:find "in one line" or section.help:find "in a few words" then
    return self.speech:sentence(120)
  end
  return self.speech:text(self.room)
end

local function write_section(self, section)
  local wish = self.wishes[section.name:lower()]
  if section.choices then return ("%s: %s"):format(section.name, self.chosen[section]) end
  if section.form then
    return write_list(section, list_of(self, section, wish))
  end
  return ("%s: %s"):format(section.name, wish or text_of(self, section))
end

local function has(list, wanted)
  for _, word in ipairs(list) do
    if word == wanted then return true end
  end
end

-- Choices are made first: what else is said depends on them.
local function choose(self, sections)
  self.chosen = {}
  for _, section in ipairs(sections) do
    if section.choices then
      local wish = self.wishes[section.name:lower()]
      if not wish and has(section.choices, self.word) then wish = self.word end
      local word = wish or self.chance:pick(section.choices)
      -- Most work is done well enough to go on.
      if not wish and self.chance:below(2) == 0 then word = section.choices[1] end
      self.chosen[section] = word
      if section.name == "VERDICT" then self.verdict = word end
    end
  end
end

-- Points name sources that stand below them, so their number is drawn first.
local function count_sources(self, sections)
  for _, section in ipairs(sections) do
    if (section.form or ""):find "^%- S1: " then
      local wish = self.wishes[section.name:lower()]
      self.sources = type(wish) == "number" and wish or self.chance:between(1, 4)
      self.wishes = setmetatable({ [section.name:lower()] = wish or self.sources },
        { __index = self.wishes })
    end
  end
end

-- What is wished for must be asked for.
local function check_wishes(self, sections)
  local names, words = {}, {}
  for _, section in ipairs(sections) do
    names[section.name:lower()] = true
    for _, word in ipairs(section.choices or {}) do words[#words + 1] = word end
  end
  for name in text.sorted_pairs(self.wishes) do
    if not names[name] then
      error(("the rehearsal script says '%s', which the brief does not ask for%s")
        :format(name, text.suggest(name, text.sorted_keys(names))), 0)
    end
  end
  if self.word and not has(words, self.word) then
    error(("the rehearsal script says '%s', but the brief asks for no such word%s")
      :format(self.word, text.suggest(self.word, words)), 0)
  end
end

--- Write the reply to *about*: { brief =, chance =, paths = of the project, edited =
-- paths, subjects = function(n) -> { title, path, line }, manner = see speech.lua, wishes
-- = by section, word = of a choice, severity = of all findings }.
function writer.write(about)
  local self = setmetatable({ speech = speech.new(about.chance, about.manner),
    wishes = about.wishes or {}, room = about.manner == "long" and LONG or SHORT },
    { __index = about })
  local sections, out = asked.sections(about.brief), {}
  check_wishes(self, sections)
  choose(self, sections)
  count_sources(self, sections)
  for _, section in ipairs(sections) do
    local wished = self.wishes[section.name:lower()] ~= nil
    local needed = not section.optional or wished or OWN[section.name] ~= nil
      or section.form and section.form:find "^%- F1: "
    if needed or about.chance:below(3) > 0 then
      out[#out + 1] = write_section(self, section)
    end
  end
  if #out == 0 then return self.speech:text(self.room) .. "\n" end
  return table.concat(out, "\n") .. "\n"
end

return writer
