--- The amounts of a budget, as the user writes and reads them: tokens=500k,minutes=60.
-- Pure.

local text = require "orch.text"

local amounts = {}

--- The kinds of a budget, in the order in which they are told.
amounts.KINDS = { "workers", "minutes", "tokens", "money" }

local FACTORS = { [""] = 1, k = 1000, M = 1000000 }
local EXAMPLES = {
  workers = "a whole number above 0 was expected, such as workers=20",
  minutes = "a number above 0 was expected, such as minutes=60 or minutes=2.5",
  tokens = "a number above 0 was expected, such as tokens=500k or tokens=2M",
  money = "a number above 0 was expected, such as money=5 or money=0.50",
}

local function is_kind(word)
  return EXAMPLES[word] ~= nil
end

--- Read the amount *word* of *kind*.  Return a number, or nil and a sentence.
local function amount(kind, word)
  local digits, unit = word:match "^(%d*%.?%d*)(%a*)$"
  local factor = kind ~= "minutes" and FACTORS[unit] or unit == "" and 1
  local number = factor and tonumber(digits)
  number = number and number * factor
  local whole = kind == "workers" or kind == "tokens"
  if number and whole then number = math.tointeger(number) end
  if number and number > 0 then return number end
  return nil, ("'%s=%s': %s"):format(kind, word, EXAMPLES[kind])
end

--- Read one part of a budget, such as "tokens=500k", into *found*.  Return true, or nil
-- and what is wrong.
local function take(part, found)
  local kind, word = part:match "^%s*([^=]-)%s*=%s*(.-)%s*$"
  if not kind then kind = text.trim(part) end
  if not is_kind(kind) then
    return nil, ("there is no budget '%s'%s")
      :format(kind, text.suggest(kind, amounts.KINDS))
  end
  if not word or word == "" then
    return nil, ("'%s' has no amount: %s"):format(kind, EXAMPLES[kind])
  end
  if found[kind] then return nil, ("'%s' is given twice"):format(kind) end
  local number, problem = amount(kind, word)
  if not number then return nil, problem end
  found[kind] = number
  return true
end

--- Read a budget such as "tokens=500k,minutes=60,workers=20,money=5".  Return a table of
-- the kinds that it names, or nil and a sentence.
function amounts.parse(word)
  local found = {}
  for part in (word .. ","):gmatch "([^,]*)," do
    local ok, problem = take(part, found)
    if not ok then return nil, problem end
  end
  return found
end

--- The same from a table of the configuration, { tokens = "500k", minutes = 60 }, or from
-- a text.
function amounts.read(value)
  if type(value) == "string" then return amounts.parse(value) end
  local found = {}
  if type(value) ~= "table" or next(value) == nil then
    return nil, "a text, or a table such as { tokens = \"500k\", minutes = 60 }, was "
      .. "expected"
  end
  for kind, word in text.sorted_pairs(value) do
    local ok, problem = take(("%s=%s"):format(kind, word), found)
    if not ok then return nil, problem end
  end
  return found
end

--- The budget of the configuration, *kept*, with what the user says *now* in its place.
-- Either may be nil.
function amounts.merge(kept, now)
  local both = {}
  for _, kind in ipairs(amounts.KINDS) do
    both[kind] = now and now[kind] or kept and kept[kind]
  end
  return both
end

local function plain(number, format)
  local shown = format:format(number)
  return (shown:gsub("%.?0+$", ""))
end

--- *number* of *kind* as it is told: "500k", "2.5", "0.50".
function amounts.show(kind, number)
  if kind == "tokens" then return text.count(number) end
  if kind == "workers" then return ("%d"):format(number) end
  if kind == "minutes" then return plain(number, "%.1f") end
  local cents = number * 100
  local even = math.abs(cents - math.floor(cents + 0.5)) < 0.005
  return (number == 0 or even) and ("%.2f"):format(number) or ("%.4f"):format(number)
end

--- The user's own word for the whole budget of *kind*: "tokens=500k".
function amounts.name(kind, number)
  return ("%s=%s"):format(kind, amounts.show(kind, number))
end

return amounts
