--- Research a question from several angles at once; get a brief to decide on.
--- Every claim keeps its sources, one without any is marked, and what the sources
--- disagree on stays a disagreement.  A researcher that died is named in the result.

local orch = require "orch"

local angles = { "what is established", "experience in practice", "risks and objections" }

local opt = orch.options {
  question = { "what is to be decided" },
  angles   = { "what each researcher looks at", angles, min = 1, max = 6 },
}

local plan = orch.plan { "Research every angle", "Synthesise", "Choose the next actions" }
local replies = orch.each(opt.angles, function(angle)
  return orch.ask("research", { topic = opt.question, angle = angle })
end)
local points = orch.points(replies)
if #points == 0 then
  return orch.deliver {
    result      = "Nothing reliable was found.",
    next_step   = "Ask a narrower question.",
    uncertainty = points.uncertainty,
  }
end

plan:next()
local brief = orch.ask("synthesiser", {
  task     = "Write a brief on which one can decide this: " .. opt.question,
  material = points, reply = orch.reply.decision(points),
})

plan:next()
return orch.deliver {
  result        = brief.answer,
  next_step     = brief.actions[1],
  next_actions  = brief.actions,
  reasons       = brief.reasons,
  claims        = points:claims(),
  disagreements = points.disagreements,
  uncertainty   = points.uncertainty,
  sources       = points.sources,
  basis         = ("%s %d of %d researchers answered.")
    :format(points:summary(), #replies, #opt.angles),
}
