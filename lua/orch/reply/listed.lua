--- Lists from a reply that write themselves into a brief whole, as one block.
--
-- Item by item, each of a worker's sentences would be a fenced block of its own.

local text = require "orch.text"

local listed = {}

local function bullets(list)
  local lines = {}
  for i, item in ipairs(list) do
    lines[i] = "- " .. text.indent(tostring(item), 2):gsub("^ +", "")
  end
  return table.concat(lines, "\n")
end

local texts = { __brief = function(list) return nil, bullets(list) end }

local places = { __brief = function(list)
  local paths = {}
  for i, entry in ipairs(list) do paths[i] = entry.where end
  return table.concat(paths, ", "), bullets(list)
end }

--- *list*, of texts; an empty one stays as it is.
function listed.texts(list)
  return list[1] and setmetatable(list, texts) or list
end

--- *list*, of places: its paths in the sentence, what is there in the block.
function listed.places(list)
  return list[1] and setmetatable(list, places) or list
end

return listed
