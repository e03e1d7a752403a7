--- Where a template's code runs: lpeg, orch.reply and the harmless part of Lua, no more.
--
-- Templates come with packs from other people.  What they get are copies, so that one
-- template cannot change what another one sees.

local lpeg = require "lpeg"
local reply = require "orch.reply"
local text = require "orch.text"

local sandbox = {}

local function copy(from, without)
  local to = {}
  for key, value in pairs(from) do
    to[key] = type(value) == "table" and copy(value) or value
  end
  for _, key in ipairs(without or {}) do to[key] = nil end
  return to
end

local function requirer(modules)
  return function(name)
    if modules[name] then return modules[name] end
    error(("a template may require 'lpeg' and 'orch', not '%s'")
      :format(tostring(name)), 2)
  end
end

local function new_environment(replies)
  return {
    assert = assert, error = error, ipairs = ipairs, pairs = text.sorted_pairs,
    select = select, tonumber = tonumber, tostring = tostring, type = type,
    string = copy(string, { "dump" }), table = copy(table), utf8 = copy(utf8),
    math = copy(math, { "random", "randomseed" }),
    require = requirer {
      lpeg = copy(lpeg, { "setmaxstack" }),
      orch = { reply = copy(replies or reply) },
    },
  }
end

--- Run *source* and return its value, or nil and a sentence.  *chunkname* as for load.
function sandbox.run(source, chunkname, replies)
  local chunk, problem = load(source, chunkname, "t", new_environment(replies))
  if not chunk then return nil, problem end
  local ok, value = pcall(chunk)
  if ok then return value end
  return nil, tostring(value)
end

return sandbox
