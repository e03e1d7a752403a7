--- Points: what researchers claim, numbered, each with its sources.
--
-- Claims are never merged: two that sound alike may disagree.  Sources are, when they
-- are the same place; S1 of one researcher and S4 of another are then one number.

local fields = require "orch.fields"
local text = require "orch.text"

local points = {}

-- ── how they are written ────────────────────────────────────────────────────

local Source = { __name = "source" }

function Source:__tostring()
  return ("%s: %s - %s"):format(self.id, self.what, self.why)
end

local Point = { __name = "point" }

function Point:__tostring()
  local ids = {}
  for i, source in ipairs(self.sources) do ids[i] = source.id end
  local from = ids[1] and table.concat(ids, ", ") or "no source"
  return ("%s: %s [%s] (%s)"):format(self.id, self.claim, from, self.by)
end

local Points = { __name = "points" }
local methods = {}
Points.__index = methods

local function add_list(out, title, list)
  if not list[1] then return end
  out[#out + 1] = title
  for _, item in ipairs(list) do out[#out + 1] = "- " .. tostring(item) end
end

function Points:__brief()
  local out, n = {}, #self
  add_list(out, "Claims:", self)
  add_list(out, "Sources:", self.sources)
  add_list(out, "Disagreements:", self.disagreements)
  add_list(out, "Uncertain:", self.uncertainty)
  local inline = n == 0 and "no points" or n == 1 and "the point P1"
    or ("the points P1 to P%d"):format(n)
  return inline, out[1] and table.concat(out, "\n"), "points"
end

--- The claims as texts, each with the numbers of its sources; one without says so.
function methods:claims()
  local list = {}
  for i, point in ipairs(self) do list[i] = tostring(point) end
  return list
end

--- The points that no source bears.
function methods:unsourced()
  local list = {}
  for _, point in ipairs(self) do
    if not point.sources[1] then list[#list + 1] = point end
  end
  return list
end

local function count(n, one)
  return ("%d %s%s"):format(n, one, n == 1 and "" or "s")
end

--- One sentence: how many claims from how many sources, and how many have none.
function methods:summary()
  if #self == 0 then return "There are no claims." end
  local bare = #self:unsourced()
  return ("%s from %s%s."):format(count(#self, "claim"), count(#self.sources, "source"),
    bare > 0 and (", %d without any"):format(bare) or "")
end

-- ── collecting them ─────────────────────────────────────────────────────────

--- What two researchers' names for one place have in common.
local function identity(source)
  if not source.url then return text.trim(source.what:lower():gsub("%W+", " ")) end
  return (source.url:lower():gsub("#.*$", ""):gsub("^https?://", ""):gsub("^www%.", "")
    :gsub("/$", ""))
end

--- Number the sources of one reply -> by the reply's own ids.
local function take_sources(self, reply, known)
  local by_id = {}
  for _, given in ipairs(reply.sources or {}) do
    local key = identity(given)
    if not known[key] then
      known[key] = setmetatable({ id = "S" .. #self.sources + 1, what = given.what,
        url = given.url, why = given.why }, Source)
      self.sources[#self.sources + 1] = known[key]
    end
    by_id[given.id] = known[key]
  end
  return by_id
end

local function take_points(self, reply, by_id)
  for _, given in ipairs(reply.points or {}) do
    local point, seen = { id = "P" .. #self + 1, claim = given.claim, sources = {},
      by = reply.label }, {}
    for _, id in ipairs(given.sources or {}) do
      local source = by_id[id]
      if source and not seen[source] then
        point.sources[#point.sources + 1], seen[source] = source, true
      end
    end
    self[#self + 1] = setmetatable(point, Point)
  end
end

--- Texts that may name sources, with the ids that those have now.
local function take_texts(list, given, reply, by_id)
  for _, said in ipairs(given or {}) do
    said = said:gsub("%f[%w]S%d+%f[%W]", function(id)
      return by_id[id] and by_id[id].id
    end)
    list[#list + 1] = ("%s (%s)"):format(said, reply.label)
  end
end

--- The points of researchers' *replies* (`orch.reply.research`): a list of { id, claim,
-- sources, by }, with `.sources`, `.disagreements` and `.uncertainty`.
function points.collect(replies)
  if type(replies) ~= "table" then
    error("orch.points needs a list of replies, got " .. fields.show(replies), 2)
  end
  local self = setmetatable({ sources = {}, disagreements = {}, uncertainty = {} },
    Points)
  local known = {}
  for i, reply in ipairs(replies) do
    if type(reply) ~= "table" or type(reply.points) ~= "table" then
      error(("reply %d has no points: orch.points takes what researchers answered")
        :format(i), 2)
    end
    local labelled = { label = reply.label or ("researcher %d"):format(i),
      points = reply.points, sources = reply.sources }
    local by_id = take_sources(self, labelled, known)
    take_points(self, labelled, by_id)
    take_texts(self.disagreements, reply.disagreements, labelled, by_id)
    take_texts(self.uncertainty, reply.uncertainty, labelled, by_id)
  end
  return self
end

return points
