--- The offline verifier: looks for each finding again.  It runs nothing; the result of a
-- check is taken from the brief.

local defects = require "orch.offline.defects"
local files = require "orch.offline.files"
local paths = require "orch.paths"

local verify = {}

local CHECK_FAILS = "The check fails"

--- The state of one finding now and the evidence for it.
local function judge(desk, finding)
  local check = desk.brief.checks[1]
  if finding.title:sub(1, #CHECK_FAILS) == CHECK_FAILS and check then
    return check.pass and "fixed" or "open", check.line
  end
  local defect = defects.by_title(finding.title)
  if not defect then
    return "unverified", "not one of the defects that the offline agent can check"
  end
  if not finding.path then return "unverified", "it names no file" end
  local full = paths.absolute(finding.path, desk.root)
  local file, why = files.read(desk.core, desk.root, full)
  if not file then return "unverified", ("%s: %s"):format(finding.path, why) end
  local hits = defects.hits_of(defect, file, finding)
  if #hits > 0 then
    return "open", ("%s:%d still reads: %s")
      :format(file.path, hits[1].line, hits[1].evidence)
  end
  local where = defect.once and ("in its %d lines"):format(#file.lines)
    or finding.line and ("at or near line %d"):format(finding.line) or "where it was"
  return "fixed", ("%s has no %s %s any more"):format(file.path, defect.what, where)
end

local function judge_all(desk)
  local states, lines = { fixed = 0, open = 0, unverified = 0 }, {}
  for i, finding in ipairs(desk.brief.findings) do
    local state, evidence = judge(desk, finding)
    states[state] = states[state] + 1
    lines[i] = ("%s: %s - %s"):format(finding.id, state, evidence)
  end
  return states, lines
end

--- The check that fails, as a verdict lists problems.
local function problems(checks)
  local out = {}
  for _, check in ipairs(checks) do
    if not check.pass then
      out[#out + 1] = ("%d. [high] %s\n   Evidence: %s\n   Fix: make it pass")
        :format(#out + 1, CHECK_FAILS, check.line)
    end
  end
  return #out > 0 and "PROBLEMS:\n" .. table.concat(out, "\n") or "PROBLEMS: none"
end

local function next_step(states, failed)
  if failed then return "Find out why the check fails." end
  if states.open > 0 then return "Fix what is open." end
  if states.unverified > 0 then return "Have a real agent verify the rest." end
  return "Read the change and commit it."
end

--- Whether the command that passed is all that must hold, as orch.verify says it.
local function check_is_all(brief)
  local check = brief.checks[1]
  local command = brief.task:match "The command `(.*)` passes%.$"
  return check and check.pass and command
    and check.line:sub(1, #command + 2) == "`" .. command .. "`"
end

--- Verify -> the reply | nil, why it cannot be judged.
function verify.run(desk)
  local brief = desk.brief
  local states, lines = judge_all(desk)
  local evidence, failed = {}, false
  for _, check in ipairs(brief.checks) do
    failed = failed or not check.pass
    evidence[#evidence + 1] = "- the check: " .. check.line
  end
  -- Without a finding that can be checked, a check that passes tells nothing, unless it
  -- was all that was asked for.
  if states.fixed + states.open == 0 and not failed and not check_is_all(brief) then
    return nil, "the offline agent verifies findings of its own kinds and the result of "
      .. "a check; there is none in this brief that it can judge"
  end
  local n = #brief.findings
  if n > 0 then
    local what = n == 1 and "finding" or "findings"
    evidence[#evidence + 1] = ("- looked again for %d %s: ")
      :format(n, what) .. ("%d fixed, %d open, %d unverified")
      :format(states.fixed, states.open, states.unverified)
  end
  local pass = not failed and states.open == 0 and states.unverified == 0
  return table.concat({
    "VERDICT: " .. (pass and "pass" or "fail"), "",
    "EVIDENCE:", table.concat(evidence, "\n"), "",
    n > 0 and "FINDINGS:\n" .. table.concat(lines, "\n") or "FINDINGS: none", "",
    problems(brief.checks), "",
    "NEXT: " .. next_step(states, failed),
  }, "\n") .. "\n"
end

return verify
