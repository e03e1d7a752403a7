--- The small edits that scripted workers make, within their scope unless told otherwise.

local edits = {}

local MOST_FILES, DEEPEST = 24, 6
local SKIPPED = { [".git"] = true, [".orch-lua"] = true }

local function walk(files, path, prefix, depth, list)
  for _, name in ipairs(files:list(path) or {}) do
    local found = files:stat(path .. "/" .. name)
    local kind = #list < MOST_FILES and not SKIPPED[name] and found and found.type
    if kind == "folder" and depth < DEEPEST then
      walk(files, path .. "/" .. name, prefix .. name .. "/", depth + 1, list)
    elseif kind == "file" then
      list[#list + 1] = prefix .. name
    end
  end
  return list
end

--- The files below *path* as *files* sees them, relative to it and in order.
function edits.files(files, path)
  return walk(files, path, "", 1, {})
end

-- The files that *scope*, paths as a brief names them, allows to edit; one that does not
-- exist yet may be made.
local function targets(files, scope)
  local list = {}
  for _, path in ipairs(scope) do
    path = path:gsub("^`(.*)`$", "%1")
    local found = files:stat(path, true)
    if found and found.type == "folder" then
      for _, name in ipairs(edits.files(files, path)) do
        list[#list + 1] = path == "." and name or path .. "/" .. name
      end
    else
      list[#list + 1] = path
    end
  end
  return list
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]*\n?" do
    if line ~= "" then lines[#lines + 1] = line end
  end
  return lines
end

-- *text* with one line changed, added or removed.
local function changed(text, chance, words)
  local lines = lines_of(text)
  if #lines == 0 then return words .. "\n" end
  local at, how = chance:between(1, #lines), chance:below(4)
  if how == 0 and #lines > 2 then
    table.remove(lines, at)
  elseif how == 1 then
    lines[at] = words .. "\n"
  else
    table.insert(lines, at, words .. "\n")
  end
  return table.concat(lines)
end

--- Small edits within *scope*: a list of { path, bytes or false for none }.
function edits.draw(files, scope, chance, words)
  local list, seen = {}, {}
  local all = targets(files, scope)
  for _ = 1, math.min(#all, chance:between(1, 3)) do
    local path = chance:pick(all)
    if not seen[path] then
      seen[path] = true
      list[#list + 1] = { path, changed(files:read(path) or "", chance, words) }
    end
  end
  return list
end

--- Make the edits *list* as *program*.
function edits.make(program, list)
  local files = program.keeper.machine:files_in(program.folder)
  for _, edit in ipairs(list) do
    local path, bytes = edit[1], edit[2]
    local parent = path:match "^(.*)/[^/]*$"
    if not bytes then
      program:remove_file(path)
    else
      if parent then files:make_folder(parent, { parents = true, mode = 493 }) end
      program:write_file(path, bytes)
    end
  end
end

return edits
