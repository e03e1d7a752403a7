--- What is rehearsed: a script with its words, its pack, and a project to work on.
--
-- It is read once from the real disk; every rehearsal gets it as files of its world.
-- orch-lua's own files and the pack's have the same place there on every machine.

local core = require "orch.core"
local declared = require "orch.options.declared"
local samples = require "orch.rehearsal.samples"
local scenario = require "orch.rehearsal.scenario"
local script = require "orch.script"
local templates = require "orch.templates"
local text = require "orch.text"

local subject = {}

subject.SHARE = "/opt/orch-lua/share/orch-lua"
subject.PROJECT = "/home/user/project"
local PACK = "/home/user/pack"

local DEEPEST, MOST_FILES, LARGEST = 4, 300, 256 * 1024

-- Copy the files below the real folder *from* that *wanted*(name) accepts.
local function copy_tree(files, from, to, wanted, depth)
  depth = depth or 1
  for _, name in ipairs(core.list(from) or {}) do
    local path = from .. "/" .. name
    local found = name:sub(1, 1) ~= "." and core.stat(path, true)
    if found and found.type == "folder" and depth < DEEPEST then
      copy_tree(files, path, to .. "/" .. name, wanted, depth + 1)
    elseif found and found.type == "file" and found.size <= LARGEST and wanted(name)
      and files.count < MOST_FILES then
      files.count = files.count + 1
      files.all[to .. "/" .. name] = core.read(path)
    end
  end
end

local function is_lua(name) return name:find "%.lua$" ~= nil end
local function is_any() return true end

-- orch-lua's own templates and patterns, in the place that they have in a world.
local function share_of()
  local files, own = { all = {}, count = 0 }, core.host().share
  for _, kind in ipairs { "worker-templates", "patterns" } do
    if own then
      copy_tree(files, own .. "/" .. kind, subject.SHARE .. "/" .. kind, is_lua)
    end
  end
  return files.all
end

-- Put the real file or folder that the word *path* names into the project.
local function take_along(files, path)
  local found = path ~= "" and path ~= "." and core.stat(path, true)
  if not found then return end
  local to = path:sub(1, 1) == "/" and path or subject.PROJECT .. "/" .. path
  to = to:gsub("/%./", "/"):gsub("/+$", "")
  if found.type == "folder" then
    copy_tree(files, path, to, is_any)
  elseif found.type == "file" and found.size <= LARGEST then
    files.all[to] = core.read(path)
  end
end

-- What the words name of the real project; the rest of a world's project is made up.
local function named_files(words)
  local files = { all = {}, count = 0 }
  for _, word in ipairs(words) do
    for part in word:gsub("^%-%-[^=]+=", ""):gmatch "[^,]+" do take_along(files, part) end
  end
  return files.all
end

-- ── words for options that have to be given ─────────────────────────────────

local function about_files(spec)
  local words = (spec.name .. " " .. spec.help):lower()
  return words:find "file" or words:find "folder" or words:find "path"
    or words:find "artefact"
end

-- A value for the required option *spec*.
local function value_of(spec)
  if spec.kind == "number" then return tostring(spec.min or spec.max or 3) end
  local one = about_files(spec) and { "src/parse.c", "src/write.c", "docs/format.md" }
    or { "one", "two", "three", "four", "five", "six" }
  if spec.kind == "list" then
    local count = math.max(spec.min or 2, math.min(2, spec.max or 2))
    return table.concat(one, ",", 1, math.min(count, #one))
  end
  if about_files(spec) then return spec.help:find "folder" and "src" or one[1] end
  if (spec.name .. spec.help):find "command" then return "make test" end
  return "Make the parser safe for long names."
end

-- The names of the options that *words* give.
local function given_in(words)
  local names = {}
  for _, word in ipairs(words) do
    names[declared.name(word:match "^%-%-([^=]+)" or "")] = true
  end
  return names
end

-- Add to *words* the options of *more*, pairs of words, that are not given there.
local function add_missing(words, more)
  local known = given_in(words)
  for i = 1, #more, 2 do
    if not known[declared.name(more[i]:sub(3))] then
      words[#words + 1], words[#words + 2] = more[i], more[i + 1]
    end
  end
end

--- The words for the options *entries*, as a script declares them: those that are given,
-- and one for each required option that is not.
function subject.words(given, entries)
  local specs, names = declared.check(entries)
  local words, known = table.move(given, 1, #given, 1, {}), given_in(given)
  for _, name in ipairs(specs and names or {}) do
    if specs[name].required and not known[name] then
      words[#words + 1] = specs[name].flag
      words[#words + 1] = value_of(specs[name])
    end
  end
  return words
end

-- ── the script ──────────────────────────────────────────────────────────────

-- The pack's files, and where it lies in a world.
local function pack_of(path, own_share)
  local pack = script.pack(path)
  local real = core.real_path(pack) or pack
  if own_share and real == core.real_path(own_share) then return subject.SHARE, {} end
  local files = { all = {}, count = 0 }
  copy_tree(files, pack, PACK, is_lua)
  return PACK, files.all, pack
end

-- What the file beside the script says: its table, {} without one; or nil and a message.
local function rehearsal_of(path, share)
  local beside = path:gsub("%.lua$", "") .. ".rehearsal.lua"
  local source, message, name = core.read(beside)
  if not source then
    if name == "ENOENT" then return {} end
    return nil, ("cannot read '%s': %s"):format(beside, message)
  end
  local roles = {}
  for file in text.sorted_pairs(share) do
    local role = file:match "/worker%-templates/([^/]+)%.lua$"
    if role and templates.is_role(role) then roles[#roles + 1] = role end
  end
  return scenario.load(source, beside, roles, samples.of(share))
end

--- The script at *path* with the user's *words*, and what its rehearsal file says.
-- Return { path, name, source, words, pack, share, files, script = the rehearsal file's
-- table, real(text) -> text with the user's own paths }; or nil and a message.
function subject.of(path, words)
  local source, message, name = core.read(path)
  if not source then
    if name == "ENOENT" then message = "there is no such file" end
    return nil, ("cannot read the script '%s': %s"):format(path, message)
  end
  local share = share_of()
  local pack, pack_files, real = pack_of(path, core.host().share)
  for file, bytes in pairs(pack_files) do share[file] = bytes end
  local rehearsal, wrong = rehearsal_of(path, share)
  if not rehearsal then return nil, wrong end
  local all = table.move(words, 1, #words, 1, {})
  add_missing(all, scenario.words(rehearsal))
  return {
    path = path, name = path:match "[^/]*$", source = source, words = all, pack = pack,
    share = share, script = rehearsal, files = named_files(words),
    real = function(said)
      return real and (said:gsub(PACK, (real:gsub("%%", "%%%%")))) or said
    end,
  }
end

return subject
