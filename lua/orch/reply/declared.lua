--- What the author of a reply type declares: sections, checked and completed.

local lpeg = require "lpeg"
local items = require "orch.reply.items"
local markdown = require "orch.reply.markdown"
local text = require "orch.text"

local declared = {}

--- What a sample says where the author gave none: never the form itself.
declared.SAMPLE = "(sample) "

local KEYS = {
  "as", "optional", "list", "line", "one_of", "also", "read", "min", "max", "item",
  "sample",
}
local KNOWN = {}
for _, key in ipairs(KEYS) do KNOWN[key] = true end
-- Names that the reply object itself uses.
local TAKEN = { text = true, label = true, role = true }

local function check(condition, message, ...)
  if not condition then error(message:format(...), 0) end
end

--- A reader of one text: value, or nil and what is wrong with it.
local function reader_of(read, name)
  if lpeg.type(read) == "pattern" then
    return function(part)
      local value = read:match(part)
      if value ~= nil then return value end
      return nil, "does not have the form that was asked for: " .. items.quote(part)
    end
  end
  check(type(read) == "function",
    "section '%s': 'read' must be an lpeg pattern or a function", name)
  return read
end

local function kind_of(section)
  local read = section.read
  local kind = type(read) == "table" and setmetatable({}, { __index = read }) or {
    keeps_prelude = read == nil,
    read = read and reader_of(read, section[1]) or items.text.read,
    lines = { "- " .. (section.item or "one point") },
    samples = { declared.SAMPLE .. (section.item or section[2]) },
  }
  check(type(kind.read) == "function" and kind.lines and kind.samples,
    "section '%s': 'read' is not a kind of item of orch.reply", section[1])
  local sample = section.sample
  if sample then kind.samples = type(sample) == "table" and sample or { sample } end
  return kind
end

local function declare(given)
  check(type(given) == "table",
    "a section is a table such as { \"SUMMARY\", \"a paragraph\" }")
  local name, help = given[1], given[2]
  check(type(name) == "string" and name:find "^%u[%u%d _-]*$",
    "the name of a section is written in capitals, got '%s'", tostring(name))
  check(type(help) == "string" and help ~= "",
    "section '%s' needs a help text behind its name", name)
  local section = { name, help }
  for key, value in text.sorted_pairs(given) do
    if type(key) == "string" then
      if not KNOWN[key] then
        check(false, "section '%s' has no '%s'%s", name, key, text.suggest(key, KEYS))
      end
      section[key] = value
    end
  end
  section.as = section.as or name:lower():gsub("[ -]", "_")
  check(not TAKEN[section.as],
    "section '%s': a reply has a '%s' of its own; name it with 'as'", name, section.as)
  if section.list then section.kind = kind_of(section)
  elseif section.read then section.read = reader_of(section.read, name) end
  return section
end

--- The checked sections of *list*, by name as well, and the pattern of lines that open
-- one.  Raises a sentence (without a position) for what is declared wrongly.
function declared.read(list)
  check(type(list) == "table" and #list > 0, "reply.sections needs a list of sections")
  local sections, names, labels, by_name, by_key = {}, {}, {}, {}, {}
  for i, given in ipairs(list) do
    local section = declare(given)
    check(not by_name[section[1]], "the section '%s' is declared twice", section[1])
    check(not by_key[section.as], "two sections are named '%s' in the reply", section.as)
    sections[i], names[i] = section, section[1]
    by_name[section[1]], by_key[section.as] = section, true
    for label in text.sorted_pairs(section.kind and section.kind.labels or {}) do
      labels[label] = true
    end
  end
  return sections, by_name, markdown.openers(names, labels)
end

return declared
