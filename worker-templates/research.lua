--- A researcher: searches the web for one topic; every claim with its sources.

local reply = require "orch".reply

return {
  fields = {
    topic = "what to find out",
    angle = { "the side of it to look at; others look at the others", optional = true },
  },

  scope = "read-only",
  web = true,

  prompt = [[
TASK: Find and summarise reliable information on this: {{topic}}
SCOPE: {{scope}}
ANGLE: {{angle}}

DO:
- Use web search.
- Prefer primary sources, official docs, and high-quality references.
- Open each source that you name, and say in a few words why it matters.
- Give every claim the sources that bear it. Mark one that has none; do not hide it.
- Keep disagreements between sources as they are: who says what, and how sure.

OUTPUT:
{{output}}

DO NOT:
- Speculate beyond evidence.
- Name a source that you have not seen, or take several copies of one text for several.
- Settle a disagreement, or fill up the list with what does not matter.
]],

  reply = reply.research,
}
