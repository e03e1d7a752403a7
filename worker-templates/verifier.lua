--- A verifier: does the deliverable meet its goal?  Pass or fail, with evidence.

local reply = require "orch".reply

return {
  fields = {
    success = "what must hold: findings that must be fixed, or a text",
    evidence = { "what checks have shown already", optional = true },
  },

  scope = "read-only",

  prompt = [[
TASK: Verify that the deliverable meets the Goal and the Success check: {{success}}
SCOPE: {{scope}}
CHECKS SO FAR: {{evidence}}

DO:
- Run checks (tests, builds, analyses, reference checks) where they are relevant and your
  scope allows them.
- Look at the deliverable itself, not at what was said about it.
- Look for obvious omissions and regressions.
- Judge every finding you were given by its id; it is fixed only if you can show it.
- Say fail if something that must hold does not; a check that could not run is no pass.

OUTPUT:
{{output}}

DO NOT:
- Fix anything yourself, or edit to make a check pass.
- Say pass for want of time or means: what you could not check is unverified.
- Bring up matters of taste.
]],

  reply = reply.verdict,
}
