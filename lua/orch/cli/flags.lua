--- The words of a subcommand: its names in order, and the options that it has.
--
-- Pure but for the refusal: words in, a table out.

local globals = require "orch.cli.globals"
local text = require "orch.text"

local flags = {}

--- A number of a whole kind, for `take`.
function flags.count(word)
  local number = word:find "^%d+$" and math.tointeger(tonumber(word))
  if number then return number end
  return nil, ("'%s' is not a whole number"):format(word)
end

--- Days, hours or minutes, such as 30d or 12h, in seconds, for `take`.
function flags.age(word)
  local units = { m = 60, h = 3600, d = 86400 }
  local number, unit = word:match "^(%d+)([mhd])$"
  if number then return math.tointeger(number) * units[unit] end
  return nil, ("'%s' is no age: write one such as 30d, 12h or 90m"):format(word)
end

-- What is no option of the subcommand may be meant for orch-lua itself.
local function unknown(word, options)
  local own, known = text.sorted_keys(options), {}
  for i, option in ipairs(globals) do
    known[i] = not option.hidden and option.name or ""
  end
  local near = text.nearest(word, table.move(own, 1, #own, #known + 1, known))
  return ("unknown option '%s'%s"):format(word,
    text.suggest(word, near and { near } or own))
end

-- Take the option at words[at]; return how many words it took, or nil and a message.
local function take_option(found, words, at, options)
  local name, inline = words[at]:match "^(%-%-[^=]+)=(.*)$"
  name = name or words[at]
  local option = options[name]
  if not option then return nil, unknown(name, options) end
  if option == true then
    if inline then return nil, ("'%s' takes no value"):format(name) end
    found[name:match "%w.*"] = true
    return 1
  end
  local value = inline or words[at + 1]
  if not value then return nil, ("'%s' needs a value"):format(name) end
  local taken, wrong = option(value)
  if taken == nil then return nil, ("%s: %s"):format(name, wrong) end
  found[name:match "%w.*"] = taken
  return inline and 1 or 2
end

--- Split *words* into { positional words; option = value }.  names: what the positional
-- words are, such as { "RUN", "[WORKER]" }; a TEXT is taken as it is.  options:
-- { ["--name"] = true, or a function from the word to the value }.  Return it, or nil and
-- a message.
function flags.split(words, names, options)
  local found, at = {}, 1
  while words[at] do
    local taken, wrong = 1, nil
    if words[at]:find "^%-." and names[#found + 1] ~= "TEXT" then
      taken, wrong = take_option(found, words, at, options or {})
    else
      found[#found + 1] = words[at]
    end
    if not taken then return nil, wrong end
    at = at + taken
  end
  local missing = names[#found + 1]
  if missing and missing:sub(1, 1) ~= "[" then
    return nil, ("%s is missing"):format(missing)
  elseif found[#names + 1] then
    return nil, ("'%s' is one word too many"):format(found[#names + 1])
  end
  return found
end

return flags
