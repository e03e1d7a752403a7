--- Draft 2 or 3 different options, judge them by stated criteria, refine the best.
--- The drafters do not see each other.  A draft that says what another says is asked for
--- once more, then left out.  A synthesiser judges, no drafter; the result says who, and
--- `--agent synthesiser=NAME` chooses.

local orch = require "orch"

local ALIKE = 0.7        -- the share of common words from which two drafts are one
local stances = { "the simplest thing", "what lasts longest", "what nobody thinks of" }

local opt = orch.options {
  task     = { "what the options are for" },
  criteria = { "what they are judged by", { "fitness", "effort", "risk" } },
  stances  = { "where each drafter starts from", stances, min = 2, max = 3 },
}

local function is_like(draft, others)
  for _, other in ipairs(others) do
    if orch.similar(draft.approach, other.approach) >= ALIKE then return true end
  end
end

local plan = orch.plan { "Draft options", "Keep those that differ", "Judge and refine" }
local task, criteria = opt.task, opt.criteria
local drafts = orch.each(opt.stances, function(stance)
  return orch.ask("drafter", { task = task, criteria = criteria, stance = stance })
end)
if #drafts < 2 then error "fewer than two drafters answered" end

plan:next()
local options, titles = {}, {}
for _, draft in ipairs(drafts) do
  if is_like(draft, options) then
    draft = orch.try("drafter", { task = task, criteria = criteria, unlike = options })
  end
  if draft and not is_like(draft, options) then
    options[#options + 1] = draft
    titles[#options] = draft.label .. ": " .. draft.title
  end
end

plan:next()
local choice = orch.ask("synthesiser", {
  task     = "Judge the options, choose one, refine it. They are for this: " .. task,
  criteria = criteria, material = options, reply = orch.reply.choice(options),
})

return orch.deliver {
  result    = ("%s. Judged by %s for %s; %d of %d drafts differ.")
    :format(options[choice.chosen].title, choice.label, table.concat(criteria, ", "),
      #options, #drafts),
  next_step = choice.next_step or "Begin with the refined option.",
  refined   = choice.refined,
  why       = choice.why,
  options   = titles,
  judgement = choice.scores,
  risks     = choice.risks,
}
