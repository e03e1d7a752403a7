--- What a witness hears of what the script is given: replies, merges, deliverables.

local replies = require "orch.reply"

-- The titles that the *reply*'s own text has and its findings have not.
local function missing_of(reply)
  if type(reply.findings) ~= "table" or reply.verdict ~= nil then return nil end
  local parsed = replies.findings.grammar(reply.text)
  local titles, missing = {}, {}
  for _, finding in ipairs(reply.findings) do
    titles[finding.title] = true
    for _, said in ipairs(finding.said or {}) do titles[said.title] = true end
  end
  for _, finding in ipairs(parsed and parsed.findings or {}) do
    if not titles[finding.title] then missing[#missing + 1] = finding.title end
  end
  return missing
end

-- The script gets *reply* of the worker *record*.
local function on_reply(self, record, reply)
  local step = record.step or {}
  local launch = step.n and self.journal:launch(step.n)
  self.steps[#self.steps + 1] = { engine = self.engine, branch = self.branch(),
    asked_in = launch and launch.branch, key = step.key, place = step.place,
    label = reply.label, text = reply.text, missing = missing_of(reply) }
end

local function on_report(self, given, data)
  local titles = {}
  for _, finding in ipairs(data.findings or {}) do titles[finding.title] = true end
  for _, finding in ipairs(given.findings or {}) do
    if not titles[finding.title] then
      self.undelivered[#self.undelivered + 1] = finding.title
    end
  end
end

--- Listen to what the script of a run is given by its library, which *find* finds: the
-- witness *self* hears of replies, merges and deliverables.
local function listen(self, find)
  local brief, findings = find "orch.worker.brief", find "orch.findings"
  local report = find "orch.deliver.report"
  local reply_of, merge, data_of = brief.reply, findings.merge, report.data
  self.branch = find "orch.task".branch
  function brief.reply(parsed, record, message)
    local reply = reply_of(parsed, record, message)
    on_reply(self, record, reply)
    return reply
  end
  function findings.merge(given, options)
    local fine, list = pcall(merge, given, options)
    if not fine then error(list, 2) end
    self.merges[#self.merges + 1] = { given = given, made = list }
    return list
  end
  function report.data(current, given)
    local data = data_of(current, given)
    on_report(self, given, data)
    return data
  end
end

return listen
