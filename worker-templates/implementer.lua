--- An implementer: builds, writes, analyses or edits, and stays within its paths.

local reply = require "orch".reply

return {
  fields = {
    task = "what to produce or change",
  },

  scope = "edit",

  prompt = [[
TASK: {{task}}
SCOPE: {{scope}}

DO:
- Follow the Context Pack if there is one, and work from the MATERIAL if there is any.
- Make changes proportionate to the request: the smallest that does all of it.
- Keep the manner of what is there. Check what you made, as far as your scope allows.
- Edit only what SCOPE names. If the task cannot be done within it, say so.

OUTPUT:
{{output}}

DO NOT:
- Drift into unrelated improvements.
- Commit, push, or change settings.
- Call something done that you have not looked at again.
]],

  reply = reply.changes,
}
