--- What a synthesiser answers: an approach to act on, a brief to decide on, a choice of
--- one option.
--
-- What the next worker reads is bounded here, so that a Context Pack made of it always
-- fits.  The last two are made for what is judged: an answer that names what is not there
-- is refused and asked for again.

local items = require "orch.reply.items"
local listed = require "orch.reply.listed"
local sections = require "orch.reply.sections"

local synthesis = {}

--- A reader of texts of at most *bytes* bytes.
local function at_most(bytes)
  return function(said)
    if #said <= bytes then return said end
    return nil, ("has %d bytes: condense it to %d"):format(#said, bytes)
  end
end

local short = at_most(300)

--- A kind of list of which a brief gets one block.
local function condensed(item, sample)
  return {
    lines = { "- " .. item }, samples = { sample }, keeps_prelude = true, read = short,
    collect = listed.texts,
  }
end

local pointer = {
  lines = items.place.lines, samples = items.place.samples, collect = listed.places,
  read = function(said)
    local fits, problem = short(said)
    if not fits then return nil, problem end
    return items.place.read(said)
  end,
}

--- { decision = "go" | "stop", chosen, pointers, constraints, success_check, next_step }.
synthesis.approach = sections {
  { "DECISION", "go, or stop if nothing should be done", one_of = { "go", "stop" } },
  { "CHOSEN", "go: the approach, and why no other; stop: why nothing should be done",
    read = at_most(1500),
    sample = "Check the length where names are read: all callers come by there." },
  { "POINTERS", "the places that one must know, few", list = true, max = 12,
    optional = true, read = pointer },
  { "CONSTRAINTS", "what must be kept or may not change", list = true, max = 8,
    optional = true,
    read = condensed("one constraint", "the format of the files stays as it is") },
  { "SUCCESS", "what must hold in the end and can be checked", list = true, max = 8,
    as = "success_check", optional = true,
    read = condensed("one thing that must hold", "names of 15 bytes are still read") },
  { "NEXT", "stop: the one thing to do instead, in one line", as = "next_step",
    line = true, optional = true },
}

--- One reason, which names some of *count* points.
local function reason(count)
  return function(said)
    local named = false
    for n in said:gmatch "%f[%w]P(%d+)%f[%W]" do
      named = true
      if tonumber(n) < 1 or tonumber(n) > count then
        return nil, ("names P%s, but there are %d points"):format(n, count)
      end
    end
    if named then return said end
    return nil, "names no point: say which bear it, such as [P1]"
  end
end

--- A brief to decide on, resting on *points*: { answer, reasons, disagreements,
-- uncertainty, actions }.
function synthesis.decision(points)
  return sections {
    { "ANSWER", "what one would decide today, in a few sentences" },
    { "REASONS", "what bears the answer, most important first", list = true, min = 1,
      max = 10, item = "one reason, with the points that bear it [P1, P4]",
      read = reason(#points), sample = "It is what the definition says [P1]" },
    { "DISAGREEMENTS", "where sources or points disagree, and what hangs on it",
      list = true, optional = true, sample = {} },
    { "UNCERTAINTY", "what is not known, or rests on points without a source",
      list = true, optional = true, sample = {} },
    { "ACTIONS", "next actions, the first one first", list = true, min = 1, max = 5,
      item = "one action", sample = "Measure it on one's own data" },
  }
end

--- The names of *options*, as their blocks in a brief begin: W2 of "W2 Drafter".
local function names_of(options)
  local names, index = {}, {}
  for i, option in ipairs(options) do
    names[i] = option.label:match "^%S+"
    index[names[i]] = i
  end
  return names, index
end

--- Whether each option has one line among the scores: true, or nil and which has not.
local function check_scores(said, names)
  local lines = {}
  for _, score in ipairs(said.scores) do
    local name = score:match "^[%s*`]*(%a%w*)"
    lines[name or ""] = (lines[name or ""] or 0) + 1
  end
  for _, name in ipairs(names) do
    if lines[name] ~= 1 then
      return nil, ("SCORES must have one line that begins '%s:'"):format(name)
    end
  end
  return true
end

--- A choice among *options*, which are replies: { choice = "W2", chosen = its number in
-- the list, why, scores, refined, risks, next_step }.
function synthesis.choice(options)
  local names, index = names_of(options)
  local samples = {}
  for i, name in ipairs(names) do samples[i] = name .. ": fits well, takes a day" end
  return sections({
    { "CHOICE", "the option", one_of = names },
    { "SCORES", "one line for each option", list = true, min = #names, max = #names,
      item = table.concat(names, "|") .. ": how it does by each criterion",
      sample = samples },
    { "WHY", "why this one, and what would change the choice" },
    { "REFINED", "the chosen option, better by what the others have that it lacks" },
    { "RISKS", "what remains risky", list = true, optional = true, sample = {} },
    { "NEXT", "the first thing to do, in one line", as = "next_step", line = true,
      optional = true },
  }, {
    check = function(said)
      said.chosen = index[said.choice]
      return check_scores(said, names)
    end,
  })
end

return synthesis
