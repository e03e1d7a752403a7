--- A synthesiser: makes one clear result of what several workers brought.
--- What kind of result, the script says with `reply =`: orch.reply.approach,
--- .decision(points), .choice(options), or a type of its own.

local reply = require "orch".reply

return {
  fields = {
    task = "what to make of the material",
    criteria = { "what to judge by", optional = true },
  },

  scope = "read-only",

  prompt = [[
TASK: {{task}}
SCOPE: {{scope}}
CRITERIA: {{criteria}}

DO:
- Work from the MATERIAL, and from the Context Pack if there is one. Read the files that
  it names where something hangs on them.
- Decide: one clear result and the one next step, with only the necessary detail.
- Judge by the CRITERIA if there are any, every option by every one of them.
- Say what each conclusion rests on, by the numbers and names of the material.
- Keep disagreements and doubts as they are; where they weigh, say what would settle them.

OUTPUT:
{{output}}

DO NOT:
- Add claims that the material does not hold.
- Pass on the material itself: condense it.
- Do the work that is decided on, or make edits.
]],

  reply = reply.report,
}
