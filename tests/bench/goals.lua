--- What orch-lua wants to reach, as figures of one run.

local goals = {}

local PTY_PEERS = { "ptyprocess", "node-pty", "pexpect", "expect", "tmux" }

local function to_reference(measure, figure)
  return function(summary)
    return summary.ratio({ measure, "orch-lua" }, { measure, "reference" }, figure)
  end
end

local function median(measure, figure)
  return function(summary) return summary.median(measure, "orch-lua", figure) end
end

local function to_best_peer(summary)
  local least
  for _, peer in ipairs(PTY_PEERS) do
    local ratio = summary.ratio({ "jobs", "orch-lua" }, { "jobs", peer }, "rate")
    if ratio and (not least or ratio < least) then least = ratio end
  end
  return least
end

local function of_alive(summary)
  return summary.ratio({ "jobs, 1000 alive", "orch-lua" }, { "jobs", "orch-lua" }, "rate")
end

local function best_echo(summary)
  local ours = summary.values("echo", "orch-lua", "p50_us")[1]
  local reference = summary.values("echo", "reference", "p50_us")[1]
  return ours and reference and ours / reference
end

local function lost(summary)
  local worst = 0
  for _, measure in ipairs { "capture", "flood" } do
    local values = summary.values(measure, "orch-lua", "lost")
    if #values == 0 then return nil end
    worst = math.max(worst, values[#values])
  end
  return worst
end

local LIST = {
  { "trivial jobs, two CPUs, of the reference's rate", ">=", 0.50,
    to_reference("jobs", "rate") },
  { "trivial jobs, one CPU, of the reference's rate", ">=", 0.35,
    to_reference("jobs, one CPU", "rate") },
  { "trivial jobs, of the rate of the best peer with a PTY", ">=", 4, to_best_peer },
  { "trivial jobs with 1000 sessions alive, of the rate without", ">=", 0.8, of_alive },
  { "capture of 200 times 1 MiB, of the reference's time", "<=", 1.2,
    to_reference("capture", "seconds") },
  { "bytes lost", "<=", 0, lost },
  { "flood of 256 MiB, of the reference's rate", ">=", 0.9,
    to_reference("flood", "mib_s") },
  { "echo, median of the best round, of the reference's", "<=", 3, best_echo },
  { "idle keeper among 200, kB PSS", "<=", 25, median("idle keeper", "keeper_kb") },
  { "engine with 1000 sessions, kB RSS", "<=", 12 * 1024,
    median("jobs, 1000 alive", "rss_kb") },
  { "orch-lua --version, microseconds", "<=", 5000, median("--version", "p50_us") },
  { "engine CPU for a worker, ms", "<=", 5, median("worker", "cpu_ms") },
}

--- Compare all goals with a run.  Return a list of { text, wanted, value, met }.
function goals.check(summary)
  local list = {}
  for i, goal in ipairs(LIST) do
    local text, relation, limit, measure = table.unpack(goal)
    local value = measure(summary)
    local met = value ~= nil and (relation == ">=" and value >= limit
      or relation == "<=" and value <= limit)
    list[i] = { text = text, wanted = ("%s %g"):format(relation, limit), value = value,
      met = met }
  end
  return list
end

return goals
