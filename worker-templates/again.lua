--- The second asking: a reply that could not be read is asked for once more.

return {
  fields = {
    missing = "what the first reply lacked",
    message = { "the first reply, for a worker that does not remember it",
      optional = true, foreign = true },
  },

  scope = "read-only",

  prompt = [[
TASK: Give your report again, in the form that OUTPUT asks for. The work itself is done.
SCOPE: {{scope}}
WHAT WAS MISSING: {{missing}}
YOUR FIRST REPORT: {{message}}

DO:
- Write the whole report again, not only what was missing.
- Say only what you saw or did. If something was not done, say so in its place.

OUTPUT:
{{output}}

DO NOT:
- Work on, edit anything or start anything.
- Apologise or explain.
]],
}
