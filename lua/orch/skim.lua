--- orch.skim: a first look at the artefact, before anybody is asked about it.
--
-- The guide, "Orchestrator habits": skim the artefact yourself before delegating.

local core = require "orch.core"
local paths = require "orch.paths"
local run = require "orch.run"
local secrets = require "orch.secrets"
local text = require "orch.text"

local Outline = { __name = "outline" }
Outline.__index = Outline

local TRIVIAL_LINES = 40       -- so short that no plan and no context are needed
local READ = 1024 * 1024       -- bytes of a file that are looked at
local ENTRIES = 200            -- entries of a folder that are listed
local DEPTH = 4
local HEADINGS = 60
local SKIPPED = {
  [".git"] = true, [".orch-lua"] = true, node_modules = true, build = true,
}

-- Lines that tell the structure of a file: headings, definitions.
local LANDMARKS = {
  "^#+ ", "^%s*function ", "^local function ", "^%s*def ", "^%s*class ", "^%s*fn ",
  "^%s*pub ", "^func ", "^type ", "^struct ", "^enum ", "^[%a_][%w_%s%*]-%([^;]*$",
  "^\\section",
}

function Outline:__tostring() return self.path end

--- Writes itself into a brief: the path, and the outline as a block.
function Outline:__brief() return self.path, self.text, "outline" end

local function is_landmark(line)
  for _, pattern in ipairs(LANDMARKS) do
    if line:find(pattern) then return true end
  end
end

local function of_file(path, found, bytes)
  if bytes:find("\0", 1, true) then
    return ("%s: %s, not text"):format(path, text.size(found.size)), 0
  end
  local shown, lines = {}, 0
  for _, line in ipairs(text.lines(bytes)) do
    lines = lines + 1
    if #shown < HEADINGS and is_landmark(line) then
      shown[#shown + 1] = ("%5d  %s"):format(lines, text.shorten(text.clean(line), 100))
    end
  end
  local more = found.size > READ and ", of which the first MiB was looked at" or ""
  table.insert(shown, 1, ("%s: %d lines, %s%s")
    :format(path, lines, text.size(found.size), more))
  return table.concat(shown, "\n"), lines
end

local function walk(path, depth, state)
  for _, name in ipairs(core.list(path) or {}) do
    if not SKIPPED[name] then
      local inner = path .. "/" .. name
      local found = core.stat(inner) or {}
      state.count = state.count + 1
      if state.count <= ENTRIES then
        local size = found.type == "file" and "  " .. text.size(found.size) or ""
        state.shown[#state.shown + 1] = ("  "):rep(depth) .. text.clean(name)
          .. (found.type == "folder" and "/" or "") .. size
      end
      if found.type == "folder" and depth < DEPTH then walk(inner, depth + 1, state) end
    end
  end
end

local function of_folder(path)
  local state = { count = 0, shown = { path .. "/" } }
  walk(path, 1, state)
  if state.count > ENTRIES then
    state.shown[#state.shown + 1] = ("and %d more"):format(state.count - ENTRIES)
  end
  return table.concat(state.shown, "\n")
end

--- What is worth knowing of what was *found* at *path*, as plain data.
local function look(path, found, bytes)
  if found.type == "folder" then
    return { bytes = found.size, text = of_folder(path), folder = true, trivial = false }
  end
  local shown, lines = of_file(path, found, bytes)
  return { bytes = found.size, text = shown, lines = lines,
    trivial = lines <= TRIVIAL_LINES and found.size <= 100 * TRIVIAL_LINES }
end

--- The record of what is at *path*, and its bytes or names; or nil and why it cannot be
-- seen.
local function look_into(path)
  local found, message, name = core.stat(path, true)
  local content
  if found and found.type == "file" then
    content, message, name = core.read(path, 0, READ)
  elseif found and found.type == "folder" then
    content, message, name = core.list(path)
  elseif found then
    message, name = ("it is a %s, not a file or folder"):format(found.type), "EINVAL"
  end
  if content then return found, content end
  return nil, message, name
end

--- Look at the file or folder *path*.  Return an outline: `.path`, `.text`, `.trivial`,
-- `.lines` and `.bytes` of a file; it may go into any field of a worker.
local function skim(path)
  if type(path) ~= "string" or path == "" then
    error("orch.skim needs the path of a file or folder, got " .. tostring(path), 2)
  end
  local current = run.current()
  local fact = current:fact("skim", path)
  local seen = fact.value
  if not seen then
    local found, content, name = look_into(paths.absolute(path))
    if not found then
      error(("cannot skim '%s': %s (%s)"):format(path, content, name), 2)
    end
    seen = secrets.masked(look(path, found, content))
    local named = { paths.resolve(path) }
    fact:record(seen, { named = named, files = current:note_files(named) })
  end
  seen.path = path
  current.trivial = seen.trivial and current.trivial ~= false
  return setmetatable(seen, Outline)
end

return skim
