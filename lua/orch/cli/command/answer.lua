--- `orch-lua answer RUN WORKER TEXT`: answers a worker's question, and goes on.

local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local journal = require "orch.run.journal"
local past = require "orch.run.past"
local say = require "orch.cli.say"
local text = require "orch.text"

local answer = {
  usage = "answer RUN WORKER TEXT",
  summary = "Answer the question of a worker, and go on with the run.",
  help = "WORKER is its label, such as W2.  The worker goes on in its own conversation,\n"
    .. "where its agent keeps one, or is asked again with the answer.",
}

local function said(entry) return entry.done.failure and entry.done.failure.question end

--- The questions of a run that nobody has answered, the newest of each worker.
local function open_questions(records)
  local known, list = past.new(records), {}
  for _, entry in ipairs(known.entries) do
    local done = entry.done
    if done and done.state == "blocked" and not entry.answered
      and known.at[entry.name] == entry then
      list[#list + 1] = entry
    end
  end
  return list
end

local function find(list, word)
  local labels = {}
  for i, entry in ipairs(list) do
    local label = entry.launch.label
    labels[i] = label:match "^%S+"
    if label:lower() == word:lower() or labels[i]:lower() == word:lower() then
      return entry
    end
  end
  return nil, labels
end

--- Record *reply* to the worker that *word* means in the run of *folder*.  Return its
-- label, or nil and a sentence.
local function record(folder, word, reply)
  local lock, message, name = core.lock(folder .. "/lock")
  if not lock then
    return nil, name == "EWOULDBLOCK" and "the run is going on: its questions can be "
      .. "answered when it has ended" or "cannot lock the run: " .. message
  end
  local _ <close> = setmetatable({}, { __close = function() core.unlock(lock) end })
  local read, problem = journal.read(folder)
  if not read then return nil, problem end
  local list = open_questions(read.records)
  if not list[1] then return nil, "no worker of this run waits for an answer" end
  local entry, labels = find(list, word)
  if not entry then
    return nil, ("'%s' has asked nothing; there is a question of %s"):format(word,
      text.either(labels, "and"))
  end
  journal.continue(folder, read):write({ kind = "answer", of = entry.n, text = reply },
    { durable = true })
  return entry
end

function answer.run(given, globals)
  local found, wrong = chosen.words(answer, given, { "RUN", "WORKER", "TEXT" })
  if not found then return say.fail(2, wrong) end
  if not found[3]:find "%S" then return say.fail(2, "the answer is empty") end
  local entry, problem = record(found.path, found[2], found[3])
  if not entry then return say.fail(2, problem) end
  core.output(2, text.clean(("%s asked: %s\nit is told: %s\n"):format(entry.launch.label,
    said(entry) or "?", found[3])))
  return require "orch.cli.command.resume".go_on(found.path, {}, globals)
end

return answer
