--- A real tool call of each agent: it is asked to create a file, and the file is read.
--
-- An agent whose tools do not work may say that all is well; only the effect tells.

local core = require "orch.core"
local failure = require "orch.failure"
local run = require "orch.run"
local text = require "orch.text"
local worker = require "orch.worker"

local deep = {}

local DEADLINE_MS = 5 * 60 * 1000

local function open(name, about)
  local opened, problem = run.open {
    name = "doctor", config = about.settings,
    options = { agent = { ["*"] = { name } }, jobs = 1, model = about.model },
  }
  if not opened then failure.refuse("environment", "%s", problem) end
  return opened
end

local function judge(file, secret, outcome, current)
  local last = current.workers[1]
  local trace = last and last.folder .. "/1/transcript"
  if outcome.kind ~= "nothing" then
    local message = (outcome.message or outcome.kind):gsub("^[^\n]-%.lua:%d+: ", "")
    return "problem", text.shorten(message, 200), trace
  end
  local written = core.read(file, 0, 4096)
  if not written then
    return "problem", "it said that the file was made, but there is none: "
      .. "its tools do not work", trace
  elseif text.trim(written) ~= secret then
    return "problem", "the file that it made holds something else", trace
  end
  return "ok", ("it created a file as told (%s, %d tokens)"):format(
    text.duration(last.ended - last.started), current:tokens())
end

local function examine(name, about)
  about.tell(("asking %s to create a file, which takes a few thousand tokens")
    :format(name))
  local opened <close> = open(name, about)
  local scratch = opened.folder .. "/scratch"
  local secret = core.hash(core.random(16)):sub(1, 16)
  core.make_folder(scratch)
  local outcome = opened:execute(function()
    worker.ask("implementer", {
      task = ("Create the file proof.txt with the single line %s and nothing else.")
        :format(secret),
      edit = scratch .. "/proof.txt", deadline_ms = DEADLINE_MS,
    })
  end)
  local state, found, trace = judge(scratch .. "/proof.txt", secret, outcome, opened)
  if state == "ok" then core.remove(opened.folder, { tree = true }) end
  return state, found, trace
end

function deep.examinations(about)
  local list = {}
  local label = about.environment.ORCH_WORKER
  for _, one in ipairs(about.agents) do
    if one.ready and one.name ~= "offline" then
      list[#list + 1] = { what = one.name .. " tools",
        examine = function()
          if label and label ~= "" then return "warning", "not tried inside a worker" end
          return examine(one.name, about)
        end,
        advice = function(trace) return trace and "less " .. trace end }
    end
  end
  return list
end

return deep
