--- Review an artefact, fix what matters most, verify the result.
--- For code, documents and analyses.  Fixing ends when nothing material is open, when
--- a round fixed nothing, or after --rounds; the result says which.

local orch = require "orch"

local opt = orch.options {
  artefact = { "the file or folder to work on" },
  lens     = { "what the reviewer looks for", "correctness" },
  top      = { "how many findings to fix", 5, min = 1 },
  rounds   = { "how often to fix and verify at most", 2, min = 1 },
  check    = { "a command that must pass before and after", optional = true },
}

local artefact = orch.skim(opt.artefact)
local plan = orch.plan { "Skim the artefact", "Review it", "Fix and verify the findings" }
local before = opt.check and orch.check(opt.check)

plan:next()
local review = orch.ask("reviewer", { artefact = artefact, lens = opt.lens })
local todo = review.findings:top(opt.top)
if #todo == 0 then
  return orch.deliver { result = "Nothing is worth fixing.", next_step = "Leave it." }
end

plan:next()
local verdict, why
for _ = 1, opt.rounds do
  orch.ask("implementer", {
    task = "Fix the findings.", edit = opt.artefact, material = { todo:open(), verdict },
  })
  verdict = orch.verify { success = todo, check = opt.check, before = before }
  why = todo:settle(verdict)
  if why then break end
end

return orch.deliver {
  result    = todo:summary() .. " " .. (why or "The last round is over."),
  next_step = verdict.next_step,
  findings  = todo,
  verdict   = verdict,
}
