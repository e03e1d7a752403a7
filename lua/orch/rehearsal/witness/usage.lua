--- What agents have used, by their own words: their transcripts.

local FIELDS = { "input_tokens", "output_tokens", "cache_creation_input_tokens",
  "cache_read_input_tokens" }

-- The tokens that an agent says it has used, from its own transcript.
local function tokens_said(self, start)
  local said
  for usage in (self:read(start.folder .. "/transcript") or ""):gmatch
    '\n{"type":"[tr][^\n]-"usage":(%b{})' do
    local counts = self.machine.tools.json_decode(usage) or {}
    said = 0
    for _, field in ipairs(FIELDS) do said = said + (counts[field] or 0) end
  end
  return said
end

--- Find out what every start has used.  One that went on with a conversation of codex
-- reports what that has used in all; of several in one folder only the last one counts.
local function settle(self)
  local before, last_in = {}, {}
  for _, start in ipairs(self.starts) do last_in[start.folder] = start end
  for _, start in ipairs(self.starts) do
    local said = last_in[start.folder] == start and tokens_said(self, start) or nil
    local goes_on = false
    for _, word in ipairs(start.argv) do goes_on = goes_on or word == "resume" end
    start.told = said ~= nil
    start.used = math.max(0, (said or 0) - (goes_on and before[start.label] or 0))
    before[start.label] = said or before[start.label]
  end
end

return settle
