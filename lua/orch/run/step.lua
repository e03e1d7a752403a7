--- A step is one thing that the script has done to the outside, as the journal has it.
--
-- A step that was recorded before is found again by its key and place; what stands of it
-- is not done twice.  See past.lua for the rules.

local core = require "orch.core"
local failure = require "orch.failure"
local task = require "orch.task"
local text = require "orch.text"

local step = {}

local Step = {}
Step.__index = Step

--- The key of what is asked *about the files that the writers known here have left*.
local function key_here(key, place)
  if not place.seen[1] then return key end
  return core.hash(key .. " after " .. table.concat(place.seen, " "))
end

local function begin(run, what, key)
  local place = task.place()
  key = key_here(key, place)
  local self = setmetatable({ run = run, what = what, key = key, branch = place.path,
    place = place:place(what .. " " .. key) }, Step)
  if not run.past then return self end
  local entry, moved = run.past:claim(what, key, self.branch, self.place)
  if entry and moved and not run.options.dry_run then
    run.journal:write { kind = "moved", of = entry.n, branch = self.branch,
      place = self.place }
  end
  self.entry = entry
  return self
end

local function next_number(self)
  self.run.steps = self.run.steps + 1
  return self.run.steps
end

--- Begin the step of the running task that does *what*, "ask" or "check", with *key*.
-- It has `outcome`, the record of how it ended before, if that stands; or it goes on with
-- what was begun before: `n`, `launched`, `attempts` and `answers` to its questions are
-- set then.
function step.begin(run, what, key)
  local self = begin(run, what, key)
  local entry = self.entry
  self.attempts, self.answers = {}, {}
  if not entry then return self end
  if run.past:stands(entry, run.retry) then
    self.n, self.launched, self.outcome = entry.n, entry.launch, entry.done
    self.attempts = entry.attempts
  elseif not entry.done or entry.answered then
    self.n, self.launched, self.attempts = entry.n, entry.launch, entry.attempts
    self.answers = entry.answers
  end
  return self
end

--- The folder of the worker that did this step before and whose outcome does not stand,
-- or nil.
function Step:began_in()
  local entry = self.entry
  local started = entry and not self.outcome and not entry.redo
  if not started or not entry.launch.folder then return nil end
  return self.run.folder .. "/" .. entry.launch.folder
end

--- What was started for it in *folder* is of no use: it is put aside and started anew.
function Step:start_anew(folder)
  for number in text.sorted_pairs(self.attempts) do
    local files = ("%s/%d"):format(folder, number)
    local aside = ("%s.%s"):format(files, core.hash(core.random(16)):sub(1, 6))
    local ok, message, name = core.move(files, aside)
    if not ok and name ~= "ENOENT" then
      failure.refuse("disk", "cannot move '%s': %s (%s)", files, message, name)
    end
  end
  self.attempts = {}
end

--- What was recorded of it is of no use: it begins anew.
function Step:forget()
  self.n, self.launched, self.outcome, self.attempts = nil, nil, nil, {}
end

--- A fact: what was found out, such as a first look at a file or who won a race.  `value`
-- is what was found before, or nil.
function step.fact(run, what, key)
  local self = begin(run, what, key)
  local entry = self.entry
  if entry and not entry.redo then self.value = entry.value end
  return self
end

--- Record the *value* of a fact, if it is new; *about*: { named = paths, files = the name
-- of what was in them } where it is about files.
function Step:record(value, about)
  if self.value ~= nil or self.run.options.dry_run then return end
  self.run.journal:write { kind = "fact", n = next_number(self), what = self.what,
    key = self.key, branch = self.branch, place = self.place, value = value,
    named = about and about.named, files = about and about.files }
end

--- Record that it begins; *fields* say what a later execution must know.
function Step:launch(fields)
  if self.launched then return end
  self.n = next_number(self)
  fields.kind, fields.n, fields.what, fields.key = "launch", self.n, self.what, self.key
  fields.branch, fields.place = self.branch, self.place
  self.run.journal:write(fields)
  self.launched = fields
end

--- Record that an agent is about to be started for it: on disk before it is.
function Step:attempt(number, fields)
  fields.kind, fields.of, fields.number = "attempt", self.n, number
  self.run.journal:write(fields, { durable = true })
  self.attempts[number] = fields
end

--- Record how it ended, when all that it brought is on disk.
function Step:done(fields)
  fields.kind, fields.of = "done", self.n
  self.run.journal:write(fields, { durable = true })
end

return step
