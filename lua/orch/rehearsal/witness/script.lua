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

local function on_reply(self, branch, key, reply)
  local place = 1
  for _, step in ipairs(self.steps) do
    local same = step.engine == self.engine and step.branch == branch and step.key == key
    if same then place = place + 1 end
  end
  self.steps[#self.steps + 1] = { engine = self.engine, branch = branch, key = key,
    place = place, label = reply.label, text = reply.text, missing = missing_of(reply) }
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

--- Listen to the steps of *run*, the one door of everything a script does outside, and
-- to the merges and deliverables of its library, which *find* finds.
local function listen(self, run, find)
  local findings, report = find "orch.findings", find "orch.report"
  local step, merge, data_of = run.step, findings.merge, report.data
  local engine = self.engine
  self.branch = find "orch.task".branch
  function run.step(current, kind, key, ...)
    local results = table.pack(step(current, kind, key, ...))
    local reply = results[1]
    if kind == "ask" and type(reply) == "table" and reply.text and engine == self.engine then
      on_reply(self, self.branch(), key, reply)
    end
    return table.unpack(results, 1, results.n)
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
