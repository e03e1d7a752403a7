-- spending_rig.lua - a world of scripted agents for the specs about budgets and limits.

local core = require "orch.core"
local support = require "support"

local rig = {}

rig.EPOCH = 1767225600         -- when a world begins: 2026-01-01T00:00:00Z
rig.GOOD = "RESULT: The work is done.\n"

--- The flag's value among the words of a program.
local function after(words, flag)
  for i, word in ipairs(words) do
    if word == flag then return words[i + 1] end
  end
end

--- Print an event of codex's, whose first key is its type.
local function say(program, kind, rest)
  program:print(('{"type":"%s",%s}\n'):format(kind, rest))
end

--- End a codex-like turn well, having used *input* and *output* tokens, with *message*.
function rig.answer(program, input, output, message)
  message = message or rig.GOOD
  say(program, "item.completed", ('"item":{"type":"agent_message","text":%s}')
    :format(core.json_encode(message)))
  program:write_file(after(program.argv, "-o"), message)
  say(program, "turn.completed", ('"usage":{"input_tokens":%d,"output_tokens":%d}')
    :format(input or 1000, output or 10))
  program:exit(0)
end

--- End a turn with *message*, the agent's error.
function rig.refuse(program, message)
  say(program, "turn.failed", ('"error":{"message":%s}')
    :format(core.json_encode(message)))
  program:exit(1)
end

--- An agent of the configuration whose program is *name* in the world.  Of a limit it
-- may say "usage limit, resets at SECONDS".
local function entry(name)
  return { argv = { name, "-o", "{{last_message}}" }, events = "codex",
    signs = { { "resets at (%d+)", "quota", tonumber }, { "login", "auth" } } }
end

local function new_world(options)
  local given = { programs = options.programs, files = support.templates() }
  for name, value in pairs(options.world or {}) do
    if name == "files" then
      for path, file in pairs(value) do given.files[path] = file end
    else
      given[name] = value
    end
  end
  return support.world(given)
end

local function config_of(options)
  local agents = {}
  for name in pairs(options.programs) do agents[name] = entry(name) end
  local config = { agent = { ["*"] = options.chain or { "mine" } }, agents = agents }
  for name, value in pairs(options.config or {}) do config[name] = value end
  return config
end

--- Execute *fn*; when the engine of *world* is killed after *ms*, return the core of the
-- one that follows it.
local function execute(run, world, fn, ms)
  local next_core
  if ms then
    world.world:after(ms, function() next_core = world.world:kill_engine() end)
  end
  local ok, outcome = pcall(run.execute, run, fn)
  if not next_core then
    assert(ok, outcome)
    run:close()
  end
  return outcome, next_core
end

--- Run *fn*(orch, run, world) in a world.  *options*: programs = { name = function of the
-- world }, chain = names of agents, options = globals of the run, config = more of the
-- configuration, observer, world = more of the world's options, kill = milliseconds after
-- which the engine is killed, core = of the engine that follows, resume = folder of the
-- run that it goes on with.  Return what fn returns, the outcome, the run and the world,
-- which is that of the next engine when this one was killed.
function rig.run(options, fn)
  local world = options.core or new_world(options)
  local load = support.library(world)
  local run = assert(load "orch.run".open {
    name = "test", options = options.options or {}, config = config_of(options),
    progress = options.observer, resume = options.resume and { folder = options.resume },
  })
  local value
  local outcome, next_core = execute(run, world, function()
    value = fn(load "orch", run, world)
  end, options.kill)
  return value, outcome, run, next_core or world
end

--- An observer that keeps what it is told: `told[kind]` is a list of records, each a
-- copy.
function rig.observer()
  local told = setmetatable({}, { __index = function(all, kind)
    all[kind] = {}
    return all[kind]
  end })
  local observer = { told = told, tick = function() end, close = function() end,
    output = function() return true end }
  function observer.event(_, kind, record)
    local copy = record
    if type(record) == "table" then
      copy = {}
      for key, field in pairs(record) do copy[key] = field end
    end
    table.insert(told[kind], copy)
  end
  return observer
end

--- Ask *count* workers at once and take what can be had: their replies and failures.
function rig.fan_out(orch, count)
  local items = {}
  for i = 1, count do items[i] = i end
  return orch.each(items, function(i)
    return orch.ask("worker", { task = "Task " .. i .. "." })
  end)
end

return rig
