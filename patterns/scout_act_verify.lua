--- Scout what one must know, choose the approach, act, verify.
--- For work where lack of context is the biggest risk.  A synthesiser condenses what the
--- scout brings to a bounded Context Pack with one chosen approach, or says stop; only
--- then somebody edits.

local orch = require "orch"

local opt = orch.options {
  task   = { "what to do" },
  within = { "the file or folder to scout", "." },
  edit   = { "the files and folders that may change", { "." } },
  check  = { "a command that must pass before and after", optional = true },
}

local plan = orch.plan { "Scout the context", "Choose the approach", "Act", "Verify" }
local before = opt.check and orch.check(opt.check)
local scouted = orch.ask("scout", {
  within = orch.skim(opt.within), find = "what one must know for this: " .. opt.task,
})

plan:next()
local approach = orch.ask("synthesiser", {
  task     = "Choose the approach and condense what its worker must know: " .. opt.task,
  material = { scouted, before }, reply = orch.reply.approach,
})
if approach.decision == "stop" then
  return orch.deliver {
    result    = "Nothing was changed. " .. approach.chosen,
    next_step = approach.next_step or "Decide whether it is still wanted.",
  }
end
local context = orch.context {
  goal = opt.task, prior_decisions = approach.chosen, pointers = approach.pointers,
  constraints = approach.constraints, success_check = approach.success_check,
}

plan:next()
orch.ask("implementer", { task = opt.task, edit = opt.edit, context = context })

plan:next()
local verdict = orch.verify {
  success = opt.task, check = opt.check, before = before, context = context,
}

return orch.deliver {
  result    = "The work is done; the verdict is " .. verdict.state .. ".",
  next_step = verdict.next_step,
  approach  = approach.chosen,
  verdict   = verdict,
}
