--- orch.deliver: the boss rule.  One clear result, one recommended next step, and only
-- the necessary detail; a raw worker message is refused.

local fields = require "orch.fields"
local handover = require "orch.deliver.handover"
local partial = require "orch.deliver.partial"
local report = require "orch.deliver.report"
local run = require "orch.run"
local text = require "orch.text"

local RAW_MIN = 40             -- shorter messages are too likely to recur by chance

local function sentence(value)
  if type(value) ~= "string" or not value:find "%S" then return "a sentence" end
end

--- The worker whose whole message is in *section*, a text or a list of texts, or nil.
local function raw_author(current, section)
  if type(section) == "table" then section = table.concat(section, "\n") end
  for raw, label in text.sorted_pairs(current.raw) do
    if #raw >= RAW_MIN and section:find(raw, 1, true) then return label end
  end
end

local function refuse_raw(current, data)
  local written = { result = data.result, next_step = data.next_step }
  for name, section in pairs(data.sections or {}) do written[name] = section end
  for name, section in text.sorted_pairs(written) do
    local label = raw_author(current, section)
    if label then
      error(("orch.deliver: '%s' holds the whole raw message of %s; curate it: take the "
        .. "fields that the reader needs"):format(name, label), 3)
    end
  end
end

local function check(current, given)
  fields.check("orch.deliver", { result = given.result, next_step = given.next_step },
    { result = sentence, next_step = sentence }, 3)
  for _, name in ipairs { "result", "next_step" } do
    if given[name] == nil then
      error(("orch.deliver needs '%s': %s"):format(name, name == "result"
        and "what came out, in one sentence"
        or "the one thing that you recommend to do next"), 3)
    end
  end
  for name, value in text.sorted_pairs(given) do
    if type(name) ~= "string" then
      error("orch.deliver takes named fields only, got a value without a name", 3)
    end
    if not report.is_section(name, value) then
      error(("orch.deliver: '%s' must be a text or a list of texts"):format(name), 3)
    end
  end
  if current.delivered then
    error("orch.deliver was called twice: a run has one result", 3)
  end
end

--- The plan is over when its last step was in progress.
local function complete(plan)
  if not plan or plan:done() then return end
  local _, at = plan:current()
  if at == #plan:steps() then plan:next() end
end

--- Deliver { result =, next_step =, findings =, verdict =, partial =, any other section
-- = }.  Prints it on stdout as Markdown, or as JSON with --json, keeps both in the run's
-- folder, and adds the changes, the failures and an unfinished plan itself.  A result
-- that cannot be kept is printed all the same, and then a failure.
local function deliver(given)
  if type(given) ~= "table" then error("orch.deliver needs a table of fields", 2) end
  local current = run.current()
  check(current, given)
  complete(current.plan)
  local data = report.data(current, given)
  data.partial = data.partial or partial.is(current)
  refuse_raw(current, data)
  handover(current, data, given.verdict)
  return data
end

return deliver
