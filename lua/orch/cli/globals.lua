--- The options that belong to orch-lua itself; they may stand before or after the script.
--
-- A `take` turns the user's word into the value to keep, or returns nil and a message.
-- What is hidden, orch-lua says to itself.

local amounts = require "orch.budget.amounts"
local config = require "orch.config"

local modes = { auto = true, tty = true, plain = true, json = true, quiet = true }

local function text(word)
  if word ~= "" then return word end
  return nil, "it must not be empty"
end

local function count(word)
  local number = word:find "^%d+$" and math.tointeger(tonumber(word))
  if number and number > 0 then return number end
  return nil, ("'%s' is not a whole number above 0"):format(word)
end

local function mode(word)
  if modes[word] then return word end
  return nil, ("'%s' is none of auto, tty, plain, json, quiet"):format(word)
end

local function agent(word, globals)
  local role, names = config.agent(word)
  if not role then return nil, names end
  local wishes = globals.agent or {}
  wishes[role] = names
  return wishes
end

-- Given twice, the later amount of a kind counts.
local function budget(word, globals)
  local found, problem = amounts.parse(word)
  if not found then return nil, problem end
  return amounts.merge(globals.budget, found)
end

return {
  { name = "--agent", value = "[ROLE=]NAME[,NAME...]", key = "agent", take = agent,
    help = "who does the work; names after the first stand in for it; repeatable" },
  { name = "--model", value = "NAME", key = "model", take = text,
    help = "the model that the agent is told to use" },
  { name = "--context", value = "FILE", key = "context", take = text,
    help = "what every worker is told besides its task" },
  { name = "--jobs", value = "N", key = "jobs", take = count,
    help = "how many workers run at once at most" },
  { name = "--budget", value = "KIND=AMOUNT[,...]", key = "budget", take = budget,
    help = "what the run may use: tokens=500k,minutes=60,workers=20,money=5" },
  { name = "--max-wait", value = "DURATION", key = "max_wait_ms", take = config.duration,
    help = "how long workers wait for an agent that is limited; 6h" },
  { name = "--deadline", value = "DURATION", key = "deadline_ms", take = config.duration,
    help = "when the run ends at the latest, such as 90s, 30m or 2h" },
  { name = "--detach", key = "detach",
    help = "go on in the background: 'show', 'logs' and 'stop' tell of it" },
  { name = "--detached", value = "ID", key = "detached", take = text, hidden = true },
  { name = "--dry-run", key = "dry_run",
    help = "show what every worker would be told, and start none" },
  { name = "--progress", value = "MODE", key = "progress", take = mode,
    help = "auto, tty, plain, json or quiet, on standard error" },
  { name = "--json", key = "json", help = "print the result as JSON" },
  { name = "--quiet", short = "-q", key = "quiet", help = "only warnings and failures" },
  { name = "--verbose", short = "-v", key = "verbose",
    help = "more detail, and where errors come from" },
  { name = "--help", short = "-h", key = "help",
    help = "this text; after a script: what it does and its options" },
  { name = "--version", key = "version", help = "print the version" },
}
