--- What workers answer: the reply types, and how to make one's own.
--
-- A reply type is { text, grammar, sample }: the words that ask for it (they become the
-- OUTPUT of a brief), a function(text) -> table | nil, what is missing, a valid reply.
-- A template takes one of these, builds one with `reply.sections`, or writes its own.

local items = require "orch.reply.items"
local markdown = require "orch.reply.markdown"
local sections = require "orch.reply.sections"
local text = require "orch.text"

local reply = { sections = sections }

-- Kinds of list items, for `read =` in a section.
reply.finding = items.finding      -- 1. [high] src/x.c:120 Title, with Evidence and Fix
reply.place = items.place          -- path - what
reply.mark = items.mark            -- F1: fixed - evidence

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
