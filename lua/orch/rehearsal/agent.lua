--- A scripted agent: a program that reads its brief, takes its time and answers in the
--- form that it was asked for.
--
-- What it will do is a table, its part: drawn by the seed, then changed by what the
-- rehearsal script wishes and by the faults that were armed for it, then played.  A
-- worker's part depends on the seed and on who it is, never on the order of events.

local asked = require "orch.rehearsal.asked"
local chance = require "orch.rehearsal.chance"
local edits = require "orch.rehearsal.edits"
local mischief = require "orch.rehearsal.mischief"
local reply_writer = require "orch.rehearsal.reply_writer"
local speech = require "orch.rehearsal.speech"

local agent = {}

local FOR_EVER = 1000 * 3600 * 1000     -- ms; longer than any deadline

local REFUSED = "I have looked at everything, and all of it is in good order."

local function word_after(words, flag)
  for i, word in ipairs(words) do
    if word == flag then return words[i + 1] end
  end
end

-- Who it is: by the folder that the run gave it, the same in every execution of the run.
local function identity(program)
  local label, role, attempt =
    program.keeper.spec.folder:match "/(W[%d.]+)%-([^/]+)/(%d+)$"
  if label then return label .. "-" .. role, role, math.tointeger(attempt) end
  return "alone", "worker", 1
end

-- How many workers of its role there are up to this one, by their labels: all up to it
-- but those of other roles, whose folders are there; of its own, some may not have begun.
local function number_of(program, name, role)
  local folder = program.keeper.spec.folder:match "^(.*)/[^/]*/[^/]*$"
  local own = math.tointeger(name:match "%d+")
  if not own then return 1 end
  local others = {}
  for _, other in ipairs(program.keeper.machine:files_in("/"):list(folder) or {}) do
    local place, its_role = other:match "^W(%d+)[%d.]*%-([^.]*)"
    local before = place and its_role ~= role and math.tointeger(place) < own
    if before then others[place] = true end
  end
  for _ in pairs(others) do own = own - 1 end
  return own
end

-- Seconds to an hour: mostly minutes.
local function duration(luck)
  return (2 ^ luck:between(1, 11) + luck:below(120)) * 1000
end

local function tokens(luck)
  local input = luck:between(2000, 120000)
  return { input = input, cached = luck:below(input), output = luck:between(50, 6000) }
end

local MANNERS = { false, false, false, false, "long", "sample" }

local function draw(program, memory, seed)
  local name, role, attempt = identity(program)
  local luck = chance.new(seed, ("%s/%d"):format(name, attempt))
  local part = {
    program = program, name = name, role = role, attempt = attempt, chance = luck,
    number = number_of(program, name, role), brief = program.stdin or "",
    ms = duration(luck), used = tokens(luck), manner = luck:pick(MANNERS) or nil,
    file = word_after(program.argv, "-o"),
    resumes = word_after(program.argv, "resume") or word_after(program.argv, "--resume"),
  }
  for _, word in ipairs(part.file and {} or program.argv) do
    if word:find "/last_message$" then part.file = word end
  end
  part.sandbox = word_after(program.argv, "-s")
  part.offline = program.argv[2] == "agent" and program.argv[3] == "offline"
  part.scope = asked.edit(part.brief)
  if part.manner == "sample" then
    part.manner, part.sample = nil, not part.scope   -- a writer tells what it did
  end
  part.conversation = part.resumes
    or ("%08x-%04x"):format(luck:below(1 << 32), luck:below(1 << 16))
  part.memory = memory[part.conversation]
    or { input = 0, cached = 0, output = 0 }
  memory[part.conversation] = part.memory
  memory[name] = memory[name] or { edited = {} }
  part.edited = memory[name].edited
  part.refuses = attempt == 1 and luck:one_in(20)
  return part
end

-- Another agent process of one conversation counts on from what was used before.
local function count_tokens(part)
  part.total = part.memory
  for kind, count in pairs(part.used) do part.total[kind] = part.total[kind] + count end
end

local function own_edits(part)
  if not part.scope then return {} end
  local words = speech.new(part.chance):sentence(60)
  local files = part.program.keeper.machine:files_in(part.program.folder)
  return part.edits or edits.draw(files, part.scope, part.chance, words)
end

-- What the kernel lets an agent write whose sandbox is that of codex.
local function allowed(part, list)
  if not part.sandbox then return list end
  local kept = {}
  for _, one in ipairs(list) do
    local inside = not one[1]:find "^/" and not one[1]:find "^%.git/"
    if part.sandbox ~= "read-only" and inside then kept[#kept + 1] = one end
  end
  return kept
end

local function edit(part)
  local list = own_edits(part)
  table.move(part.strays or {}, 1, #(part.strays or {}), #list + 1, list)
  list = allowed(part, list)
  edits.make(part.program, list)
  for i, one in ipairs(list) do part.edited[i] = one[1] end
  if part.after_edits then part.after_edits(list) end
end

local function write_reply(part, subjects)
  local files = part.program.keeper.machine:files_in(part.program.folder)
  local paths = edits.files(files, part.program.folder)
  return reply_writer.write { brief = part.brief, chance = part.chance,
    paths = paths, edited = part.edited, manner = part.manner,
    wishes = part.wishes, word = part.word, severity = part.severity,
    subjects = function(n) return subjects(paths, n) end }
end

-- A form that a pack invented may ask for more than its words show: then the sample of
-- its template is what can be said.
local function message_of(part, company)
  if part.says ~= nil then return part.says or nil end
  if part.asks then return "QUESTION: " .. part.asks .. "\n" end
  if part.refuses then return REFUSED end
  local kind = company.types[asked.output(part.brief)]
  if part.sample and kind then return kind.sample end
  local written = write_reply(part, company.subjects)
  if kind and not part.manner and not kind.grammar(written) then return kind.sample end
  return written
end

-- A process that outlives its parent and does not mind being asked to end.
local function leave_behind(program)
  program:spawn(function(other)
    other:ignore("INT", "TERM", "HUP")
    other:sleep(FOR_EVER)
  end)
end

local function play(part, voice, company)
  local program = part.program
  -- Ctrl-C ends an agent as an error does, unless it minds nothing.
  program:trap("INT", function(interrupted) interrupted:exit(1) end)
  if part.stubborn then program:ignore("INT", "TERM", "HUP") end
  if part.leaves then leave_behind(program) end
  voice.begin(part)
  if part.dies_early then program:die(part.dies_early) end
  program:sleep(part.ms / 2)
  if part.floods then program:print(part.floods) end
  if part.error then
    part.error.now = program.keeper.machine.clock:time()
    program:exit(voice.fail(part, part.error))
  end
  voice.work(part, "ls")
  edit(part)
  if part.hangs then program:sleep(FOR_EVER) end
  program:sleep(part.ms / 2)
  if part.dies then program:die(part.dies) end
  local message = message_of(part, company)
  count_tokens(part)
  local written = message
  if part.torn and message then written = message:sub(1, #message // 2) end
  local code = voice.finish(part, message, written)
  program:exit(part.exits or code)
end

--- The program of an agent that speaks with *voice*, see voices.lua.  *company* is shared
-- by all agents of a world: { seed, memory, types = of replies, subjects(paths, n),
-- direct(part) = what the rehearsal script wishes }.
function agent.new(voice, company)
  return function(program)
    local part = draw(program, company.memory, company.seed)
    company.direct(part)
    mischief.work_on(part)
    play(part, voice, company)
  end
end

return agent
