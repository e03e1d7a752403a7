--- The kinds of list items in what a researcher answers: claims and their sources.
--
--     1. HTTP/2 needs no new URLs [S1, S3]
--     - S1: RFC 9113, https://www.rfc-editor.org/rfc/rfc9113 - defines the protocol
--
-- A claim may have no source; it is then known to have none.  A source that no list
-- names is an error, since nobody could look it up.

local items = require "orch.reply.items"
local markdown = require "orch.reply.markdown"
local text = require "orch.text"
local lpeg = require "lpeg"
local R, S, P = lpeg.R, lpeg.S, lpeg.P

local sources = {}

local LONGEST = 2000           -- bytes of a claim or a source
local MOST = 100               -- sources that one range may name
local DASHES = { " - ", " – ", " — " }

-- ── claims ──────────────────────────────────────────────────────────────────

local function add(ids, id)
  if not ids[id] then ids[#ids + 1], ids[id] = id, true end
end

--- Add the sources of a list such as `S1, S3-S5 and S8`.  Return false if it is no such
-- list.
local function read_ids(list, ids)
  list = list:gsub("–", "-"):gsub("—", "-"):gsub("%s+and%s+", ", ")
  if list:gsub("S%d+", ""):find "[^-,; ]" then return false end
  for from, to in list:gmatch "S(%d+)%s*%-%s*S(%d+)" do
    from, to = tonumber(from), tonumber(to)
    for n = from, math.min(to, from + MOST) do add(ids, "S" .. n) end
  end
  for id in list:gmatch "S%d+" do add(ids, id) end
  return true
end

local function read_claim(item)
  if #item > LONGEST then return nil, "is too long: one claim, in a sentence or two" end
  local ids = {}
  local claim = text.one_line(item):gsub("%s*[%[(]%s*(S%d[^%[%]()]-)%s*[%])]",
    function(list) return read_ids(list, ids) and "" or nil end)
  for _, none in ipairs { "%[[Nn]one%]", "%[[Nn]o sources?%]" } do
    claim = claim:gsub("%s*" .. none, "")
  end
  claim = text.trim((claim:gsub("^%*%*(.*)%*%*$", "%1")))
  if not claim:find "%w" then return nil, "makes no claim" end
  return { claim = claim, sources = table.move(ids, 1, #ids, 1, {}) }
end

sources.claim = {
  lines = { "1. one claim, a sentence or two [S1, S3]; [none] if no source bears it" },
  samples = {
    "A name longer than 15 bytes overwrites what follows it [S1, S2]",
    "Files with such names are rare in practice [none]",
  },
  numbered = true,
  read = read_claim,
}

-- ── sources ─────────────────────────────────────────────────────────────────

--- The last dash of *s* at or behind *from* that sets off a part: where it begins and
-- ends; the first one if *first*.
local function find_dash(s, from, first)
  local start, stop
  for _, dash in ipairs(DASHES) do
    local at = s:find(dash, from, true)
    while at and not (first and start and start < at) do
      if not start or first and at < start or not first and at > start then
        start, stop = at, at + #dash
      end
      at = not first and s:find(dash, at + 1, true) or nil
    end
  end
  return start, stop
end

--- `title, URL - why` as what it is and why it matters; the why may stand before the URL.
local function split(said)
  local at, last = said:find "%a[%w+.-]*://%S+"
  local start, stop = find_dash(said, last or 1, last ~= nil)
  if start then return said:sub(1, start - 1), said:sub(stop) end
  local before = said:sub(1, (at or 1) - 1)
  start, stop = find_dash(before, 1)
  if start and stop >= at then
    before = before:sub(1, start - 1)
    start, stop = find_dash(before, 1)
  end
  if not start then return nil end
  return before:sub(1, start - 1) .. (at and ", " .. said:sub(at) or ""), before:sub(stop)
end

local id = P "S" * R "09" * R "09" ^ -5
local opens = markdown.bold * P "[" ^ -1 * id * P "]" ^ -1 * markdown.bold
  * S " \t" ^ 0 * (P ":" + "–" + "—" + "-" + ".") * markdown.bold * S " \t" ^ 0

local function read_source(item)
  if #item > LONGEST then return nil, "is too long: one source, in one line" end
  local said = text.one_line(item)
  local name, from = item:match "S%d+", opens:match(said)
  if not from then
    return nil, "is not 'S1: title, where it is - why it matters': " .. items.quote(said)
  end
  local what, why = split(said:sub(from))
  if not what or not what:find "%w" or not why:find "%w" then
    return nil, ("does not say why %s matters: write 'title, where it is - why'")
      :format(name)
  end
  local url = what:match "(%a[%w+.-]*://[^%s)>%]]*[^%s)>%].,;])"
  return { id = name, what = text.one_line(what), url = url, why = text.one_line(why) }
end

sources.source = {
  lines = { "- S1: title, URL or where else it is found - why it matters" },
  samples = {
    "S1: The format's definition, https://example.org/format - says how long names are",
    "S2: src/parse.c:120 - shows the copy",
  },
  opens = opens,
  read = read_source,
  collect = function(list)
    local seen = {}
    for _, source in ipairs(list) do
      if seen[source.id] then return nil, "names two sources " .. source.id end
      seen[source.id] = true
    end
    return list
  end,
}

--- Whether every source that a point names is listed: true, or nil and which is not.
function sources.check(said)
  local known = {}
  for _, source in ipairs(said.sources) do known[source.id] = true end
  for i, point in ipairs(said.points) do
    for _, name in ipairs(point.sources) do
      if not known[name] then
        return nil, ("point %d names the source %s, which is not under SOURCES")
          :format(i, name)
      end
    end
  end
  return true
end

return sources
