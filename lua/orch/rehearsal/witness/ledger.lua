--- The journal of a rehearsed run as a witness hears it: what was written, and how much
--- of that a power cut would leave.

local ledger = {}

local Ledger = {}
Ledger.__index = Ledger

--- An empty ledger.  *decode* reads a line of JSON.
function ledger.new(decode)
  return setmetatable({ decode = decode, size = 0, synced = 0, launches = {},
    by_folder = {}, attempts = {}, done = {}, open_checks = {} }, Ledger)
end

-- The name of what a step does, and where in the script.
local function name_of(launch)
  return ("%s %s %s"):format(launch.key, launch.branch, launch.place)
end

local take = {}

function take.launch(self, record)
  self.launches[record.n] = record
  if record.what == "check" then self.open_checks[record.n] = true end
  if record.folder then self.by_folder[record.folder] = record end
end

function take.attempt(self, record)
  self.attempts[record.of .. "/" .. record.number] = self.size
end

function take.done(self, record)
  local launch = self.launches[record.of]
  self.open_checks[record.of] = nil
  if launch and record.state == "ok" then self.done[name_of(launch)] = true end
end

--- Take the lines in *bytes*, which were written at *at*.  each(record) hears of them.
function Ledger:add(bytes, at, each)
  for line in bytes:gmatch "[^\n]+" do
    local record = self.decode(line)
    if type(record) == "table" then
      self.size, self.last_at = self.size + 1, at
      if take[record.kind] then take[record.kind](self, record) end
      if each then each(record) end
    end
  end
end

--- Whether a check was begun and has no outcome.
function Ledger:has_open_check() return next(self.open_checks) ~= nil end

--- All of it is on disk.
function Ledger:sync() self.synced = self.size end

--- The launch that the step number *n* has, or nil.
function Ledger:launch(n) return self.launches[n] end

--- The launch of the worker in *folder*, which is relative to the run's, or nil.
function Ledger:launch_in(folder) return self.by_folder[folder] end

--- Whether the attempt *number* of *launch* is on disk.
function Ledger:is_written(launch, number)
  local at = launch and self.attempts[launch.n .. "/" .. number]
  return at ~= nil and at ~= false and at <= self.synced
end

--- Whether what *launch* does was done well before.
function Ledger:is_done(launch) return self.done[name_of(launch)] == true end

return ledger
