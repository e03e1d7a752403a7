--- A worker for any task that only reads: scouting, checking, drafting, comparing.

local reply = require "orch".reply

return {
  fields = {
    task = "what to do, as one sentence or a short text",
  },

  scope = "read-only",

  prompt = [[
TASK: {{task}}
SCOPE: {{scope}}

DO:
- Do the task as it stands. Follow the Context Pack if there is one.
- Look before you say: read what you speak of, and name files, lines, commands or sources.
- Say what you could not find out.

OUTPUT:
{{output}}

DO NOT:
- Expand the scope.
- Edit, create or delete anything outside your scope.
- Repeat the task, or tell how you went about it.
]],

  reply = reply.report,
}
