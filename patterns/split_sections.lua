--- Split one task by sections: a writer for each slice, then one for the whole.
--- Without --slices a scout finds them.  Slices that share or contain a path are refused
--- before any writer starts.  One failed slice ends the run, after the others have ended.

local orch = require "orch"

local opt = orch.options {
  task   = { "what to do in every slice" },
  within = { "the file or folder that holds the slices", "." },
  slices = { "paths; without them a scout finds slices", list = true, optional = true },
  most   = { "how many slices a scout may make", 4, min = 2, max = 16 },
  check  = { "a command that must pass before and after", optional = true },
}

local plan = orch.plan {
  "Find the slices", "Write all slices", "Make the whole consistent", "Verify the whole",
}
local slices = orch.slices(opt.slices or orch.ask("scout", {
  within = orch.skim(opt.within), reply = orch.reply.slices,
  find   = ("up to %d slices to edit apart for this: %s"):format(opt.most, opt.task),
}).slices, opt.within)
if #slices < 2 then error "the work does not divide: try scout_act_verify" end
local before = opt.check and orch.check(opt.check)
local context = orch.context {
  goal = opt.task, pointers = { opt.within },
  constraints = "Others edit the other slices at the same time: keep to yours.",
}

plan:next()
local parts = orch.all(slices, function(slice)
  return orch.ask("implementer", { task = opt.task, edit = slice, context = context })
end)

plan:next()
orch.ask("implementer", {
  task = "Make the parts one consistent whole, no more. They were asked to: " .. opt.task,
  edit = slices.paths, material = { slices, parts },
})

plan:next()
local verdict = orch.verify { success = opt.task, check = opt.check, before = before }

return orch.deliver {
  result    = ("%d slices are written; the verdict on the whole is %s.")
    :format(#slices, verdict.state),
  next_step = verdict.next_step,
  verdict   = verdict,
}
