--- Takes patches back: reads what patch.lua or the real git wrote, and undoes it.

local diff = require "orch.rehearsal.git.diff"

local undoing = {}

local NO_NEWLINE = "\\ No newline at end of file\n"

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

-- Read a patch: a list of { path, new = mode, deleted = mode, old_mode, hunks }.
local function read(text)
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

-- Undo the patch of one *file* in the files *now*, path -> { mode, bytes } or false.
-- Return nil, or why it cannot be done.
local function undo_file(file, now)
  local there = now[file.path]
  local missing = there == false
  if missing ~= (file.deleted ~= nil) then
    return ("error: %s: %s"):format(file.path,
      there and "already exists in working directory" or "No such file or directory")
  end
  local before, line = undo(there and there.bytes or "", file.hunks)
  if not before then
    return ("error: patch failed: %s:%d\nerror: %s: patch does not apply")
      :format(file.path, line, file.path)
  end
  now[file.path] = not file.new
    and { mode = file.deleted or file.old_mode or there.mode, bytes = before }
end

--- What taking *text*, a patch, back does to the files that look(path) -> mode, bytes
-- tells of: a list of { path, mode, bytes or nil to remove }; or nil and why it cannot.
function undoing.steps(text, look)
  local files, now, steps = read(text), {}, {}
  for i = #files, 1, -1 do
    local path = files[i].path
    if now[path] == nil then
      local mode, bytes = look(path)
      now[path] = mode and { mode = mode, bytes = bytes } or false
      steps[#steps + 1] = { path = path }
    end
    local problem = undo_file(files[i], now)
    if problem then return nil, problem end
  end
  for _, step in ipairs(steps) do
    local file = now[step.path]
    if file then step.mode, step.bytes = file.mode, file.bytes end
  end
  return steps
end

return undoing
