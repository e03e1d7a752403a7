--- The files of an artefact: found within bounds, and seen as lines, code and prose.

local languages = require "orch.offline.languages"
local paths = require "orch.paths"

local files = {}

local MOST_FILES = 500
local MOST_BYTES = 8 * 1024 * 1024
local LARGEST = 1024 * 1024
local DEEPEST = 16

local SKIPPED = {
  [".git"] = true, [".hg"] = true, [".svn"] = true, [".orch-lua"] = true,
  [".claude"] = true, [".codex"] = true, [".venv"] = true, __pycache__ = true,
  build = true, node_modules = true,
}

--- The lines of *bytes* and how each ends ("\n", "\r\n", "" for the last).
local function split(bytes)
  local lines, ends = {}, {}
  for line, ending in bytes:gmatch "([^\n]*)(\n?)" do
    if line == "" and ending == "" then break end
    if ending == "\n" and line:sub(-1) == "\r" then
      line, ending = line:sub(1, -2), "\r\n"
    end
    lines[#lines + 1], ends[#ends + 1] = line, ending
  end
  return lines, ends
end

-- What is only made for a file whose defects need it.
local VIEWS = {
  code = function(file)
    local code = languages.code(file.kind, file.bytes)
    return code and (split(code)) or file.lines
  end,
  prose = function(file)
    return languages.prose(file.kind, file.lines) or {}
  end,
}

local file_class = {
  __index = function(file, key)
    if not VIEWS[key] then return nil end
    local view = VIEWS[key](file)
    rawset(file, key, view)
    return view
  end,
}

--- A file as defects see it: path (as shown), full, bytes, kind, lines, ends, code,
-- prose; exists(full path) and decode(json) ask the outside.
function files.view(file, bytes)
  local lines, ends = split(bytes)
  return setmetatable({
    path = file.path, full = file.full, mode = file.mode, kind = file.kind,
    exists = file.exists, decode = file.decode, root = file.root,
    bytes = bytes, lines = lines, ends = ends,
  }, file_class)
end

--- The text of a file from its lines, some of them changed: changes = { [n] = line, or
-- false to remove it }.
function files.join(file, changes)
  local out = {}
  for i, line in ipairs(file.lines) do
    local change = changes[i]
    if change == nil then change = line end
    if change then out[#out + 1] = change .. file.ends[i] end
  end
  return table.concat(out)
end

local function is_binary(bytes, is_text)
  local head = bytes:sub(1, 8000)
  if head:find "^\xFF\xFE" or head:find "^\xFE\xFF" then return true end -- UTF-16
  return not is_text and head:find("\0", 1, true) ~= nil
end

--- Read one file -> file | nil, why it is left out.
function files.read(core, root, full)
  local found, message = core.stat(full, true)
  if not found then return nil, message end
  if found.type ~= "file" then return nil, "not a file" end
  if found.size > LARGEST then return nil, "larger than 1 MiB" end
  local bytes
  bytes, message = core.read(full, 0, LARGEST)
  if not bytes then return nil, message end
  local kind, is_text = languages.kind(full, bytes)
  if is_binary(bytes, is_text) then return nil, "binary" end
  return files.view({
    path = paths.relative(full, root), full = full, root = root, kind = kind,
    mode = found.mode & 511,
    exists = function(path) return core.stat(path, true) ~= nil end,
    decode = core.json_decode,
  }, bytes)
end

local function leave_out(found, path, why)
  found.left_out[#found.left_out + 1] = { path = path, why = why }
end

local function walk(core, root, full, depth, found)
  for _, name in ipairs(core.list(full) or {}) do
    local path = full .. "/" .. name
    local state = core.stat(path, false) or {}
    if state.type == "folder" then
      if depth >= DEEPEST then
        leave_out(found, paths.relative(path, root), "too deep")
      elseif not SKIPPED[name] then
        walk(core, root, path, depth + 1, found)
      end
    elseif state.type == "file" then
      found:add(path)
    elseif state.type == "link" then
      leave_out(found, paths.relative(path, root), "a link")
    end
  end
end

local function add(found, core, root, full)
  local path = paths.relative(full, root)
  if #found >= MOST_FILES then return leave_out(found, path, "past 500 files") end
  if found.bytes >= MOST_BYTES then return leave_out(found, path, "past 8 MiB") end
  local file, why = files.read(core, root, full)
  if not file then return leave_out(found, path, why) end
  found[#found + 1] = file
  found.bytes = found.bytes + #file.bytes
end

--- All text files at or below *targets*, absolute paths, in order.  Paths are shown as
-- seen from *root*.  The list has `.bytes` and `.left_out`, a list of { path, why }.
function files.collect(core, root, targets)
  local found, seen = { bytes = 0, left_out = {} }, {}
  function found:add(full)
    if not seen[full] then add(self, core, root, full) end
    seen[full] = true
  end
  for _, target in ipairs(targets) do
    local state = core.stat(target, true) or {}
    if state.type == "folder" then
      walk(core, root, target, 1, found)
    else
      found:add(target)
    end
  end
  return found
end

--- A path, with its line if there is one, as a reply names it: in backticks when a reader
-- could not tell where it ends.
function files.place(path, line)
  local place = line and ("%s:%d"):format(path, line) or path
  return path:find "[^%w_./+@~-]" and "`" .. place .. "`" or place
end

local function plural(n, one, many)
  return ("%d %s"):format(n, n == 1 and one or many)
end

--- A sentence about what was read and what was not.
function files.account(found)
  local said = ("Read %s, %s."):format(plural(#found, "file", "files"),
    plural(found.bytes, "byte", "bytes"))
  local n = #found.left_out
  if n == 0 then return said end
  local first = found.left_out[1]
  local others = n > 1 and " and others" or ""
  return said .. (" Left out %s: %s (%s)%s.")
    :format(plural(n, "file", "files"), first.path, first.why, others)
end

return files
