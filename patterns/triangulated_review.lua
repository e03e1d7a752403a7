--- Review one artefact through several lenses at once; get one ranked list.
--- Read-only.  A finding that several reviewers made counts more, and each says who made
--- it.  A reviewer that died is named in the result; fewer than two answers are no
--- triangulation.

local orch = require "orch"

local lenses = { "correctness", "clarity", "risks" }

local opt = orch.options {
  artefact = { "the file or folder to review" },
  lenses   = { "what the reviewers look for", lenses, min = 2, max = 4 },
}

local artefact = orch.skim(opt.artefact)
local plan = orch.plan { "Skim the artefact", "Review by each lens", "Rank the findings" }

plan:next()
local reviews, dead = orch.each(opt.lenses, function(lens)
  local review = orch.ask("reviewer", { artefact = artefact, lens = lens })
  review.lens = lens
  return review
end)
if #reviews < 2 then error "fewer than two reviewers answered" end

plan:next()
local findings = orch.findings(reviews)
local first = findings[1]
local seen_by = {}
for i, review in ipairs(reviews) do seen_by[i] = review.label .. ": " .. review.lens end
for _, failure in ipairs(dead) do
  seen_by[#seen_by + 1] = ("%s: %s, no answer"):format(failure.label, failure.item)
end

return orch.deliver {
  result    = ("%s %d of %d reviewers answered.")
    :format(findings:summary(), #reviews, #opt.lenses),
  next_step = first and "Fix first: " .. first.title or "Leave it.",
  findings  = findings,
  lenses    = seen_by,
}
