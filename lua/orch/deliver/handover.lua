--- Hands the deliverable over: kept in the run's folder, and printed.

local core = require "orch.core"
local report = require "orch.deliver.report"

local function keep(run, markdown, json)
  run:keep("result.md", markdown)
  run:keep("result.json", json)
end

--- Hand *data*, made by report.data, over as what *run* delivers.  A result that cannot
-- be kept is printed all the same, and then a failure.
local function handover(run, data, verdict)
  local markdown = report.markdown(data)
  local json = core.json_encode(data, { pretty = true }) .. "\n"
  run.delivered = { verdict = verdict, partial = data.partial, data = data }
  if run.options.dry_run then return end
  local kept, problem = pcall(keep, run, markdown, json)
  local name = run.options.json and "result.json" or "result.md"
  run:output(run.options.json and json or markdown,
    kept and run.folder .. "/" .. name or nil)
  if not kept then error(problem, 0) end
end

return handover
