--- A scout: gathers the minimum of context, or finds how the work divides.
--- It answers with a map; a script may ask for slices with `reply = orch.reply.slices`.

local reply = require "orch".reply

return {
  fields = {
    find = "what to find: where something is, what one must know, how work divides",
    within = { "the file or folder to look in", "." },
  },

  scope = "read-only",

  prompt = [[
TASK: Scout `{{within}}` and find {{find}}
SCOPE: {{scope}}

DO:
- Find where things are and what their current state is; open what you name.
- Gather the minimum that is needed, the most important first: what a good colleague
  would show somebody who is about to begin.
- Name paths as they are from the folder that you were started in.
- Say of each what it is and why it matters here, not what its name says already.

OUTPUT:
{{output}}

DO NOT:
- Expand the scope.
- Make edits.
- Solve the task, or choose how it is to be solved.
- List what nobody needs for it.
]],

  reply = reply.map,
}
