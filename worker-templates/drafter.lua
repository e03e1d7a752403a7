--- A drafter: proposes one option, with its trade-offs by criteria that were stated.

local reply = require "orch".reply

return {
  fields = {
    task = "what the option is for",
    criteria = "what the options will be judged by",
    stance = { "where to start from, so that the options differ", optional = true },
    unlike = { "options that there are already", optional = true },
  },

  scope = "read-only",

  prompt = [[
TASK: Draft one option for this, to be judged beside others: {{task}}
SCOPE: {{scope}}
STANCE: {{stance}}
CRITERIA: {{criteria}}
UNLIKE: {{unlike}}

DO:
- Propose one good option, thought through far enough that one could begin tomorrow.
- Take your STANCE seriously: somebody else drafts the obvious middle.
- If there is something under UNLIKE, differ from it in the approach, not in the words.
- Say for every criterion what this option gains and what it costs.

OUTPUT:
{{output}}

DO NOT:
- Offer several options, or a blend of all.
- Praise the option, or judge it against others.
- Make edits.
]],

  reply = reply.option,
}
