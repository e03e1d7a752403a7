--- What workers answer: the reply types, and how to make one's own.
--
-- A reply type is { text, grammar, sample }: the words that ask for it (they become the
-- OUTPUT of a brief), a function(text) -> table | nil, what is missing, a valid reply.
-- A template takes one of these, builds one with `reply.sections`, or writes its own.

local items = require "orch.reply.items"
local markdown = require "orch.reply.markdown"
local sections = require "orch.reply.sections"
local slices = require "orch.slices"
local sources = require "orch.reply.sources"
local synthesis = require "orch.reply.synthesis"
local text = require "orch.text"

local reply = { sections = sections }

-- Kinds of list items, for `read =` in a section.
reply.finding = items.finding      -- 1. [high] src/x.c:120 Title, with Evidence and Fix
reply.place = items.place          -- path - what
reply.mark = items.mark            -- F1: fixed - evidence
reply.slice = slices.item          -- path, path - what
reply.claim = sources.claim        -- 1. claim [S1, S2]
reply.source = sources.source      -- S1: title, URL - why it matters

--- A reviewer's: { findings = { { severity, title, path, line, where, evidence, fix } },
-- rewrite }.
reply.findings = sections {
  { "FINDINGS", "the top findings, what matters most first", list = true,
    read = items.finding },
  { "REWRITE", "a short rewrite or outline", optional = true,
    sample = "if (n >= sizeof name) return too_long(n);" },
}

--- An implementer's: { changed = { { path, what } }, where, reproduce, risks }.
reply.changes = sections {
  { "CHANGED", "each file you changed or produced", list = true, read = items.place },
  { "WHERE", "where the result lives", optional = true, sample = "src/parse.c" },
  { "REPRODUCE", "commands or steps that show it", optional = true,
    sample = "make test" },
  { "RISKS", "risks or follow-ups, brief", list = true, optional = true,
    item = "one risk or follow-up", sample = "Names of 16 bytes were accepted before." },
}

--- A verifier's: { verdict = "pass" | "fail", evidence = { text }, findings = { F1 =
-- { state, evidence } }, problems = findings, next_step }.
reply.verdict = sections({
  { "VERDICT", "pass or fail", one_of = { "pass", "fail" },
    also = { passed = "pass", passes = "pass", failed = "fail", fails = "fail" } },
  { "EVIDENCE", "what you ran or read, and what it showed", list = true, min = 1,
    item = "one check and its result", sample = "make test: 212 passed, 0 failed" },
  { "FINDINGS", "one line for each finding you were given", list = true, optional = true,
    read = items.mark },
  { "PROBLEMS", "what is wrong or missing, with steps that show it", list = true,
    optional = true, read = items.finding, sample = {} },
  { "NEXT", "the one thing to do next, in one line", as = "next_step", line = true,
    optional = true, sample = "Keep the change." },
}, {
  check = function(said)
    if said.verdict == "pass" or #said.problems > 0 then return true end
    for _, mark in pairs(said.findings) do
      if mark.state ~= "fixed" then return true end
    end
    return nil, "VERDICT is fail, but nothing that failed is named: list it under"
      .. " PROBLEMS"
  end,
})

--- Any other worker's: { result, evidence = { text }, next_step }.
reply.report = sections {
  { "RESULT", "what you found or did, complete but short",
    sample = "The parser checks the length of names in two of three places." },
  { "EVIDENCE", "where you saw it: files and lines, commands, sources", list = true,
    optional = true, item = "one place or source and what it shows",
    sample = "src/parse.c:120 - no check before the copy" },
  { "NEXT", "the one thing to do next, in one line", as = "next_step", line = true,
    optional = true, sample = "Check the length in src/parse.c:120 as well." },
}

--- A scout's: { map = { { path, what } } }.
reply.map = sections {
  { "MAP", "what is where, the most important first", list = true, min = 1,
    read = items.place },
}

--- A scout's that divides work: { slices = a list of slices }, no path in two of them.
reply.slices = sections {
  { "SLICES", "parts that different workers can edit at once, no path in two of them",
    list = true, max = 16, read = slices.item },
}

--- A researcher's: { points = { { claim, sources = { ids } } }, sources = { { id, what,
-- url, why } }, disagreements = { text }, uncertainty = { text } }.
reply.research = sections({
  { "POINTS", "5 to 10 points, what matters most first; fewer where sources hold no more",
    list = true, max = 10, read = sources.claim },
  { "SOURCES", "the key sources", list = true, read = sources.source },
  { "DISAGREEMENTS", "where sources disagree, and who says what", list = true,
    optional = true, item = "one disagreement, with both sides [S1 against S2]",
    sample = "S1 counts the final NUL byte, S2 does not" },
  { "UNCERTAINTY", "what could not be found, or is less sure than it sounds",
    list = true, optional = true, item = "one uncertainty",
    sample = "Whether older files hold longer names was not found" },
}, { check = sources.check })

--- A drafter's: { title, approach, trade_offs = { text }, risks = { text } }.
reply.option = sections {
  { "TITLE", "the option in a few words", line = true, sample = "Check at the gate" },
  { "APPROACH", "what would be done, and how the result would look",
    sample = "Names are checked once, where they are read; long ones are refused." },
  { "TRADE-OFFS", "one line for each criterion", list = true, min = 1,
    item = "criterion: what this option gains by it, and what it costs",
    sample = "effort: one function; every caller must handle the refusal" },
  { "RISKS", "what could go wrong", list = true, optional = true, sample = {} },
}

-- A synthesiser's, given by the script as `reply =`.
reply.approach = synthesis.approach
reply.decision = synthesis.decision      -- (points) -> reply type
reply.choice = synthesis.choice          -- (options) -> reply type

--- Any text: { result }, for a template that asks for no form.
reply.anything = {
  text = "Answer in plain words.",
  sample = "It is done.",
  grammar = function(s)
    s = text.trim(text.clean((s:gsub("\r\n?", "\n"))))
    if s == "" then return nil, "the reply is empty" end
    return { result = s }
  end,
}

--- The question of a reply that is nothing but the line `QUESTION: ...`, or nil.
function reply.question(s)
  s = text.trim((s:gsub("\r\n?", "\n")))
  s = text.trim(markdown.unwrap(s) or s)
  if #s > 8192 or s:find("\n", 1, true) then return nil end
  local asked = text.clean(s):match "^[#*_ ]*[Qq][Uu][Ee][Ss][Tt][Ii][Oo][Nn][*_ ]*:(.*)$"
  asked = asked and text.trim(asked:gsub("^[*_]+", ""):gsub("[*_]+$", ""))
  return asked ~= "" and asked or nil
end

return reply
