--- From a list of sections to the three things a reply type is: the text that asks for
--- it, the grammar that reads it and a sample, so that they cannot drift apart.

local declared = require "orch.reply.declared"
local items = require "orch.reply.items"
local lists = require "orch.reply.lists"
local markdown = require "orch.reply.markdown"
local text = require "orch.text"

local MOST_ITEMS, MOST_PROBLEMS = 1000, 5
local PREFACE = [[
Answer with these sections. Each begins with its name in capitals at the start of a line;
what is optional may be left out. No fence round the whole, nothing after the last one.
]]

-- ── the text and the sample ─────────────────────────────────────────────────

local function ask_for(section)
  local name, help = section[1], section[2]
  local optional = section.optional and " (optional)" or ""
  if section.one_of then
    return ("%s: %s%s\n"):format(name, table.concat(section.one_of, "|"), optional)
  end
  if not section.list then return ("%s: %s%s\n"):format(name, help, optional) end
  local none = (section.min or 0) == 0 and "; or the word none" or ""
  return ("%s: %s%s%s\n%s\n"):format(name, help, none, optional,
    table.concat(section.kind.lines, "\n"))
end

local function sample_of(section)
  local name = section[1]
  if section.one_of then
    return ("%s: %s\n"):format(name, section.sample or section.one_of[1])
  end
  if not section.list then
    return ("%s: %s\n"):format(name, section.sample or declared.SAMPLE .. section[2])
  end
  local samples = section.kind.samples
  if #samples == 0 then return name .. ": none\n" end
  local out = { name .. ":" }
  for i = 1, math.max(#samples, section.min or 0) do
    local item = samples[(i - 1) % #samples + 1]
    out[#out + 1] = (section.kind.numbered and i .. ". " or "- ") .. item
  end
  return table.concat(out, "\n") .. "\n"
end

local function concat(sections, write)
  local out = {}
  for i, section in ipairs(sections) do out[i] = write(section) end
  return table.concat(out)
end

-- ── the grammar ─────────────────────────────────────────────────────────────

--- The first word of *body* that is one of the choices, or nil.
local function choice_of(section, body)
  local said = text.trim(body):match "^[^\n]*":gsub("^[*_`\"']+", "")
  local word, after = said:match "^(%a[%w-]*)%s*(.?.?.?)"
  if not word or after:find "^[|/]" or after:lower():find "^or%W?" then return nil end
  word = word:lower()
  for _, choice in ipairs(section.one_of) do
    if choice:lower() == word then return choice end
  end
  return section.also and section.also[word]
end

local function read_choice(section, body)
  local value = choice_of(section, body)
  if value then return value end
  return nil, ("%s must be %s, got %s"):format(section[1], text.either(section.one_of),
    items.quote(text.trim(body)))
end

--- Whether a worker only repeats the *form* that its brief showed it.
local function is_form(value, form)
  return value == form or value == form .. " (optional)"
end

local function read_text(section, body)
  local value = markdown.tidy(body)
  if value == "" or section.optional and lists.is_none(value, section[1]) then
    if section.optional then return nil end
    return nil, ("%s is empty: expected %s"):format(section[1], section[2])
  end
  if is_form(value, section[2]) then
    return nil, ("%s only repeats what was asked for"):format(section[1])
  end
  if section.line then
    local stop = value:find("\n[ \t]*\n")
    value = value:sub(1, (stop or #value + 1) - 1):gsub("%s+", " ")
  end
  if not section.read then return value end
  local read, problem = section.read(value)
  if read ~= nil then return read end
  return nil, ("%s %s"):format(section[1], problem or "cannot be read")
end

--- What is wrong with the number of items, or nil.
local function wrong_count(section, count, says_none)
  local min, max = section.min or 0, section.max or MOST_ITEMS
  if count == 0 and section.optional then return nil end
  if count == 0 and not says_none then
    return ("%s is empty: expected %s%s"):format(section[1], section[2],
      min == 0 and ", or the word none" or "")
  end
  if count < min then
    return ("%s has %d of at least %d: expected %s")
      :format(section[1], count, min, section[2])
  end
  if count > max then
    return ("%s has more than %d items: keep those that matter most")
      :format(section[1], max)
  end
end

local function read_item(kind, part)
  if is_form("- " .. part, kind.lines[1]) then
    return nil, "only repeats what was asked for"
  end
  return kind.read(part)
end

local function read_list(section, body, problems)
  local kind, name, values = section.kind, section[1], {}
  body = markdown.tidy(body)
  local says_none = lists.is_none(body, name)
  local most = (section.max or MOST_ITEMS) + 1
  local parts = says_none and {} or lists.split(body, kind, most)
  local wrong = wrong_count(section, #parts, says_none)
  if wrong then return nil, wrong end
  for i, part in ipairs(parts) do
    local value, problem = read_item(kind, part)
    if value == nil then
      problems[#problems + 1] = ("%s: item %d %s")
        :format(name, i, problem or "cannot be read")
    end
    values[#values + 1] = value
  end
  if not kind.collect or #problems > 0 then return values end
  local value, problem = kind.collect(values)
  return value, problem and name .. " " .. problem
end

--- The last body of each section, and the problems of choices that disagree.
local function find_sections(s, openers, by_name)
  local bodies, chosen, problems = {}, {}, {}
  for name, body in markdown.parts(s, openers) do
    local section = by_name[name]
    if section then bodies[name] = body end
    local choice = section and section.one_of and choice_of(section, body)
    if choice and chosen[name] and chosen[name] ~= choice then
      problems[1] = ("%s is said to be %s and to be %s: say it once")
        :format(name, chosen[name], choice)
    end
    if choice then chosen[name] = choice end
  end
  return bodies, problems
end

local function missing(section, s)
  local why = ""
  if markdown.is_open(s) then
    why = " (a code fence is never closed, what follows it is not read)"
  elseif s:find(section[1], 1, true) then
    why = " (what is quoted, fenced or indented is not read)"
  end
  return ("the section %s is missing: write '%s:' at the start of a line, then %s%s")
    :format(section[1], section[1], section[2], why)
end

local function read_all(s, sections, by_name, openers)
  local bodies, problems = find_sections(s, openers, by_name)
  local result = {}
  for _, section in ipairs(sections) do
    local body, value, problem = bodies[section[1]], nil, nil
    if body then
      local read = section.one_of and read_choice or section.list and read_list
        or read_text
      value, problem = read(section, body, problems)
    elseif section.optional then
      value = section.list and {} or nil
    else
      problem = missing(section, s)
    end
    if problem then problems[#problems + 1] = problem end
    result[section.as] = value
  end
  return result, problems
end

local function in_words(problems)
  local more = #problems - MOST_PROBLEMS
  return table.concat(problems, "; ", 1, math.min(#problems, MOST_PROBLEMS))
    .. (more > 0 and ("; and %d more like these"):format(more) or "")
end

--- A reply type: { text, grammar, sample } from a list of sections, each
-- { "NAME", "what it holds", as = key in the reply (else the name in small letters),
-- optional =, line = true for one line, one_of = { words }, list = true, min =, max =,
-- read = how a text or an item becomes a value: an lpeg pattern, a function(text) ->
-- value | nil, what is missing, or one of orch.reply's items; item = how an item is asked
-- for, sample = }.  options.check(reply) -> true | nil, what is wrong.
return function(list, options)
  local ok, sections, by_name, openers = pcall(declared.read, list)
  if not ok then error(sections, 2) end
  local also = options and options.check

  local function read(s)
    local result, problems = read_all(s, sections, by_name, openers)
    if #problems == 0 and markdown.is_open(s) then
      problems[1] = "a code fence is opened and never closed, so what follows it cannot"
        .. " be told from what it quotes: close it"
    end
    if #problems == 0 and also then
      local fine, problem = also(result)
      if not fine then problems[1] = problem or "the reply contradicts itself" end
    end
    if #problems == 0 then return result end
    return nil, in_words(problems)
  end

  local function grammar(s)
    s = text.clean((s:gsub("\r\n?", "\n")))
    s = s:sub(s:find "%S" or #s + 1)
    if s == "" then return nil, "the reply is empty" end
    local result, problem = read(s)
    local inner = not result and markdown.unwrap(s)
    if inner then result, problem = read(inner) end
    return result, problem
  end

  local sample = concat(sections, sample_of)
  local accepted, problem = grammar(sample)
  if not accepted then
    error(("the sample of these sections is refused (%s): give 'sample'")
      :format(problem), 2)
  end
  return { text = PREFACE .. "\n" .. concat(sections, ask_for), grammar = grammar,
    sample = sample }
end
