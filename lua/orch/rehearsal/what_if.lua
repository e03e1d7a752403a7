--- A run that was, with a script that is another now: what was answered is answered
--- again, what would have to be asked anew is told with what it would cost.
--
-- The run's folder is copied into a world, and the script is resumed there as a dry run:
-- nothing is started, nothing is paid, and the run itself is not touched.

local core = require "orch.core"
local journal = require "orch.run.journal"
local load_over = require "orch.load"
local workers = require "orch.rehearsal.workers"
local world = require "orch.rehearsal.world"

local what_if = {}

local LARGEST = 8 * 1024 * 1024
local LEFT_OUT = { transcript = true, stderr = true, lock = true, ["keeper.sock"] = true }

-- Copy what a run has kept of its workers, but not what they have printed.
local function copy(files, folder)
  for _, name in ipairs(core.list(folder) or {}) do
    local path = folder .. "/" .. name
    local found = not LEFT_OUT[name] and core.stat(path)
    if found and found.type == "folder" then
      copy(files, path)
    elseif found and found.type == "file" and found.size <= LARGEST then
      files[path] = core.read(path)
    end
  end
  return files
end

-- Nobody looks at it while it runs.
local NOBODY = {
  event = function() end, message = function() end, close = function() end,
  output = function() return true end,
}

local function world_of(subject, first, folder)
  local files = copy({}, folder)
  for path, bytes in pairs(subject.files) do files[path] = bytes end
  return world.new(workers.install({ host = { folder = first.folder } },
    { seed = 0, share = subject.share, pack = subject.pack, files = files,
      script = subject.script }))
end

--- Resume the run in *folder* with the script of *subject*, in a world.  Return {
-- outcome, lines = the forecast for people, forecast = the same as data, markdown and
-- data = of the deliverable, or nil }; or nil and a message.
function what_if.of(subject, folder)
  local read, problem = journal.read(folder)
  if not read then return nil, problem end
  local first = read.records[1]
  local _, find = load_over(world_of(subject, first, folder))
  local loaded, wrong = find "orch.script".load(subject.path, { source = subject.source,
    pack = subject.pack, require = find,
    words = subject.words[1] and subject.words or first.words })
  if not loaded then return nil, wrong end
  local options = { dry_run = true }
  for _, name in ipairs { "agent", "model" } do options[name] = first.options[name] end
  local run, trouble = find "orch.run".open { name = first.name, source = subject.source,
    words = subject.words[1] and subject.words or first.words, options = options,
    pack = subject.pack, script = first.script, progress = NOBODY,
    resume = { folder = folder, accept = true } }
  if not run then return nil, trouble end
  local outcome, forecast = run:execute(loaded.run), find "orch.run.forecast"
  local data = run.delivered and run.delivered.data
  return {
    outcome = { kind = outcome.kind, code = outcome.code, message = outcome.message
      and subject.real(loaded.positions(tostring(outcome.message))) },
    lines = forecast.lines(run), forecast = forecast.data(run),
    data = data, markdown = data and find "orch.deliver.report".markdown(data),
  }
end

return what_if
