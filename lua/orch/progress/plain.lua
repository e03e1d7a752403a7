--- A line for each change, with the time since the start; no control codes.
--
-- Quiet is the same view with only warnings and failures.

local words = require "orch.progress.words"

local plain = {}

local SILENT_MS = 5 * 60 * 1000
local LOOK_MS = 60 * 1000      -- between two looks, and so between two such lines

local View = {}
View.__index = View

-- "[0:07] ", "[1:02:03] "
local function stamp(self)
  local seconds = math.floor((self.core.now() - self.observer.started) / 1000)
  local minutes, hours = seconds // 60, seconds // 3600
  if hours == 0 then return ("[%d:%02d] "):format(minutes, seconds % 60) end
  return ("[%d:%02d:%02d] "):format(hours, minutes % 60, seconds % 60)
end

local function write(self, lines)
  if lines[1] then self.core.output(2, table.concat(lines, "\n") .. "\n") end
end

local function tell(self, line)
  if not self.quiet then write(self, { stamp(self) .. line }) end
end

local function warn(self, lines)
  lines[1] = stamp(self) .. lines[1]
  write(self, lines)
end

function View:run(record)
  tell(self, words.run(record))
  if self.observer.verbose and record.folder then
    tell(self, "its files are in " .. record.folder)
  end
end

function View:plan(steps)
  local step = words.step(steps)
  if step and step ~= self.step then tell(self, "step " .. step) end
  self.step = step
end

function View:worker(worker, before)
  if before and before.state == worker.state and before.waits_for == worker.waits_for then
    return
  end
  if worker.bad then
    warn(self, words.failure_lines(worker))
  else
    tell(self, words.worker(worker, self.core.now()))
  end
end

function View:check(check) tell(self, words.check(check)) end

function View.budget() end

function View:pause(pause) tell(self, words.pause(pause)) end

function View:note(note)
  if not self.quiet then write(self, { note }) end
end

function View:warning(warning) warn(self, { "warning: " .. warning }) end

function View:message(message) write(self, { message }) end

--- The running workers that have been silent for long, and twice as long as when that was
-- told last.
local function newly_silent(self, now)
  local list = {}
  for i, worker in ipairs(self.observer.workers) do
    local silent = worker.state == "running" and worker.last_output
      and now - worker.last_output or 0
    if silent < SILENT_MS then
      self.told_at[i] = nil
    elseif silent >= (self.told_at[i] or SILENT_MS) then
      self.told_at[i] = 2 * silent
      list[#list + 1] = worker
    end
  end
  return list
end

--- Say now and then who is silent: silence alone is no failure.
function View:tick()
  local now = self.core.now()
  if now - self.looked_at < LOOK_MS then return end
  self.looked_at = now
  local silent = newly_silent(self, now)
  if silent[1] then tell(self, words.silence(silent, now)) end
end

function View.clear() end

--- The end: what failed once more, how it ended if nobody said so, what it has cost.
function View:finish(failed, finish, told)
  write(self, words.failures(failed))
  if not finish then return end
  if finish.outcome and not told then write(self, { finish.outcome }) end
  if not self.quiet then write(self, { words.cost(finish) }) end
end

function plain.new(observer)
  return setmetatable({ observer = observer, core = observer.core,
    quiet = observer.mode == "quiet", told_at = {}, looked_at = observer.core.now() },
    View)
end

return plain
