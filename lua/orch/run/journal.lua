--- The journal of a run: what was done, one JSON object a line, never rewritten.
--
-- Each line ends with a checksum over itself and the checksum of the line before, so a
-- line that was changed, moved or taken out is seen.  The last line may be torn, for
-- nobody relies on a record before it is whole: it is cut off.  Any other bad line stops
-- the reader, since what comes after it cannot be trusted.

local core = require "orch.core"
local failure = require "orch.failure"
local secrets = require "orch.secrets"

local journal = {}

local FORMAT = 1               -- of the records; a newer one is refused
local DIGITS = 16              -- of a checksum
local SEAL = ',"~":"%s"}'      -- the end of a line
local SEALED = #SEAL:format(("0"):rep(DIGITS))
local MOST = 1 << 30           -- bytes of a journal that are read

local Journal = {}
Journal.__index = Journal

-- ── lines ───────────────────────────────────────────────────────────────────

local function checksum(before, body) return core.hash(before .. body):sub(1, DIGITS) end

--- The line of *record* after one with the checksum *before*; and its own checksum.
local function line_of(record, before)
  local body = core.json_encode(record):sub(1, -2)
  local sum = checksum(before, body)
  return body .. SEAL:format(sum) .. "\n", sum
end

--- The record of *line*, and its checksum; nil when it is not as it was written.
local function record_of(line, before)
  local body, seal = line:sub(1, -SEALED - 1), line:sub(-SEALED)
  local sum = checksum(before, body)
  if seal ~= SEAL:format(sum) then return nil end
  return core.json_decode(line), sum
end

-- ── reading ─────────────────────────────────────────────────────────────────

--- What keeps the first line from being read at all: a newer format, or nil.
local function is_newer(line)
  local first = core.json_decode(line)
  local format = type(first) == "table" and first.format
  return type(format) == "number" and format > FORMAT
end

--- The records of *bytes*, the checksum after them and their size; or nil and the offset
-- of a bad line that is not the last.
local function records_of(bytes)
  local records, sum, at = {}, "", 1
  while at <= #bytes do
    local stop = bytes:find("\n", at, true)
    local record, next_sum
    if stop then record, next_sum = record_of(bytes:sub(at, stop - 1), sum) end
    if not record then
      if stop and stop < #bytes then return nil, at - 1 end
      break
    end
    records[#records + 1], sum, at = record, next_sum, stop + 1
  end
  return records, sum, at - 1
end

--- Read the journal in *folder*.  Return { records =, sum =, size = bytes that count,
-- torn = whether a last record was cut off }, or nil and a sentence.
function journal.read(folder)
  local path = folder .. "/journal"
  local bytes, message, name = core.read(path, 0, MOST)
  if not bytes then
    return nil, ("cannot read '%s': %s (%s)"):format(path, message, name)
  end
  if is_newer(bytes:match "^[^\n]*") then
    return nil, ("'%s' was written by a newer orch-lua: use that one"):format(path)
  end
  local records, sum, size = records_of(bytes)
  if not records then
    return nil, ("'%s' is damaged at byte %d: what follows cannot be trusted, so nothing "
      .. "was started"):format(path, sum)
  end
  local first = records[1]
  if not first or first.kind ~= "run" or first.format ~= FORMAT then
    return nil, ("'%s' has no beginning: the run had not begun"):format(path)
  end
  return { records = records, sum = sum, size = size, torn = size < #bytes }
end

-- ── writing ─────────────────────────────────────────────────────────────────

--- Begin the journal in *folder* with the record *first* of the run.
function journal.create(folder, first)
  local self = setmetatable({ path = folder .. "/journal", sum = "", size = 0 }, Journal)
  first.kind, first.format = "run", FORMAT
  self:write(first)
  local ok, message, name = core.sync(self.path)   -- its name in the folder, too
  if not ok then
    failure.refuse("disk", "cannot sync '%s': %s (%s)", self.path, message, name)
  end
  return self
end

--- Go on with the journal in *folder*, which was *read* before.
function journal.continue(folder, read)
  local self = setmetatable({ path = folder .. "/journal", sum = read.sum,
    size = read.size }, Journal)
  if read.torn then
    local ok, message, name = core.truncate(self.path, read.size)
    if not ok then
      failure.refuse("disk", "cannot cut '%s': %s (%s)", self.path, message, name)
    end
  end
  return self
end

--- Write *record*; with { durable = true } it is on disk before this returns.  What could
-- not be synced may or may not stay, so nothing is written after it.
function Journal:write(record, options)
  if self.broken then error(self.broken, 0) end
  record.at = record.at or core.time()
  local line, sum = line_of(secrets.masked(record), self.sum)
  local size, message, name = core.append(self.path, line, options)
  if size then
    self.sum, self.size = sum, size
    return
  end
  local problem = failure.new { state = "failed", cause = "disk",
    reason = ("cannot write '%s': %s (%s)"):format(self.path, message, name) }
  local found = core.stat(self.path)
  if not found or found.size ~= self.size then self.broken = problem end
  error(problem, 0)
end

return journal
