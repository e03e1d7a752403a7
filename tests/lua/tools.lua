-- tools.lua - JSON and hashes for a world: the real core's, or a stand-in without it.

local found, core = pcall(require, "orch.core")
if found and core.json_encode then return core end

local dkjson = require "dkjson"

return {
  null = dkjson.null,
  array = function(list) return setmetatable(list, { __jsontype = "array" }) end,
  json_encode = function(value)
    local names = {}
    for name in pairs(value) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    return dkjson.encode(value, { keyorder = names })
  end,
  json_decode = function(text)
    local value, _, message = dkjson.decode(text, 1, dkjson.null)
    return value, message
  end,
  hash = function(bytes) return ("%064x"):format(#bytes) end,
}
