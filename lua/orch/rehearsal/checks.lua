--- What must hold after every rehearsal, whatever went wrong in it.
--
-- An invariant is { name, promise = a sentence, broken = function(run, say) } and calls
-- say(text, ...) for each thing that breaks it.  A run is the record of rehearse.once.

local checks = {}

local MOST = 5                 -- things that one invariant says of a run

local files = { "ending", "workers", "replies", "budget", "resume" }

--- All invariants, in the order in which they are looked at.
checks.all = {}
for _, file in ipairs(files) do
  local group = require("orch.rehearsal.checks." .. file)
  table.move(group, 1, #group, #checks.all + 1, checks.all)
end

local function look(run, check, problems)
  local count = 0
  local function say(text, ...)
    count = count + 1
    if count > MOST then return end
    problems[#problems + 1] = { name = check.name, promise = check.promise,
      text = select("#", ...) > 0 and text:format(...) or text }
  end
  local fine, wrong = pcall(check.broken, run, say)
  if not fine then say("%s", tostring(wrong)) end
end

-- The user's own check: it raises, or returns false and why.
local function of_user(always)
  return {
    name = "always", promise = "what the rehearsal file says always holds",
    broken = function(run, say)
      local good, why = always(run)
      if good == false then say("%s", tostring(why or "it returned false")) end
    end,
  }
end

--- Look at *run*.  always = a function of the user's own, if any; again() -> the record
-- of the same seed without any fault.  Return the list of problems, each {
-- name, promise, text }.
function checks.run(run, always, again)
  local problems = {}
  run.undisturbed = again
  for _, check in ipairs(checks.all) do look(run, check, problems) end
  if always then look(run, of_user(always), problems) end
  run.undisturbed = nil
  return problems
end

return checks
