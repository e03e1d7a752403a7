--- Adds up many rehearsals: how they ended, what they cost, what never occurred.
--
-- It takes the digest of a record, plain data, so that rehearsals of other processes
-- count as well.

local text = require "orch.text"

local tally = {}

local Tally = {}
Tally.__index = Tally

local STATES = { "ok", "failed", "blocked", "limited", "over_budget", "timed_out",
  "stopped", "lost" }

--- What a tally needs of a *record* of rehearse.once, as plain data.
function tally.digest(record)
  local states, problems, happened = {}, {}, {}
  for _, worker in ipairs(record.workers) do
    for _, state in ipairs(worker.states) do states[state] = true end
  end
  for i, problem in ipairs(record.problems) do
    problems[i] = { name = problem.name, promise = problem.promise, text = problem.text }
  end
  for _, fault in ipairs(record.happened) do happened[fault.kind] = true end
  return {
    seed = record.seed, kind = record.outcome.kind, code = record.outcome.code,
    workers = #record.workers, starts = record.starts, ms = record.ms,
    tokens = record.tokens, money = record.spent and record.spent.money,
    resumes = record.resumes, faults = #record.faults,
    states = text.sorted_keys(states), happened = text.sorted_keys(happened),
    problems = problems, calls = table.move(record.calls, 1, #record.calls, 1, {}),
    stopped = record.stopped,
  }
end

--- An empty tally; its `money` is nil as long as nobody has told a cost.
function tally.new()
  return setmetatable({ seeds = 0, outcomes = {}, workers = 0, starts = 0, ms = 0,
    tokens = 0, resumes = 0, states = {}, happened = {}, failing = {}, calls = {},
    longest = nil, dearest = nil }, Tally)
end

local function more(a, b, field)
  if not b or a[field] > b[field] then return a end
  if a[field] == b[field] and a.seed < b.seed then return a end
  return b
end

--- Count the *digest* of one rehearsal.
function Tally:add(digest)
  self.seeds = self.seeds + 1
  local outcome = ("%s %d"):format(digest.kind, digest.code)
  self.outcomes[outcome] = (self.outcomes[outcome] or 0) + 1
  for _, field in ipairs { "workers", "starts", "ms", "tokens", "resumes" } do
    self[field] = self[field] + digest[field]
  end
  if digest.money then self.money = (self.money or 0) + digest.money end
  for _, state in ipairs(digest.states) do
    self.states[state] = (self.states[state] or 0) + 1
  end
  for _, kind in ipairs(digest.happened) do
    self.happened[kind] = (self.happened[kind] or 0) + 1
  end
  for _, name in ipairs(digest.calls) do self.calls[name] = true end
  self.longest = more(digest, self.longest, "ms")
  self.dearest = more(digest, self.dearest, "tokens")
  if digest.problems[1] then self.failing[#self.failing + 1] = digest end
end

--- The digest of the failing rehearsal that is easiest to understand: the one with the
-- fewest faults, and of those the one with the smallest seed; or nil.
function Tally:smallest()
  local best
  for _, digest in ipairs(self.failing) do
    local better = not best or digest.faults < best.faults
      or digest.faults == best.faults and digest.seed < best.seed
    if better then best = digest end
  end
  return best
end

--- The states of workers that never occurred, in the order of the manual.
function Tally:unseen()
  local list = {}
  for _, state in ipairs(STATES) do
    if not self.states[state] then list[#list + 1] = state end
  end
  return list
end

return tally
