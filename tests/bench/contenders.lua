--- Who is measured at what, and how it is called.  A peer that is not installed is left
--- out.

local core = require "orch.core"

local contenders = {}

local HERE = assert(core.real_path(arg[0]:match "^(.*)/[^/]*$" or "."))
local ONE, TWO = "0", core.host().cpus > 1 and "0,1" or "0"
local JOBS, BYTES, ECHOES, ALIVE = "2000", "1048576", "3000", "1000"
local FLOOD = "268435456"

-- Fewer jobs for those that are slow: what counts is the rate.
local PEERS = {
  { who = "ptyprocess", program = "/usr/bin/python3", file = "ptyprocess_jobs.py",
    needs = "/usr/lib/python3/dist-packages/ptyprocess", jobs = "600",
    echo = "ptyprocess_echo.py" },
  { who = "node-pty", program = "/usr/bin/node", file = "node_pty_jobs.js",
    module = "peers/node_modules/node-pty", jobs = "600", echo = "node_pty_echo.js" },
  { who = "pexpect", program = "/usr/bin/python3", file = "pexpect_jobs.py",
    needs = "/usr/lib/python3/dist-packages/pexpect", jobs = "400" },
  { who = "expect", program = "/usr/bin/expect", file = "expect_jobs.tcl", jobs = "300",
    echo = "expect_echo.tcl" },
  { who = "tmux", program = "/bin/sh", file = "tmux_jobs.sh", needs = "/usr/bin/tmux",
    jobs = "64" },
  { who = "parallel", program = "/bin/sh", file = "parallel_jobs.sh",
    needs = "/usr/bin/parallel", jobs = "150" },
  { who = "luv", program = "/usr/bin/lua5.4", file = "luv_jobs.lua",
    needs = "/usr/share/doc/lua-luv", jobs = "1000" },
}

local function add_peers(list, build, child)
  for _, peer in ipairs(PEERS) do
    local module = peer.module and build .. "/" .. peer.module
    local needs = peer.needs or module or "/"
    if core.stat(peer.program, true) and core.stat(needs) then
      local function call(file, count)
        return { peer.program, HERE .. "/peers/" .. file, count, child, module }
      end
      list[#list + 1] = { measure = "jobs", who = peer.who, cpus = TWO,
        argv = call(peer.file, peer.jobs), figure = "rate", unit = "jobs/s" }
      if peer.echo then
        list[#list + 1] = { measure = "echo", who = peer.who, cpus = TWO,
          argv = call(peer.echo, ECHOES), figure = "p50_us", unit = "us" }
      end
    end
  end
end

--- All that is measured in a round, in the order of the report.
function contenders.list(build)
  local child, program = build .. "/tests/bench_child", build .. "/orch-lua"
  local list = {}

  local function both(measure, figure, unit, words, files)
    local reference = { build .. "/tests/bench_reference" }
    local ours = { program, "--lua", HERE .. "/measures.lua" }
    for _, word in ipairs(words) do
      reference[#reference + 1], ours[#ours + 1] = word, word
    end
    reference[#reference + 1] = files and "." or nil
    for _, one in ipairs { { "reference", reference }, { "orch-lua", ours } } do
      list[#list + 1] = { measure = measure, who = one[1], argv = one[2],
        cpus = measure:find "one CPU" and ONE or TWO, figure = figure, unit = unit }
    end
  end

  local function only_ours(measure, figure, unit, words)
    list[#list + 1] = { measure = measure, who = "orch-lua", cpus = TWO, argv = words,
      figure = figure, unit = unit }
  end

  both("jobs", "rate", "jobs/s", { "jobs", JOBS, child })
  add_peers(list, build, child)
  both("jobs, one CPU", "rate", "jobs/s", { "jobs", JOBS, child })
  both("jobs, 1000 alive", "rate", "jobs/s", { "live", JOBS, child, ALIVE })
  both("capture", "seconds", "s", { "capture", "200", child, BYTES }, true)
  both("flood", "mib_s", "MiB/s", { "capture", "1", child, FLOOD }, true)
  both("echo", "p50_us", "us", { "echo", ECHOES, child })
  only_ours("idle keeper", "keeper_kb", "kB PSS",
    { program, "--lua", HERE .. "/measures.lua", "idle", "200", child })
  only_ours("--version", "p50_us", "us",
    { build .. "/tests/bench_reference", "wall", "50", program, "--version" })
  only_ours("worker", "cpu_ms", "ms CPU",
    { program, "--lua", HERE .. "/measures.lua", "worker", "10" })
  only_ours("events", "mb_s", "MB/s",
    { program, "--lua", HERE .. "/measures.lua", "events", "200" })
  return list
end

return contenders
