--- The kinds of list items that the built-in replies are made of.
--
-- A kind is { lines = how it is asked for, samples = { item, ... }, read = function(item)
-- -> value | nil, what is missing }, and for the list around it: label = lines that are
-- part of an item, opens = what begins an item without a mark, collect = function(values)
-- -> value | nil, what is wrong.

local lpeg = require "lpeg"
local markdown = require "orch.reply.markdown"
local text = require "orch.text"
local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct

local items = {}

local SEVERITIES = { "critical", "high", "medium", "low" }
local STATES = { fixed = "fixed", open = "open", unverified = "unverified",
  ["not fixed"] = "open", ["still open"] = "open", reopened = "open" }

local function is_in(word, list)
  for _, one in ipairs(list) do
    if word == one then return true end
  end
end

--- What the reader sees of *s* in a message: its first line, not too long.
local function quote(s)
  return "'" .. text.shorten(s:match "^[^\n]*", 60) .. "'"
end

-- ── places: a path, perhaps with lines ──────────────────────────────────────

local blank, bold = S " \t", markdown.bold
local stars = P "**" ^ -1          -- not "__", with which a name may begin
local digits = R "09" * R "09" ^ -8
local number = digits / math.tointeger
local dash = P "–" + "—" + "-"
local upto = (P ".." + dash) * P "L" ^ -1
local lines = (P ":" * P "L" ^ -1 + "#L") * Cg(number, "line")
  * (upto * Cg(number, "last_line")) ^ -1 * (":" * digits) ^ -1
local stop = S " \t\n,;:)`" + -1
local edge = #(S " \t\n,;)`" + P "**" * stop + ":" * (S " \t\n" + -1)) + -1
local path = C((1 - (S " \t\n`" + lines * edge + edge)) ^ 1)
local path_in_ticks = C((1 - (S "`\n" + lines * "`")) ^ 1)
local ticked = "`" * Cg(path_in_ticks, "path") * lines ^ -1 * "`" * lines ^ -1
  * Cg(Cc(true), "ticked")
local place = Ct(ticked + Cg(path, "path") * (lines * edge) ^ -1)
local separator = blank ^ 0 * (P "—" + "–" + ":") * blank ^ 0
  + blank ^ 1 * "-" * blank ^ 1

--- Whether a word, before this *separator*, is a path and not the start of a sentence.
local function is_path(word, before)
  if word:find "%.%a%w*$" and not word:find "[()]" then return true end
  local _, slashes = word:gsub("/", "")
  if slashes == 0 or word:find "[()]" then return false end
  local set_off = before and not (before:find ":" and word:find "%u")
  return slashes > 1 or set_off or word:find "^[./~]" ~= nil or word:find "/$" ~= nil
end

local function write_place(at)
  local last = at.last_line and "-" .. at.last_line or ""
  return at.line and ("%s:%d%s"):format(at.path, at.line, last) or at.path
end

-- ── findings ────────────────────────────────────────────────────────────────

local severity = "[" * blank ^ 0 * Cg(C((1 - S "]\n") ^ 1), "severity") * "]"
local label = (P "F" * digits * S ".:" * blank ^ 0) ^ -1
local head = Ct(bold * label * bold * severity * bold * separator ^ -1 * blank ^ 0 * stars
  * Cg(lpeg.Cp(), "place"))
local after_place = bold * Cg(C(separator) + Cc(false), "separator") * blank ^ 0 * bold
  * Cg(lpeg.Cp(), "title")
local placed = Ct(Cg(place, "at") * after_place)

local finding_label = markdown.labels {
  { name = "evidence", "evidence" },
  { name = "fix", "recommended fix", "suggested fix", "proposed fix", "fix" },
}

local function without_bold(s)
  s = text.trim(s)
  return (s:gsub("^%*%*", ""):gsub("%*%*$", ""))
end

--- Read the line `[high] src/x.c:120 Title`.
local function read_head(line)
  local found = head:match(line)
  if not found then return nil end
  local with = placed:match(line, found.place)
  local at = with and with.at
  local before = at and (at.ticked and "`" or with.separator)
  if at and (at.line or is_path(at.path, before)) then
    found.at, found.title = at, without_bold(line:sub(with.title))
  else
    found.title = without_bold(line:sub(found.place))
  end
  return found
end

local function read_labels(body)
  local said = {}
  for name, part in markdown.parts(body, finding_label) do
    part, name = markdown.outdent(text.trim(part)), name or "detail"
    said[name] = said[name] or {}
    if part ~= "" then table.insert(said[name], part) end
  end
  for name, parts in pairs(said) do
    said[name] = parts[1] and table.concat(parts, "\n")
  end
  return said
end

local function read_finding(item)
  local line, body = item:match "^([^\n]*)\n?(.*)$"
  local found = read_head(line)
  if not found then
    return nil, "has no severity: begin it with [critical], [high], [medium] or [low]"
  end
  local given = text.trim(found.severity):lower()
  if not is_in(given, SEVERITIES) then
    return nil, ("has the unknown severity %s: expected %s")
      :format(quote(found.severity), text.either(SEVERITIES))
  end
  local said = read_labels(body)
  if found.title == "" then return nil, "has no title behind its severity and place" end
  if not said.evidence then
    return nil, "has no evidence: add an indented line 'Evidence:' with where you saw it"
      .. " and what it shows"
  end
  local at = found.at or {}
  return { severity = given, title = found.title, path = at.path, line = at.line,
    last_line = at.last_line, where = at.path and write_place(at),
    evidence = said.evidence, fix = said.fix, detail = said.detail }
end

items.finding = {
  lines = {
    "1. [critical|high|medium|low] path:line Title on one line",
    "   Evidence: where you saw it and what it shows",
    "   Fix: what to do, short (optional)",
  },
  samples = { table.concat({
    "[high] src/parse.c:120 The length of a name is not checked",
    "   Evidence: line 120 copies `n` bytes into `name[16]`; `n` comes from the file",
    "   Fix: refuse names that are longer than 15 bytes",
  }, "\n") },
  numbered = true,
  label = finding_label, labels = { evidence = true, fix = true },
  opens = bold * label * bold * "[",
  read = read_finding,
}

-- ── `path - what` ───────────────────────────────────────────────────────────

local Entry = { __tostring = function(entry)
  return entry.what and ("%s - %s"):format(entry.where, entry.what) or entry.where
end }

-- A run of blanks is passed at once, or every blank of it would be tried.
local between = C(((blank ^ 1 - separator) + (1 - (blank + separator + "\n"))) ^ 0)
local entry = Ct(stars * Cg(place, "at") * bold
  * (Cg(between, "between") * separator * bold * Cg(C(P(1) ^ 0), "what")) ^ -1
  * Cg(lpeg.Cp(), "stop"))

items.place = {
  lines = { "- path - what" },
  samples = { "src/parse.c - names that are too long are refused" },
  read = function(item)
    local found = entry:match(item)
    local at = found and found.at
    local named = found and (at.ticked or is_path(at.path, "-") or not found.between
      or not found.between:find "%S")
    if not named or not found.what and found.stop <= #item then
      return nil, "is not 'path - what': " .. quote(item)
    end
    return setmetatable({ path = at.path, line = at.line, where = write_place(at),
      what = found.what and without_bold(found.what) or nil }, Entry)
  end,
}

-- ── `F1: fixed - evidence` ──────────────────────────────────────────────────

local id = C(R "AZ" * R "AZ" ^ -2 * R "09" * R "09" ^ -5)
local state = C(R("az", "AZ") ^ 1 * (" " * R("az", "AZ") ^ 1) ^ -1)
local mark = Ct(bold * Cg(id, "id") * bold * separator
  * bold * P "[" ^ -1 * Cg(state, "state") * P "]" ^ -1 * bold
  * (separator + blank ^ 0 * S ",;." * blank ^ 0 + blank ^ 0 * "\n" + blank ^ 0)
  * Cg(C(P(1) ^ 0), "evidence"))

local function read_mark(item)
  local found = mark:match(item)
  if not found then
    return nil, "is not 'F1: fixed|open|unverified - evidence': " .. quote(item)
  end
  local words = found.state:lower()
  local known = STATES[words] or STATES[words:match "^%a+"]
  if not known then
    return nil, ("says %s of %s: expected fixed, open or unverified")
      :format(quote(found.state), found.id)
  end
  local said = read_labels(found.evidence)
  local evidence = said.evidence or said.detail
  if not STATES[words] then
    evidence = found.state:match "^%a+ (.*)" .. " " .. (evidence or "")
  end
  if not evidence and known ~= "unverified" then
    return nil, ("says that %s is %s without evidence"):format(found.id, known)
  end
  return { id = found.id, state = known, evidence = evidence }
end

items.mark = {
  lines = { "- F1: fixed|open|unverified - the evidence for it" },
  samples = { "F1: fixed - line 118 refuses names longer than 15 bytes" },
  opens = bold * id * bold * separator,
  read = read_mark,
  collect = function(marks)
    local by_id = {}
    for _, one in ipairs(marks) do
      local before = by_id[one.id]
      if before and before.state ~= one.state then
        return nil, ("says that %s is %s and that it is %s")
          :format(one.id, before.state, one.state)
      end
      by_id[one.id] = { state = one.state, evidence = one.evidence }
    end
    return by_id
  end,
}

-- ── a text, and what users write ────────────────────────────────────────────

items.text = {
  lines = { "- one point" },
  samples = { "one point" },
  keeps_prelude = true,
  read = function(item) return (item:gsub("^%[[ xX]%] ", "")) end,
}

items.quote = quote

return items
