--- What the shell of a rehearsal does with a command line.
--
-- A command that nobody scripted takes seeded seconds and succeeds; in some seeds it
-- fails now and then, as tests do.  A scripted one is a word, "pass" or "fail", a text
-- that it prints, { code =, prints =, minutes =, signal = }, or a list of these, one for
-- each time that it is run, the last for all further.

local chance = require "orch.rehearsal.chance"

local commands = {}

local WORDS = {
  pass = { code = 0, prints = "all tests passed\n" },
  fail = { code = 1, prints = "1 test failed\n" },
}

local function outcome_of(answer)
  if type(answer) == "string" then return WORDS[answer] or { prints = answer } end
  return answer
end

local function unscripted(luck, unsteady)
  return unsteady and luck:one_in(3) and WORDS.fail or WORDS.pass
end

local function play(program, outcome, luck)
  program:sleep(outcome.minutes and outcome.minutes * 60000 or luck:between(200, 90000))
  if outcome.prints then program:print(outcome.prints) end
  if outcome.signal then program:die(outcome.signal) end
  return outcome.code or 0
end

--- A shell for the commands *scripted*, command line -> answer, of the world of *seed*.
function commands.shell(seed, scripted)
  local times = {}
  local unsteady = chance.new(seed, "checks"):one_in(5)
  return function(program, command)
    times[command] = (times[command] or 0) + 1
    local luck = chance.new(seed, ("check %s/%d"):format(command, times[command]))
    local answer = scripted[command]
    if type(answer) == "table" and answer[1] ~= nil then
      answer = answer[math.min(times[command], #answer)]
    end
    if answer == nil then return play(program, unscripted(luck, unsteady), luck) end
    return play(program, outcome_of(answer), luck)
  end
end

--- `cp -p -- FROM TO`.
function commands.cp(program)
  local argv = program.argv
  local bytes = program:read_file(argv[#argv - 1])
  if not bytes then return 1 end
  program:write_file(argv[#argv], bytes)
end

--- `ln -s -- TARGET PATH`, which replaces PATH with -f.
function commands.ln(program)
  local argv = program.argv
  local files = program.keeper.machine:files_in(program.folder)
  local target, path = argv[#argv - 1], argv[#argv]
  local place = files:find(path)
  if not place or place.node and not argv[2]:find "f" then return 1 end
  local node = files.disk:node("link", 511)
  node.target = target
  files.disk:change { { place.folder, place.name, node } }
end

return commands
