--- `orch-lua doctor`: whether this machine can run workers, and what to do if it cannot.

local config = require "orch.config"
local core = require "orch.core"
local say = require "orch.cli.say"
local text = require "orch.text"

local doctor = {
  usage = "doctor [--deep]",
  summary = "Examine the machine and the agents; say how to mend what is wrong.",
  help = "--deep also has every agent create a file, and looks whether it is there:\n"
    .. "that takes a minute and a few thousand tokens of each.  --agent NAME says who\n"
    .. "must be able to work.  Exit: 0 when nothing is a problem, 5 otherwise.",
}

local COLOUR = { ok = "\27[32m", warning = "\27[33m", problem = "\27[31m" }

local function is_colourful()
  local environment = core.environment()
  local refused = environment.NO_COLOR and environment.NO_COLOR ~= ""
  return not refused and environment.TERM ~= "dumb" and core.terminal(1) ~= nil
end

local function count_of(results, state)
  local count = 0
  for _, one in ipairs(results) do count = count + (one.state == state and 1 or 0) end
  return count
end

local function in_words(count, word)
  return ("%s %s%s"):format(count == 0 and "no" or count, word, count == 1 and "" or "s")
end

local function as_text(results)
  local width, colourful, lines = 0, is_colourful(), {}
  for _, one in ipairs(results) do width = math.max(width, #one.what) end
  for _, one in ipairs(results) do
    local state = ("%-7s"):format(one.state)
    if colourful then state = COLOUR[one.state] .. state .. "\27[0m" end
    lines[#lines + 1] = ("%s  %-" .. width .. "s  %s"):format(state, one.what,
      text.clean(one.found))
    if one.advice then
      lines[#lines + 1] = ("%s  to mend it: %s"):format((" "):rep(width + 9),
        text.clean(one.advice))
    end
  end
  local problems, warnings = count_of(results, "problem"), count_of(results, "warning")
  lines[#lines + 1] = ("\n%s, %s"):format(in_words(problems, "problem"),
    in_words(warnings, "warning"))
  return table.concat(lines, "\n")
end

local function as_json(results)
  return core.json_encode({ version = core.host().version,
    problems = count_of(results, "problem"), warnings = count_of(results, "warning"),
    examinations = core.array(results) }, { pretty = true })
end

function doctor.run(words, globals)
  local deep = false
  for _, word in ipairs(words) do
    if word ~= "--deep" then
      return say.unknown("word for doctor", word, { "--deep" },
        "it takes --deep, or no word at all")
    end
    deep = true
  end
  local settings, wrong = config.load()
  if not settings then return say.fail(2, wrong) end
  local results = require "orch.doctor".examine {
    settings = settings, agent = globals.agent, deep = deep,
    model = globals.model or settings.model,
    tell = function(sentence)
      if not globals.quiet then core.output(2, "orch-lua: " .. sentence .. "\n") end
    end,
  }
  require "orch.folders".forget()
  local said = say.out(globals.json and as_json(results) or as_text(results))
  if said ~= 0 then return said end
  return count_of(results, "problem") == 0 and 0 or 5
end

return doctor
