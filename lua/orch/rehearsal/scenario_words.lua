--- The words that a rehearsal script may use: the sections of replies and their choices.

local asked = require "orch.rehearsal.asked"
local reply = require "orch.reply"
local text = require "orch.text"

local words = {}
words.__index = words

local OPTIONS = { { label = "W1 Drafter" }, { label = "W2 Drafter" } }

local function note(self, kind)
  for _, section in ipairs(asked.sections("\nOUTPUT:\n" .. kind.text)) do
    self.sections[section.name:lower()] = true
    for _, word in ipairs(section.choices or {}) do self.choices[word] = true end
  end
end

--- The words of orch.reply's types and of *types*, those of a pack's own templates (see
-- samples.lua), if given.
function words.of(types)
  local self = setmetatable({
    sections = {}, choices = { any = true, sample = true },
  }, words)
  for _, kind in text.sorted_pairs(reply) do
    if type(kind) == "table" and kind.text and kind.grammar then note(self, kind) end
  end
  note(self, reply.decision { {} })
  note(self, reply.choice(OPTIONS))
  for _, kind in text.sorted_pairs(types or {}) do note(self, kind) end
  return self
end

--- Whether *word* is a choice of some reply, "any" or "sample".
function words:has(word)
  return self.choices[word] == true or word:find "^W%d+$" ~= nil
end

return words
