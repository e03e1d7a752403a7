--- A rehearsal script, NAME.rehearsal.lua beside NAME.lua: what some workers do, on what,
--- and what must hold in the end.
--
--     return {
--       options  = { artefact = "src" },              -- of the script
--       reviewer = { findings = 2, severity = "high" },
--       verifier = { "fail", "pass" },                -- the first one, all further ones
--       always   = function(run) ... end,
--     }
--
-- The name of a role stands for its workers: one answer for all, or a list with one for
-- each, the last for all further.  What is not scripted is left to the seed.

local fault_kinds = require "orch.rehearsal.faults.workers"
local scenario_words = require "orch.rehearsal.scenario_words"
local text = require "orch.text"

local scenario = {}

-- What is no role, and of what type it is.
local SETTINGS = {
  options = "table", files = "table", commands = "table", always = "function",
  repository = "boolean",
}

-- What an answer may say beside the sections of a reply, and of what type that is.
local MANNERS = {
  says = "string", asks = "string", fault = "string", severity = "string",
  minutes = "number", tokens = "number", edits = "table", long = "boolean",
}

-- ── what is wrong with one ──────────────────────────────────────────────────

local function keys_of(...)
  local names = {}
  for _, set in ipairs { ... } do
    for name in text.sorted_pairs(set) do names[#names + 1] = name end
  end
  return names
end

local function wrong_word(role, word, known)
  if word:find "[\n:]" or known:has(word) or fault_kinds[word] then return nil end
  return ("the role '%s' cannot say '%s'%s"):format(role, word,
    text.suggest(word, keys_of(known.choices, fault_kinds)))
end

local function wrong_field(role, name, value, known)
  local wanted = MANNERS[name]
  if wanted and type(value) ~= wanted then
    return ("'%s' of the role '%s' must be a %s, got a %s")
      :format(name, role, wanted, type(value))
  end
  if name == "fault" and not fault_kinds[value] then
    return ("the role '%s' cannot meet the fault '%s'%s"):format(role, value,
      text.suggest(value, keys_of(fault_kinds)))
  end
  if wanted or known.sections[name] then return nil end
  return ("an answer of the role '%s' has no '%s'%s"):format(role, tostring(name),
    text.suggest(tostring(name), keys_of(known.sections, MANNERS)))
end

local function wrong_answer(role, answer, known)
  if type(answer) == "function" then return nil end
  if type(answer) == "string" then return wrong_word(role, answer, known) end
  if type(answer) ~= "table" then
    return ("an answer of the role '%s' is a word, a text or a table, got a %s")
      :format(role, type(answer))
  end
  for name, value in text.sorted_pairs(answer) do
    local wrong = wrong_field(role, name, value, known)
    if wrong then return wrong end
  end
end

local function is_list(answers)
  return type(answers) == "table" and answers[1] ~= nil
end

local function wrong_answers(role, answers, known)
  for _, answer in ipairs(is_list(answers) and answers or { answers }) do
    local wrong = wrong_answer(role, answer, known)
    if wrong then return wrong end
  end
end

local function unknown_name(name, roles)
  local names = text.sorted_keys(SETTINGS)
  table.move(roles, 1, #roles, #names + 1, names)
  return ("there is no role or setting '%s'%s"):format(name, text.suggest(name, names))
end

--- What is wrong with the table *script*, a sentence, or nil; *roles* are the names of
-- the templates that there are, *types* their replies (see samples.lua), if given.
function scenario.mistake(script, roles, types)
  if type(script) ~= "table" then
    return ("a rehearsal script returns a table, got a %s"):format(type(script))
  end
  local is_role, known = {}, scenario_words.of(types)
  for _, role in ipairs(roles) do is_role[role] = true end
  for name, value in text.sorted_pairs(script) do
    local wanted, wrong = SETTINGS[name], nil
    if wanted and type(value) ~= wanted then
      wrong = ("'%s' must be a %s, got a %s"):format(name, wanted, type(value))
    elseif not wanted and not is_role[name] then
      wrong = unknown_name(tostring(name), roles)
    elseif not wanted then
      wrong = wrong_answers(name, value, known)
    end
    if wrong then return wrong end
  end
end

-- ── loading ─────────────────────────────────────────────────────────────────

local PLAIN = {
  "assert", "error", "ipairs", "next", "pcall", "select", "tonumber", "tostring", "type",
  "string", "table", "math", "utf8", "setmetatable", "getmetatable",
}

--- Load a rehearsal script from its *source*; *path* names it in messages; *roles* and
-- *types* as for `mistake`.  Return its table, or nil and a sentence.
function scenario.load(source, path, roles, types)
  local environment = { pairs = text.sorted_pairs }
  for _, name in ipairs(PLAIN) do environment[name] = _G[name] end
  local chunk, problem = load(source, "@" .. path, "t", environment)
  if not chunk then return nil, problem end
  local ok, script = pcall(chunk)
  if not ok then return nil, tostring(script) end
  local wrong = scenario.mistake(script, roles, types)
  if wrong then return nil, path .. ": " .. wrong end
  return script
end

--- The words of a command line for the options of *script*: { "--artefact", "src" }.
function scenario.words(script)
  local words = {}
  for name, value in text.sorted_pairs(script and script.options or {}) do
    local items = type(value) == "table" and value or { value }
    for _, item in ipairs(items) do
      words[#words + 1] = "--" .. name:gsub("_", "-")
      words[#words + 1] = tostring(item)
    end
  end
  return words
end

-- ── directing ───────────────────────────────────────────────────────────────

-- What a worker's part takes over from an answer in a table.
local TAKEN = {
  says = function(part, said) part.says = said end,
  asks = function(part, question) part.asks = question end,
  severity = function(part, severity) part.severity = severity end,
  minutes = function(part, minutes) part.ms = minutes * 60000 end,
  tokens = function(part, count)
    part.used = { input = count, cached = 0, output = 0 }
  end,
  long = function(part, is_long) part.manner = is_long and "long" or nil end,
  edits = function(part, files)
    part.edits = {}
    for path, bytes in text.sorted_pairs(files) do
      part.edits[#part.edits + 1] = { path, bytes }
    end
  end,
}

-- A worker meets its fault once: what is asked again, or run again, goes well.
local function meet(part, name)
  if part.attempt > 1 then return end
  local kind, fault = fault_kinds[name], { kind = name, at = 0 }
  if kind.draw then kind.draw(part.chance, fault) end
  kind.apply(part, fault, { machine = part.program.keeper.machine })
end

local function take_word(part, word)
  if fault_kinds[word] then return meet(part, word) end
  part.refuses = false
  if word == "sample" then part.sample = true
  elseif word:find "[\n:]" then part.says = word
  elseif word ~= "any" then part.word, part.sample = word, nil end
end

local function take(part, answer)
  if type(answer) == "string" then return take_word(part, answer) end
  part.wishes, part.sample, part.refuses = {}, nil, false
  for name, value in text.sorted_pairs(answer) do
    if TAKEN[name] then TAKEN[name](part, value)
    elseif name ~= "fault" then part.wishes[name] = value end
  end
  if answer.fault then meet(part, answer.fault) end
end

--- A function(part) that changes the part of an agent as the *script* wishes; *types* as
-- for `mistake`.
function scenario.director(script, types)
  local known
  return function(part)
    local answer = script[part.role]
    if is_list(answer) then answer = answer[math.min(part.number, #answer)] end
    if type(answer) == "function" then
      answer = answer(part.brief, part.number)
      known = known or scenario_words.of(types)
      local wrong = wrong_answer(part.role, answer or "any", known)
      if wrong then error("the rehearsal script: " .. wrong, 0) end
    end
    if answer then take(part, answer) end
  end
end

return scenario
