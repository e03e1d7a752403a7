--- Who plays the agents that a script names: those of the configuration as they are, and
-- any other name as an actor that speaks as codex does.

local text = require "orch.text"

local cast = {}

local BUILT_IN = { codex = true, claude = true, offline = true }

--- The names of agents in the *source* of a script, in order.
local function named_in(source)
  local names = {}
  for name in source:gmatch "%f[%w_]agent%s*=%s*[\"']([%w_.-]+)[\"']" do
    names[name] = not BUILT_IN[name] or nil
  end
  return text.sorted_keys(names)
end

local function voice_of(agent)
  local events = agent.events or "none"
  return events == "none" and "plain" or events
end

--- Let the agents of *own*, the configuration's, play along in *plan*; its options name
-- them.
function cast.add_own(plan, own)
  plan.agents, plan.config.agents = {}, own
  for _, agent in text.sorted_pairs(own) do
    plan.agents[agent.argv[1]:match "[^/]*$"] = voice_of(agent)
  end
end

--- Let those play along that the script with *source* names; *own* as above.
function cast.add_named(plan, source, own)
  for _, name in ipairs(named_in(source)) do
    plan.agents, plan.config.agents = plan.agents or {}, plan.config.agents or {}
    local agent = own[name]
      or { argv = { name, "--out", "{{last_message}}" }, events = "codex" }
    plan.config.agents[name] = agent
    plan.agents[agent.argv[1]:match "[^/]*$"] = voice_of(agent)
  end
end

return cast
