-- planted.lua - faults that are planted into a copy of the library, one at a time: what
-- rehearsal must find.
--
-- Each replaces text of one module: { name, module, find = text, put = text, breaks = the
-- promise that shows it, seeds = within how many it is found }.

local planted = {}

--- A script that uses what the plants break: a plan, equal briefs in two branches, a
--- race, a fan-out, a writer, a verifier.
planted.script = [[
--- Review twice through the same lens, race two scouts, fix and verify.
local orch = require "orch"

local plan = orch.plan { "Look around", "Review it", "Fix it", "Verify it" }
orch.race({ "where names are read", "where names are written" }, function(what)
  return orch.ask("scout", { within = "src", find = what })
end)

plan:next()
local reviews = orch.each({ "first", "second", "third" }, function()
  return orch.ask("reviewer", { artefact = "src", lens = "correctness" })
end)
local findings = orch.findings(reviews)

plan:next()
orch.try("implementer", { task = "Fix them.", edit = "src/parse.c", material = findings })

plan:next()
local verdict = orch.verify { success = findings }
findings:settle(verdict)

return orch.deliver {
  result = findings:summary(), next_step = verdict.next_step, findings = findings,
  verdict = verdict,
}
]]

planted.list = {
  {
    name = "what a worker used is settled twice", module = "orch.budget.permit",
    find = "self.budget:settle(self.request, self.need, used)",
    put = "self.budget:settle(self.request, self.need, used)\n"
      .. "self.budget:settle(self.request, self.need, used)",
    breaks = "counted once", seeds = 5,
  },
  {
    name = "an agent is started after its limit", module = "orch.budget.limits",
    find = "if agent.ends > core.time() then return false end", put = "",
    breaks = "limits hold", seeds = 100,
  },
  {
    name = "a reply is used before it is synced", module = "orch.worker.attempt",
    find = "if not core.sync(path) then return nil, UNSYNCED end",
    put = "", breaks = "synced first", seeds = 5,
  },
  {
    name = "a finding is dropped in a merge", module = "orch.findings.merging",
    find = "groups[#groups + 1] = group",
    put = "if #groups < 3 then groups[#groups + 1] = group end",
    breaks = "no finding lost", seeds = 20,
  },
  {
    name = "a worker survives its stop", module = "orch.session",
    find = 'control(self, "stop", self.graces or {})',
    put = "core.release(self.handle) self.handle = nil",
    breaks = "nobody left", seeds = 20,
  },
  {
    name = "a plan has two steps in progress", module = "orch.plan",
    find = 'self.list[at].status = "completed"\n  settle(self.list, {})',
    put = '(self.list[at + 1] or {}).status = "in_progress"',
    breaks = "plan rule", seeds = 5,
  },
  {
    name = "a resume starts twice", module = "orch.run.past",
    find = 'if done.state == "ok" then return true end',
    put = 'if done.state == "ok" then return false end',
    breaks = "nothing twice", seeds = 40,
  },
  {
    name = "a failure is swallowed", module = "orch.worker.asking",
    find = "current.failures[#current.failures + 1] = problem", put = "",
    breaks = "failures are told", seeds = 40,
  },
  {
    name = "equal briefs are swapped between branches", module = "orch.run.past",
    find = ":format(what, key, branch, place)", put = ':format(what, key, "", place)',
    breaks = "own branch", seeds = 40,
  },
  {
    name = "an agent is started before that is on disk", module = "orch.run.step",
    find = "self.run.journal:write(fields, { durable = true })\n"
      .. "  self.attempts", put = "self.run.journal:write(fields)\n  self.attempts",
    breaks = "written first", seeds = 5,
  },
  {
    name = "a process that failed is believed", module = "orch.worker.outcome",
    find = "if status.code ~= 0 then", put = "if status.code == nil then",
    breaks = "only evidence makes ok", seeds = 100,
  },
  {
    name = "a verifier that could not run passes", module = "orch.verify",
    find = 'verdict("unverified", "the verifier could not say',
    put = 'verdict("pass", "the verifier could not say',
    breaks = "verdict needs a verifier", seeds = 100,
  },
}

--- The replacements for orch.load that plant *one*; raise when its text is not there.
function planted.replacements(one)
  local core = require "orch.core"
  local folder = core.environment().ORCH_SOURCE or core.host().folder
  local path = ("%s/lua/%s.lua"):format(folder, (one.module:gsub("%.", "/")))
  local text = assert(core.read(path))
  local from, til = text:find(one.find, 1, true)
  if not from then error(("%s: its text is not in %s"):format(one.name, path), 0) end
  return { [one.module] = text:sub(1, from - 1) .. one.put .. text:sub(til + 1) }
end

--- The first seed from 1 to *most* that shows it, its record with the fewest faults; or
--- nil.  *subject* is prepared from planted.script.
function planted.find(subject, one, most)
  local lots = require "orch.rehearsal.lots"
  local rehearse = require "orch.rehearsal.rehearse"
  local replacements = planted.replacements(one)
  local function breaks(seed, list)
    local record = rehearse.once(subject, { seed = seed, faults = list,
      replacements = replacements })
    for _, problem in ipairs(record.problems) do
      if problem.name == one.breaks then return true, record end
    end
    return false, record
  end
  for seed = 1, most do
    local list = lots.draw(seed, lots.names)
    if breaks(seed, list) then
      list = require "orch.rehearsal.shrink"(list, function(shorter)
        return (breaks(seed, shorter))
      end)
      return seed, select(2, breaks(seed, list))
    end
  end
end

return planted
