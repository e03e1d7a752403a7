--- Writes patches in git's own form.
--
-- A file with a NUL byte is written in hexadecimal, which only the git of a world reads.

local diff = require "orch.rehearsal.git.diff"

local patch = {}

local CONTEXT = 3              -- lines around a change
local NO_NEWLINE = "\\ No newline at end of file\n"
local ZERO = ("0"):rep(40)

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

return patch
