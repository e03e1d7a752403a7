--- Who makes the next start of a worker, and when: an agent of its chain that may be
-- started now, with a permit of the budget.
--
-- An agent that met its limit, or whose login was refused, hands over to the next of the
-- chain; when none may be started, the worker waits for the first that comes back.  What
-- an earlier engine had started needs nobody's leave.

local agents = require "orch.agents"
local failure = require "orch.failure"
local prices = require "orch.budget.prices"

local relay = {}

local Start = {}
Start.__index = Start

--- Of *chain*, a list of { agent, program }: an agent that is not confined by a sandbox,
-- if there is one.
function relay.least_confined(chain)
  for _, choice in ipairs(chain) do
    if choice.agent.sandboxed ~= true then return choice.agent end
  end
  return chain[1].agent
end

local function names_of(chain)
  local names = {}
  for i, choice in ipairs(chain) do names[i] = choice.agent.name end
  return names
end

local function choice_of(chain, name)
  for _, choice in ipairs(chain) do
    if choice.agent.name == name then return choice end
  end
end

--- A function that tells what *worker* waits for, in *state*.
local function tells(current, worker, state)
  return function(what)
    if worker.state == state and worker.waits_for == what then return end
    worker.state, worker.waits_for = state, what
    current:tell("worker", worker)
  end
end

local function dispatch(current, worker, request, choice, turn, begun)
  local model = current.options.model or current.config.model
  local ok, permit = pcall(current.budget.dispatch, current.budget, {
    role = request.role, label = worker.label, agent = choice.agent, begun = begun,
    price = prices.of(current.config.prices, choice.agent, model),
    waits = tells(current, worker, "queued"),
    stays = function() return turn:stays() end, news = current.limits.changed,
  })
  if ok then return permit end
  if failure.is(permit) then permit.label = worker.label end
  error(permit, 0)
end

local function new_start(current, worker, choice, turn, permit)
  worker.agent = choice.agent.name
  return setmetatable({ budget = current.budget, agent = choice.agent,
    program = choice.program, turn = turn, permit = permit }, Start)
end

--- The start of an earlier engine that the journal has as *begun*.
local function of_earlier(current, worker, request, begun)
  local agent, program = agents.named(begun.agent, current.config.agents or {})
  local choice, turn = { agent = agent, program = program },
    current.limits:join(agent.name)
  return new_start(current, worker, choice, turn,
    dispatch(current, worker, request, choice, turn, true))
end

--- Why no agent may be started: *problem*, and all that *refused*, the failure of the
-- worker's last start if there was one, had left behind.
local function why_none(worker, problem, refused)
  if not (refused and refused.state == problem.state) then
    problem.label = worker.label
    return problem
  end
  if problem.state == "limited" then
    refused.reason, refused.reset = problem.reason, problem.reset or refused.reset
  end
  return refused
end

--- One agent of the chain, when it is its turn, and a permit for it.  Return nil when the
-- agent was paused while this one waited for the permit.
local function try(current, worker, request, turn)
  local permit
  local _ <close> = setmetatable({}, {
    __close = function() if not permit then turn:close() end end,
  })
  local choice = choice_of(request.agents, turn.name)
  permit = dispatch(current, worker, request, choice, turn)
  return permit and new_start(current, worker, choice, turn, permit)
end

--- Wait until start *number* of *worker* may be made.  Return it, { agent, program,
-- permit }, to be closed; or nil and a failure.  *refused*: the failure of the start
-- before, if that met a limit.  Raise a failure `over_budget`.
function relay.enter(current, worker, request, number, refused)
  local begun = worker.step.attempts[number]
  if begun then return of_earlier(current, worker, request, begun) end
  while true do
    local turn, problem = current.limits:enter(names_of(request.agents),
      tells(current, worker, "waiting"))
    if not turn then return nil, why_none(worker, problem, refused) end
    local start = try(current, worker, request, turn)
    if start then return start end
  end
end

--- Whether a start that failed with *problem* is made again, by whoever may.
function relay.hands_over(problem)
  return problem.state == "limited" or problem.cause == "auth"
end

--- The time that it gets which may take *ms*.
function Start:deadline(ms)
  self.wanted, self.given = ms, self.budget:deadline(ms)
  return self.given
end

--- It has ended, with *problem* if it failed.  One that was ended because the minutes of
-- the run were over has not timed out.
function Start:told(problem)
  local session = self.permit.session
  self.turn:told(problem, session and session.status.ended)
  local cut = self.given ~= self.wanted
  if not (problem and problem.state == "timed_out" and cut) then return end
  problem.state, problem.cause, problem.budget = "over_budget", nil, "minutes"
  problem.reason = "the minutes of the budget were over before it had ended"
end

function Start:close()
  self.permit:close()
  self.turn:close()
end

Start.__close = Start.close

return relay
