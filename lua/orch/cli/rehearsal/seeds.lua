--- Rehearses many seeds, in this process or shared between several, and adds them up.

local core = require "orch.core"
local environment = require "orch.session.environment"
local folders = require "orch.folders"
local rehearse = require "orch.rehearsal.rehearse"
local session = require "orch.session"
local tally = require "orch.rehearsal.tally"
local task = require "orch.task"
local words = require "orch.cli.rehearsal.words"

local seeds = {}

local FEW = 20                 -- so few seeds that another process is not worth it
local SHOW_MS = 200
local CAP = 1 << 30
local PASSED = { "XDG_CONFIG_HOME" }

--- The digest of one seed of *plan*.
function seeds.digest(plan, seed)
  return tally.digest(rehearse.once(plan.subject, { seed = seed, kinds = plan.kinds,
    options = plan.options, config = plan.config, agents = plan.agents }))
end

-- A count that stays in its line, where standard error is a terminal.
local function counter(plan, shown)
  local total, live = plan.last - plan.first + 1, shown and core.terminal(2) ~= nil
  local next_at = 0
  return function(sum, last)
    if not live or not last and core.now() < next_at then return end
    next_at = core.now() + SHOW_MS
    local line = ("%d of %d rehearsals, %.0f virtual hours, %d broken"):format(sum.seeds,
      total, sum.ms / 3600000, #sum.failing)
    core.output(2, "\r" .. (last and "\27[K" or line .. "\27[K"))
  end
end

local function run_here(plan, sum, show)
  for seed = plan.first, plan.last do
    local digest = seeds.digest(plan, seed)
    sum:add(digest)
    show(sum)
    if digest.stopped then break end     -- the other seeds would not end either
  end
end

-- ── in several processes ────────────────────────────────────────────────────

local function start(plan, part)
  local argv = { core.host().program }
  local own = words.again(plan)
  table.move(own, 1, #own, 2, argv)
  for _, word in ipairs { "--seed", plan.first, "--seeds", plan.last - plan.first + 1,
    "--part", part .. "/" .. plan.jobs } do
    argv[#argv + 1] = tostring(word)
  end
  local folder = ("%s/rehearsal-%d"):format(folders.runtime(), part)
  core.make_folder(folder)
  return { rest = "", offset = 0, session = session.start {
    folder = folder, name = "rehearsal " .. part, argv = argv,
    workdir = core.host().folder, env = environment.of_child({}, PASSED), tty = false,
    stdin = "null", stderr = "file", lease_ms = 0, deadline_ms = 0, cap = CAP,
    on_leader_exit = "kill",
  } }
end

-- Take the lines that the child has written since, as digests.
local function take(child, each)
  while true do
    local bytes = child.session:read(child.offset)
    if bytes == "" then return end
    child.offset = child.offset + #bytes
    child.rest = child.rest .. bytes
    for line in child.rest:gmatch "([^\n]*)\n" do each(core.json_decode(line)) end
    child.rest = child.rest:match "([^\n]*)$"
  end
end

local function trouble(child)
  local stderr = core.read(child.session.folder .. "/stderr") or ""
  error(("a process that rehearses has failed: %s"):format(stderr:sub(-1000)), 0)
end

local function follow(children, sum, show)
  local stopped = false
  repeat
    local sources = {}
    for _, child in ipairs(children) do
      child.session:refresh()
      take(child, function(digest)
        sum:add(digest)
        stopped = stopped or digest.stopped ~= nil
      end)
      if not child.session.ended then sources[#sources + 1] = child.session:source()
      elseif child.session.status.code ~= 0 then trouble(child) end
    end
    show(sum)
    if stopped then
      for _, child in ipairs(children) do child.session:stop { grace_ms = 100 } end
      return
    end
    if sources[1] then task.wait(sources, SHOW_MS) end
  until not sources[1]
end

local function run_shared(plan, sum, show)
  task.main(function()
    local children = {}
    for part = 1, plan.jobs do children[part] = start(plan, part) end
    follow(children, sum, show)
  end)
  folders.forget()
end

--- Rehearse all seeds of *plan*; with *shown*, count them on a terminal.  Return the
-- tally.
function seeds.run(plan, shown)
  local sum, show = tally.new(), counter(plan, shown)
  local count = plan.last - plan.first + 1
  if plan.jobs == 1 or count <= FEW or not core.host().program then
    run_here(plan, sum, show)
  else
    run_shared(plan, sum, show)
  end
  show(sum, true)
  table.sort(sum.failing, function(a, b) return a.seed < b.seed end)
  return sum
end

return seeds
