--- orch.verify: a verification always answers.  `pass` needs evidence; a verifier that
-- could not run gives `unverified`, never a pass or a fail.

local check = require "orch.check"
local failure = require "orch.failure"
local fields = require "orch.fields"
local worker = require "orch.worker"

local Verdict = { __name = "verdict" }
Verdict.__index = Verdict

local ALLOWED = {
  success = fields.any, check = fields.string, before = fields.any, context = fields.any,
  material = fields.any, agent = fields.string, deadline_ms = fields.milliseconds,
}

function Verdict:__tostring()
  return self.state .. (self.reason and ": " .. self.reason or "")
end

--- Writes itself into a brief: the state, and the evidence and the problems as a block.
function Verdict:__brief()
  local lines = {}
  for _, item in ipairs(self.evidence) do lines[#lines + 1] = "- " .. tostring(item) end
  for id, finding in pairs(self.findings) do
    lines[#lines + 1] = ("- %s: %s - %s")
      :format(id, finding.state, finding.evidence or "")
  end
  for _, problem in ipairs(self.problems) do
    lines[#lines + 1] = ("- [%s] %s %s - %s"):format(problem.severity,
      problem.where or "somewhere", problem.title, problem.evidence)
  end
  table.sort(lines)
  return tostring(self), #lines > 0 and table.concat(lines, "\n") or nil, "verdict"
end

local NEXT = {
  pass = "Look at the changes and keep them.",
  fail = "Fix what the verdict names, then verify again.",
  unverified = "Verify by hand: nobody could.",
}

local function verdict(state, reason, evidence, reply)
  return setmetatable({
    state = state, reason = reason, evidence = evidence,
    findings = reply and reply.findings or {}, problems = reply and reply.problems or {},
    next_step = reply and reply.next_step or NEXT[state],
  }, Verdict)
end

--- The check's word against the verifier's: a failed check is never a pass.
local function judge(given, after, reply)
  local evidence = {}
  if after then evidence[1] = tostring(after) end
  for _, item in ipairs(reply.evidence or {}) do
    local repeated = after and item:find(tostring(after), 1, true)
    if not repeated then evidence[#evidence + 1] = item end
  end
  if after and not after.pass then
    local failed_before = given.before and not given.before.pass
    return verdict("fail", ("`%s` %s%s"):format(after.command, after.reason,
      failed_before and "; it failed before as well" or ""), evidence, reply)
  end
  if reply.verdict == "fail" then return verdict("fail", nil, evidence, reply) end
  if #evidence == 0 then
    return verdict("unverified", "the verifier says pass without any evidence", evidence,
      reply)
  end
  return verdict("pass", nil, evidence, reply)
end

--- Verify { success = what must hold: findings or a text, check = a command that must
-- pass, before = its evidence from earlier, context =, material = }.  Return a verdict:
-- `.state` "pass", "fail" or "unverified", `.reason`, `.evidence`, `.findings` by id,
-- `.next_step`.  It never raises for a worker.
local function verify(given)
  fields.check("orch.verify", given, ALLOWED, 2)
  if given.success == nil and given.check == nil then
    error("orch.verify needs 'success', what must hold, or 'check', a command that must "
      .. "pass", 2)
  end
  local after = given.check and check(given.check)
  local reply, problem = worker.try("verifier", {
    success = given.success or ("The command `%s` passes."):format(given.check),
    evidence = after, material = given.material, context = given.context,
    agent = given.agent, deadline_ms = given.deadline_ms,
  })
  if reply then return judge(given, after, reply) end
  if after and not after.pass then
    return verdict("fail", ("`%s` %s"):format(after.command, after.reason),
      { tostring(after) })
  end
  return verdict("unverified", "the verifier could not say: " .. tostring(problem),
    after and { tostring(after) } or {}), failure.is(problem) and problem or nil
end

return verify
