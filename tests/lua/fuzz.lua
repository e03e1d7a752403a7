--- fuzz.lua - feeds mutated inputs to whatever reads what others write.
--
-- A target is { name, check = function(input), corpus = its folder, head =, foot =,
-- tokens =, alike = it shares its code with another }: check raises when the code under
-- test misbehaves.  Inputs come from a seed, so that a failure comes back.  What takes
-- long is found by repeating one token.

local core = require "orch.core"

local fuzz = {}

local SLOW = 0.3               -- seconds of CPU that one input may take
local REPEATED = 16 * 1024     -- bytes of an input that repeats one token
local LARGEST = 8 * 1024       -- bytes of a mutated one
local SOURCE = core.environment().ORCH_SOURCE or core.host().folder

--- What means something to one reader or another.
local TOKENS = {
  " ", "\t", "\n", "\r", "\r\n", "\0", "\8", "a", "a ", " a", "\n ", "\n\n", "-", "- ",
  "\n- x", "*", "**", "_", "`", "```", "\n```\n", "~~~\n", "#", "\n# ", "1. ", "\n1. x",
  "[", "]", "[]", "[high] ", "(", ")", "<", "<<<", ">>>", "{", "}", "{{", "}}", "{{x}}",
  "\"", "'", "\\", "\\u0000", "\\ud800", ":", "::", "/", "../", "=", "--", "--x", ".",
  "0", "9", "\27", "\27[", "\27[0m", "\27[2K", "\27]0;", "\7", "\194\155", "\155", "\255",
  "\u{202E}", "\u{200B}", "\u{FEFF}", "\u{1F600}", "\xc3", "\xed\xa0\x80", ",",
  "null", "true", "FINDINGS:", "VERDICT: pass\n", "\nEvidence: ", "QUESTION: ", "x.c:1 ",
}

-- ── chance ──────────────────────────────────────────────────────────────────

local function new_chance(seed)
  local state = seed * 2654435761 + 88172645463325252
  return function(n)
    state = state ~ (state << 13)
    state = state ~ (state >> 7)
    state = state ~ (state << 17)
    return (state >> 11) % n + 1
  end
end

local function cut(s, from, to, with)
  return s:sub(1, from - 1) .. with .. s:sub(to + 1)
end

local MUTATIONS = {
  function(s, chance)
    local at = chance(#s)
    return cut(s, at, at, string.char(s:byte(at) ~ (1 << (chance(8) - 1))))
  end,
  function(s, chance)
    local at = chance(#s)
    return cut(s, at, at, string.char(chance(256) - 1))
  end,
  function(s, chance, tokens)
    local at = chance(#s + 1)
    return cut(s, at, at - 1, tokens[chance(#tokens)])
  end,
  function(s, chance, tokens)
    local at = chance(#s + 1)
    return cut(s, at, at - 1, tokens[chance(#tokens)]:rep(chance(300)))
  end,
  function(s, chance)
    local from = chance(#s)
    return cut(s, from, math.min(#s, from + chance(32) - 1), "")
  end,
  function(s, chance)
    local from = chance(#s)
    local piece, at = s:sub(from, from + chance(200)), chance(#s + 1)
    return cut(s, at, at - 1, piece)
  end,
  function(s, chance) return s:sub(1, chance(#s)) end,
  function(s, chance, _, seeds)
    local other = seeds[chance(#seeds)]
    return s:sub(1, chance(#s)) .. other:sub(chance(#other + 1))
  end,
}

local function mutate(seeds, chance, tokens)
  local s = seeds[chance(#seeds)]
  for _ = 1, chance(5) do
    if s == "" then s = tokens[chance(#tokens)] end
    s = MUTATIONS[chance(#MUTATIONS)](s, chance, tokens, seeds)
  end
  return s:sub(1, LARGEST)
end

-- ── running ─────────────────────────────────────────────────────────────────

--- The inputs of tests/fuzz/corpus/NAME, in order.
function fuzz.seeds(name)
  local folder = SOURCE .. "/tests/fuzz/corpus/" .. name
  local seeds = {}
  for _, file in ipairs(assert(core.list(folder))) do
    seeds[#seeds + 1] = assert(core.read(folder .. "/" .. file))
  end
  assert(seeds[1], "no inputs in " .. folder)
  return seeds
end

local function show(input)
  if #input > 600 then
    input = input:sub(1, 300) .. ("[%d bytes]"):format(#input - 600) .. input:sub(-300)
  end
  return ("%q"):format(input)
end

local function try(target, input, what)
  local before = os.clock()
  local fine, problem = xpcall(target.check, debug.traceback, input)
  local spent = os.clock() - before
  if not fine then
    error(("%s, %s: %s\ninput: %s"):format(target.name, what, problem, show(input)), 0)
  end
  if spent > SLOW then
    error(("%s, %s: %d bytes took %.1f s\ninput: %s"):format(target.name, what, #input,
      spent, show(input)), 0)
  end
end

local function tokens_of(target)
  local tokens = table.move(TOKENS, 1, #TOKENS, 1, {})
  return table.move(target.tokens or {}, 1, #(target.tokens or {}), #tokens + 1, tokens)
end

--- The corpus as it is, then *count* mutations of it.
function fuzz.mutated(target, count, seed)
  local seeds, chance = fuzz.seeds(target.corpus), new_chance(seed or 1)
  local tokens = tokens_of(target)
  for i, input in ipairs(seeds) do try(target, input, "corpus " .. i) end
  for i = 1, count do try(target, mutate(seeds, chance, tokens), "mutation " .. i) end
end

--- One token repeated, with something before and after it: what is not linear shows.
function fuzz.repeated(target)
  for _, token in ipairs(tokens_of(target)) do
    local long = token:rep(REPEATED // #token)
    try(target, (target.head or "x") .. long .. "x" .. (target.foot or ""), "repeated")
  end
end

return fuzz
