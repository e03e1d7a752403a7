--- orch.deliver: the boss rule.  One clear result, one recommended next step, and only
-- the necessary detail; a raw worker message is refused.

local core = require "orch.core"
local fields = require "orch.fields"
local report = require "orch.report"
local run = require "orch.run"
local text = require "orch.text"

local RAW_MIN = 40             -- shorter messages are too likely to recur by chance

local function sentence(value)
  if type(value) ~= "string" or not value:find "%S" then return "a sentence" end
end

local function refuse_raw(current, name, value)
  if type(value) == "table" and getmetatable(value) == nil then
    for _, item in ipairs(value) do refuse_raw(current, name, item) end
  end
  if type(value) ~= "string" then return end
  for raw, label in text.sorted_pairs(current.raw) do
    if #raw >= RAW_MIN and value:find(raw, 1, true) then
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
    refuse_raw(current, name, value)
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
-- folder, and adds the changes, the failures and an unfinished plan itself.
local function deliver(given)
  if type(given) ~= "table" then error("orch.deliver needs a table of fields", 2) end
  local current = run.current()
  check(current, given)
  complete(current.plan)
  local data = report.data(current, given)
  local markdown = report.markdown(data)
  local json = core.json_encode(data, { pretty = true }) .. "\n"
  current.delivered = { verdict = given.verdict, partial = given.partial, data = data }
  if current.options.dry_run then return data end
  current:keep("result.md", markdown)
  current:keep("result.json", json)
  current.progress:output(current.options.json and json or markdown)
  return data
end

return deliver
