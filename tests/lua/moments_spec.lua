-- An engine that dies at any moment, killed or by a power cut: what is finished stays.

local chance = require "orch.rehearsal.chance"
local core = require "orch.core"
local stage = require "stage"

local PROJECT = "/home/user/project"

-- With ORCH_MOMENTS=every it dies at every single moment, else at some that differ by
-- story: what matters there is that this stays quick.
local EVERY = core.environment().ORCH_MOMENTS == "every"
local STRIDE = EVERY and 1 or 17
local ROUNDS = EVERY and 60 or 4       -- with several deaths at random, for each story

local function ask(orch, task) return orch.ask("worker", { task = task }).result end

local function write(orch, task, path)
  return orch.ask("implementer", { task = task, edit = path }).changed[1].path
end

--- Add a line to the file that the task names, in two steps.
local function edit(program, task)
  local path = task:match "%S+%.txt"
  local text = program:read_file(path) or ""
  program:write_file(path, text .. "half ")
  program:sleep(20)
  program:write_file(path, text .. task .. "\n")
  program:sleep(20)
  return ("CHANGED:\n- %s - a line\n"):format(path)
end

local function plain(program, task)
  program:sleep(50)
  return "RESULT: " .. task .. "\n"
end

local STORIES = {
  ["two at once, then a third"] = { behave = plain, script = function(orch)
    local both = orch.all({ "a", "b" }, function(task) return ask(orch, task) end)
    return table.concat(both, ",") .. "," .. ask(orch, "c")
  end },

  ["a reply that is refused at first"] = {
    behave = function(program, task)
      program:sleep(50)
      local again = stage.brief_of(program):find "The draft is this"
      return again and "RESULT: " .. task .. "\n" or "The draft is this."
    end,
    script = function(orch) return ask(orch, "a") .. ask(orch, "b") end,
  },

  ["a writer in place"] = {
    files = { ["a.txt"] = "one\n" },
    behave = function(program, task)
      return task:find "txt" and edit(program, task) or plain(program, task)
    end,
    script = function(orch)
      return write(orch, "Add to a.txt", "a.txt") .. ask(orch, "b")
        .. write(orch, "Add more to a.txt", "a.txt")
    end,
  },

  ["writers in branches"] = {
    files = { ["a.txt"] = "one\n", ["b.txt"] = "two\n" },
    behave = edit,
    script = function(orch)
      local both = orch.all({ "a.txt", "b.txt" }, function(path)
        return write(orch, "Add to " .. path, path)
      end)
      return table.concat(both, ",") .. write(orch, "Finish a.txt", "a.txt")
    end,
  },

  ["a question that is answered"] = {
    behave = function(program, task, count)
      program:sleep(50)
      local asks = task == "a" and count == 1
      return asks and "QUESTION: Which one?\n" or "RESULT: " .. task .. "\n"
    end,
    script = function(orch)
      return table.concat(orch.all({ "a", "b" }, function(task)
        return ask(orch, task)
      end))
    end,
    answered = 1,
  },
}

local function files_of(here, story)
  local found = {}
  for path in pairs(story.files or {}) do
    found[path] = here.core.read(PROJECT .. "/" .. path)
  end
  return found
end

--- The folders of the workers that are done, as the journal has it.
local function finished(here)
  local folders, list = {}, {}
  for _, record in ipairs(here.folder and here:journal() or {}) do
    if record.kind == "launch" then folders[record.n] = record.folder end
    if record.kind == "done" and record.state == "ok" then
      list[#list + 1] = folders[record.of]
    end
  end
  return list
end

local function starts_of(here, folder)
  local count = 0
  for files, starts in pairs(here.attempts) do
    if files:find("/" .. folder .. "/", 1, true) then count = count + starts end
  end
  return count
end

--- Workers that were done were not started since.
local function check_finished(here, known, where)
  for folder, starts in pairs(known) do
    assert.equal(starts, starts_of(here, folder), where)
  end
  for _, folder in ipairs(finished(here)) do known[folder] = starts_of(here, folder) end
end

local CUT_SHORT = { killed = true, signal = true }

--- Play *story* to its end; engine i dies by *deaths*[i], if there is one.  Return the
-- stage, the outcome, the value and the effects of each engine.
local function play(story, deaths, where)
  local here, known, effects = stage.new(story.behave, story.files), {}, {}
  for i = 1, math.huge do
    local outcome, _, value = here:go_on(story.script, { death = deaths[i] })
    effects[i] = here.effects
    check_finished(here, known, where)
    if outcome.kind == "question" then
      here:answer(story.answered, "The second.")
    elseif not CUT_SHORT[outcome.kind] and not (deaths[i] and deaths[i].full) then
      return here, outcome, value, effects
    end
  end
end

--- How the story goes when nobody dies.
local function undisturbed(story)
  local here, outcome, value, effects = play(story, {})
  assert.equal("nothing", outcome.kind, outcome.message)
  return { value = value, starts = here.starts, files = files_of(here, story),
    effects = effects }
end

local function words_of(deaths)
  local words = {}
  for i, death in ipairs(deaths) do
    words[i] = ("%s at %s"):format(death.signal or death.full and "disk full"
      or death.crash and "crash" or "kill", death.at)
  end
  return table.concat(words, ", ")
end

--- Play *story* with these deaths: it ends as without them.
local function check(story, good, deaths)
  local where, crashed = words_of(deaths), false
  local here, outcome, value = play(story, deaths, where)
  where = ("%s (%s)"):format(where, here.last_effect)
  for _, death in ipairs(deaths) do
    crashed = crashed or death.crash or death.signal or death.full
  end
  assert.equal("nothing", outcome.kind, where .. ": " .. tostring(outcome.message))
  assert.equal(good.value, value, where)
  assert.same(good.files, files_of(here, story), where)
  if not crashed then assert.same(good.starts, here.starts, where) end
end

--- At each moment of each engine of the undisturbed story.
local function check_all(story, good, death_at)
  for engine, effects in ipairs(good.effects) do
    for at = engine, effects, STRIDE do
      local deaths = {}
      for i = 1, engine - 1 do deaths[i] = { at = 0 } end
      deaths[engine] = death_at(at)
      check(story, good, deaths)
    end
  end
end

local function several(luck, good)
  local deaths = {}
  for i = 1, luck:between(2, 5) do
    deaths[i] = { at = luck:between(1, good.effects[1]),
      crash = luck:one_in(3) and luck:below(1 << 30) or nil }
  end
  return deaths
end

for name, story in pairs(STORIES) do
  describe(name, function()
    local good = undisturbed(story)

    it("comes to the same end, whenever its engine is killed", function()
      check_all(story, good, function(at) return { at = at } end)
    end)

    it("comes to the same end, whenever the power fails", function()
      check_all(story, good, function(at) return { at = at, crash = at } end)
    end)

    it("comes to the same end, whenever Ctrl-C is pressed", function()
      check_all(story, good, function(at) return { at = at, signal = "INT" } end)
    end)

    it("comes to the same end, whenever the disk was full", function()
      check_all(story, good, function(at) return { at = at, full = true } end)
    end)

    it("comes to the same end after several deaths", function()
      for round = 1, ROUNDS do
        check(story, good, several(chance.new(round, name), good))
      end
    end)
  end)
end

describe("an engine that is killed while it writes what branches wrote", function()
  it("leaves nothing of its own beside the file", function()
    local story = STORIES["writers in branches"]
    local good, wanted = undisturbed(story), ("write %s/a.txt"):format(PROJECT)
    local at, here = 0
    repeat
      at = at + 1
      here = stage.new(story.behave, story.files)
      here:go_on(story.script, { death = { at = at } })
    until here.last_effect == wanted
    local beside = PROJECT .. "/a.txt.0123abcd~"
    assert(here.core.write(beside, "half of it"))

    local outcome = here:go_on(story.script)

    assert.equal("nothing", outcome.kind, outcome.message)
    assert.same(good.files, files_of(here, story))
    assert.is_nil(here.core.stat(beside))
  end)
end)

describe("a writer in a branch whose work tree is gone", function()
  it("writes once more, since what it wrote is gone as well", function()
    local story = STORIES["writers in branches"]
    local good, here = undisturbed(story), stage.new(story.behave, story.files)
    here:execute(story.script, { kill = 30 })
    here.core.poll(1000)
    assert(here.core.remove(here.folder .. "/trees", { tree = true }))

    local outcome, _, value = here:go_on(story.script)

    assert.equal("nothing", outcome.kind, outcome.message)
    assert.equal(good.value, value)
    assert.same(good.files, files_of(here, story))
    assert.equal(2, here.starts["Add to a.txt"])
  end)
end)
