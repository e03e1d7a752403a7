--- What earlier executions of a run recorded, and what of it the script asks for again.
--
-- A resumed run is the script from its top.  What it asks is found by its key (what is
-- asked) and its place (where in the script, and how many of this key came before).  If
-- the script has changed, a record may be found at another place; it is used only once.

local past = {}

local Past = {}
Past.__index = Past

-- Outcomes that say nothing of the work itself: it is done again.
local AGAIN = {
  state = { stopped = true, lost = true, limited = true, over_budget = true },
  cause = { auth = true, quota = true, overload = true, disk = true, memory = true,
    start = true, deadline = true, environment = true },
}

-- ── reading the records ─────────────────────────────────────────────────────

local take = {}                -- kind of a record -> what it adds

local function name_of(what, key, branch, place)
  return ("%s\0%s\0%s\0%d"):format(what, key, branch, place)
end

local function index(self, entry)
  entry.name = name_of(entry.what, entry.key, entry.branch, entry.place)
  self.at[entry.name] = entry
end

local function add(self, record)
  local entry = { n = record.n, what = record.what, key = record.key,
    branch = record.branch, place = record.place, launch = record, attempts = {},
    answers = {} }
  self.entries[#self.entries + 1] = entry
  self.by_number[entry.n] = entry
  self.last_n = math.max(self.last_n, entry.n)
  index(self, entry)
  local alike = self.alike[record.key] or {}
  self.alike[record.key], alike[#alike + 1] = alike, entry
  return entry
end

function take.launch(self, record)
  add(self, record)
  if record.folder then self.folders[record.folder] = true end
end

function take.fact(self, record) add(self, record).value = record.value end

function take.attempt(self, record)
  self.by_number[record.of].attempts[record.number] = record
  self.starts = self.starts + 1
end

function take.done(self, record)
  local entry = self.by_number[record.of]
  entry.done, entry.answered = record, false
  self.tokens = self.tokens + (record.tokens or 0)
  self.money = self.money + (record.money or 0)
end

function take.moved(self, record)
  local entry = self.by_number[record.of]
  entry.branch, entry.place = record.branch, record.place
  index(self, entry)
end

function take.answer(self, record)
  local entry = self.by_number[record.of]
  entry.answered, entry.answers[#entry.answers + 1] = true, record.text
end

function take.base(self, record)
  self.bases[record.fan .. " " .. record.root] = record.tree
end

function take.landing(self, record)
  self.landings[record.branch .. " " .. record.root] = record
end

function take.landed(self, record)
  self.landings[record.branch .. " " .. record.root].landed = true
end

function take.source(self, record) self.sources[record.path] = record.hash end

function take.files(self, record)
  self.manifests[#self.manifests + 1] = record.manifest
end

-- An execution ends, or breaks off and is followed by the next one.
local function close_execution(self, record)
  self.seconds = self.seconds + math.max(0, record.at - self.began)
end

function take.run(self, record) self.script_hash = record.script_hash end

take["end"] = function(self, record)
  close_execution(self, record)
  self.ended = record
  for _, n in ipairs(record.because or {}) do self.because[n] = true end
end

function take.resume(self, record)
  if not self.ended then close_execution(self, self.latest) end
  self.ended, self.began = nil, record.at
  self.seconds = record.seconds or self.seconds
  self.script_hash = record.script_hash
end

--- The records of a journal, as past.
function past.new(records)
  local self = setmetatable({
    run = records[1], entries = {}, by_number = {}, at = {}, alike = {},
    folders = {}, bases = {}, sources = {}, landings = {}, manifests = {},
    because = {}, last_n = 0, starts = 0, tokens = 0, money = 0, seconds = 0,
    began = records[1].at,
  }, Past)
  for _, record in ipairs(records) do
    if take[record.kind] then take[record.kind](self, record) end
    self.latest = record
  end
  if not self.ended then close_execution(self, self.latest) end
  return self
end

-- ── finding them again ──────────────────────────────────────────────────────

--- The numbers of a branch's path, for the order of the script.
local function numbers_of(path)
  local list = {}
  for number in path:gmatch "%d+" do list[#list + 1] = math.tointeger(number) end
  return list
end

--- Whether *a* stands before *b* in the script.
local function stands_before(a, b)
  local one, other = numbers_of(a.branch), numbers_of(b.branch)
  for i = 1, math.max(#one, #other) do
    local left, right = one[i] or 0, other[i] or 0
    if left ~= right then return left < right end
  end
  if a.place ~= b.place then return a.place < b.place end
  return a.n < b.n
end

--- The first unused record of that key in the order of the script.
local function first_elsewhere(self, what, key)
  local first
  for _, entry in ipairs(self.alike[key] or {}) do
    local is_one = entry.what == what and not entry.used and self.at[entry.name] == entry
    if is_one and (not first or stands_before(entry, first)) then first = entry end
  end
  return first
end

--- The record of what is asked with *key* at this place, or nil; and whether it was found
-- at another place.  It is not given twice.
function Past:claim(what, key, branch, place)
  local entry = self.at[name_of(what, key, branch, place)]
  if entry and entry.used then entry = nil end
  local moved = false
  if not entry and self.changed then
    entry = first_elsewhere(self, what, key)
    moved = entry ~= nil
  end
  if entry then entry.used = true end
  return entry, moved
end

--- Whether the outcome of *entry* stands: a success, or a failure of the worker's own.
-- *retry* lets no failure stand.
function Past:stands(entry, retry)
  local done = entry.done
  if not done or entry.redo then return false end
  if done.state == "ok" then return true end
  if done.state == "blocked" then return not entry.answered end
  local cause = done.failure and done.failure.cause
  return not (retry or AGAIN.state[done.state] or AGAIN.cause[cause]
    or self.because[entry.n])
end

--- The tree with which the items of the fan-out *fan* began in the workspace *root*.
function Past:base(fan, root) return self.bases[fan .. " " .. root] end

--- What was recorded of taking over what *branch* wrote in *root*, or nil: { changes,
-- landed = whether all of it was }.
function Past:landing(branch, root) return self.landings[branch .. " " .. root] end

function Past:has_landed(branch, root)
  local landing = self:landing(branch, root)
  return landing ~= nil and landing.landed == true
end

--- The workers that were launched and have no outcome; `used` are those that were asked
-- for again.
function Past:unfinished()
  local list = {}
  for _, entry in ipairs(self.entries) do
    if entry.what == "ask" and not entry.done then list[#list + 1] = entry end
  end
  return list
end

return past
