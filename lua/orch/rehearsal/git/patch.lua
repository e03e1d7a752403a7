--- Patches in git's own form: written from two trees, and taken back from a work tree.
--
-- A file with a NUL byte is written in hexadecimal, which only this git reads.

local diff = require "orch.rehearsal.git.diff"

local patch = {}

local CONTEXT = 3              -- lines around a change
local NO_NEWLINE = "\\ No newline at end of file\n"
local ZERO = ("0"):rep(40)

-- ── writing ─────────────────────────────────────────────────────────────────

local function quoted(path)
  if not path:find '[%c"\\\128-\255]' then return path end
  return '"' .. path:gsub('[%c"\\\128-\255]', function(c)
    return (c == '"' or c == "\\") and "\\" .. c or ("\\%03o"):format(c:byte())
  end) .. '"'
end

-- Changes that are close are one hunk.
local function hunks_of(changes)
  local hunks = {}
  for _, change in ipairs(changes) do
    local last = hunks[#hunks]
    local before = last and last[#last]
    if before and change.a - (before.a + before.removed) <= 2 * CONTEXT then
      last[#last + 1] = change
    else
      hunks[#hunks + 1] = { change }
    end
  end
  return hunks
end

local function put(out, mark, line)
  out[#out + 1] = mark .. line
  if line:sub(-1) ~= "\n" then out[#out + 1] = "\n" .. NO_NEWLINE end
end

local function range(from, count)
  if count == 1 then return tostring(from) end
  return ("%d,%d"):format(count == 0 and from - 1 or from, count)
end

local function write_hunk(out, hunk, a, b)
  local first, last = hunk[1], hunk[#hunk]
  local lead = math.min(CONTEXT, first.a - 1)
  local tail = math.min(CONTEXT, #a - (last.a + last.removed - 1))
  local from_a, from_b = first.a - lead, first.b - lead
  out[#out + 1] = ("@@ -%s +%s @@\n"):format(
    range(from_a, last.a + last.removed + tail - from_a),
    range(from_b, last.b + last.added + tail - from_b))
  local at = from_a
  for _, change in ipairs(hunk) do
    for i = at, change.a - 1 do put(out, " ", a[i]) end
    for i = change.a, change.a + change.removed - 1 do put(out, "-", a[i]) end
    for i = change.b, change.b + change.added - 1 do put(out, "+", b[i]) end
    at = change.a + change.removed
  end
  for i = at, at + tail - 1 do put(out, " ", a[i]) end
end

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function write_head(out, path, old, new)
  local a, b = quoted("a/" .. path), quoted("b/" .. path)
  out[#out + 1] = ("diff --git %s %s\n"):format(a, b)
  if not old then out[#out + 1] = ("new file mode %s\n"):format(new.mode) end
  if not new then out[#out + 1] = ("deleted file mode %s\n"):format(old.mode) end
  local same = old and new and old.mode == new.mode
  if old and new and not same then
    out[#out + 1] = ("old mode %s\nnew mode %s\n"):format(old.mode, new.mode)
  end
  if old and new and old.id == new.id then return nil end
  out[#out + 1] = ("index %s..%s%s\n"):format(old and old.id or ZERO,
    new and new.id or ZERO, same and " " .. new.mode or "")
  return old and a or "/dev/null", new and b or "/dev/null"
end

local function write_file(out, path, old, new, read)
  local a, b = write_head(out, path, old, new)
  if not a then return end
  local before, after = old and read(old.id) or "", new and read(new.id) or ""
  if (before .. after):find("\0", 1, true) then
    out[#out + 1] = ("GIT binary patch\nhex %s\nhex %s\n\n")
      :format(hex(after), hex(before))
  elseif before ~= after then
    out[#out + 1] = ("--- %s\n+++ %s\n"):format(a, b)
    before, after = diff.lines(before), diff.lines(after)
    for _, hunk in ipairs(hunks_of(diff.changes(before, after))) do
      write_hunk(out, hunk, before, after)
    end
  end
end

--- The patch for the list *changes* of { path, old, new }, each an entry { mode, id } or
-- nil; read(id) gives the bytes of a file.  A change of type is two patches in one.
function patch.write(changes, read)
  local out = {}
  for _, change in ipairs(changes) do
    local old, new = change.old, change.new
    if old and new and old.mode:sub(1, 2) ~= new.mode:sub(1, 2) then
      write_file(out, change.path, old, nil, read)
      write_file(out, change.path, nil, new, read)
    else
      write_file(out, change.path, old, new, read)
    end
  end
  return table.concat(out)
end

-- ── reading ─────────────────────────────────────────────────────────────────

local function unquoted(path)
  if path:sub(1, 1) ~= '"' then return path end
  path = path:sub(2, -2):gsub("\\(%d%d%d)", function(digits)
    return string.char(tonumber(digits, 8))
  end)
  return (path:gsub("\\(.)", "%1"))
end

local function path_of(head)
  local name = head:match '^diff %-%-git ("a/.-") "b/'
    or head:match "^diff %-%-git (a/.-) b/"
  return unquoted(name):sub(3)
end

local KINDS = {
  { "^diff %-%-git ", function(state, line)
    state.file = { path = path_of(line), hunks = {} }
    state.files[#state.files + 1] = state.file
    state.hunk = nil
  end },
  { "^new file mode (%d+)", function(state, _, mode) state.file.new = mode end },
  { "^deleted file mode (%d+)", function(state, _, mode) state.file.deleted = mode end },
  { "^old mode (%d+)", function(state, _, mode) state.file.old_mode = mode end },
  { "^hex (%x*)", function(state, _, digits)
    local bytes = digits:gsub("%x%x", function(two)
      return string.char(tonumber(two, 16))
    end)
    table.insert(state.file.hunks, { binary = bytes })
  end },
  { "^@@ %-%d+,?%d* %+(%d+)", function(state, _, at)
    state.hunk = { at = tonumber(at), old = {}, new = {} }
    table.insert(state.file.hunks, state.hunk)
  end },
}

local SIDES = { [" "] = { "old", "new" }, ["-"] = { "old" }, ["+"] = { "new" } }

local function read_body(hunk, line)
  local sides = SIDES[line:sub(1, 1)]
  if line == NO_NEWLINE then
    for _, side in ipairs(hunk.last) do
      local list = hunk[side]
      list[#list] = list[#list]:gsub("\n$", "")
    end
  elseif sides then
    hunk.last = sides
    for _, side in ipairs(sides) do table.insert(hunk[side], line:sub(2)) end
  end
end

local function read_line(state, line)
  local in_hunk = state.hunk and not line:find "^diff %-%-git " and not line:find "^@@ "
  if in_hunk then return read_body(state.hunk, line) end
  for _, kind in ipairs(KINDS) do
    local found = line:match(kind[1])
    if found then return kind[2](state, line, found) end
  end
end

--- Read a patch: a list of { path, new = mode, deleted = mode, old_mode, hunks }.
function patch.read(text)
  local state = { files = {} }
  for line in text:gmatch "[^\n]*\n" do read_line(state, line) end
  return state.files
end

-- ── taking back ─────────────────────────────────────────────────────────────

local function matches(lines, at, wanted)
  for i, line in ipairs(wanted) do
    if lines[at + i - 1] ~= line then return false end
  end
  return at >= 1
end

-- Where the lines *wanted* stand, nearest to *at*.
local function find(lines, at, wanted)
  for away = 0, #lines + 1 do
    if matches(lines, at + away, wanted) then return at + away end
    if matches(lines, at - away, wanted) then return at - away end
  end
end

-- *text* with the *hunks* undone, or nil and the line at which one does not fit.
local function undo(text, hunks)
  if hunks[1] and hunks[1].binary then
    if text ~= hunks[1].binary then return nil, 1 end
    return hunks[2].binary
  end
  local lines = diff.lines(text)
  for i = #hunks, 1, -1 do
    local hunk = hunks[i]
    local start = #hunk.new == 0 and hunk.at + 1 or hunk.at
    local at = find(lines, math.max(start, 1), hunk.new)
    if not at then return nil, hunk.at end
    local rest = table.move(lines, at + #hunk.new, #lines, 1, {})
    for j = at, #lines do lines[j] = nil end
    table.move(hunk.old, 1, #hunk.old, #lines + 1, lines)
    table.move(rest, 1, #rest, #lines + 1, lines)
  end
  return table.concat(lines)
end

--- What taking *text*, a patch, back does to the files that look(path) -> mode, bytes
-- tells of: a list of { path, mode, bytes or nil to remove }; or nil and why it cannot.
function patch.undo(text, look)
  local steps = {}
  for _, file in ipairs(patch.read(text)) do
    local mode, bytes = look(file.path)
    if (mode == nil) ~= (file.deleted ~= nil) then
      return nil, ("error: %s: %s"):format(file.path,
        mode and "already exists in working directory" or "No such file or directory")
    end
    local before, line = undo(bytes or "", file.hunks)
    if not before then
      return nil, ("error: patch failed: %s:%d\nerror: %s: patch does not apply")
        :format(file.path, line, file.path)
    end
    steps[#steps + 1] = { path = file.path, mode = file.deleted or file.old_mode or mode,
      bytes = not file.new and before or nil }
  end
  return steps
end

return patch
