--- What agents have used, by their own words: their transcripts.

local FIELDS = { "input_tokens", "output_tokens", "cache_creation_input_tokens",
  "cache_read_input_tokens" }

-- The tokens that an agent says it has used, from its own transcript.
local function tokens_said(self, start)
  local said = 0
  for usage in (self:read(start.folder .. "/transcript") or ""):gmatch
    '\n{"type":"[tr][^\n]-"usage":(%b{})' do
    local counts = self.machine.tools.json_decode(usage) or {}
    said = 0
    for _, field in ipairs(FIELDS) do said = said + (counts[field] or 0) end
  end
  return said
end

--- Find out what every start has used.  One that went on with a conversation of codex
-- reports what that has used in all.
local function settle(self)
  local last = {}
  for _, start in ipairs(self.starts) do
    local said = tokens_said(self, start)
    local goes_on = false
    for _, word in ipairs(start.argv) do goes_on = goes_on or word == "resume" end
    start.used = goes_on and math.max(0, said - (last[start.label] or 0)) or said
    last[start.label] = said
  end
end

return settle
