--- `orch-lua new`: a pack, a pattern or a worker template that runs at once, with a test.

local core = require "orch.core"
local say = require "orch.cli.say"
local skeletons = require "orch.cli.skeletons"
local templates = require "orch.templates"

local new = {
  usage = "new pack|pattern|template NAME",
  summary = "Write a pack, a pattern or a worker template to begin with.",
  help = "A pack is a folder with patterns/, worker-templates/ and tests/, made here.\n"
    .. "In a pack, a pattern or template is put where it belongs, with a test beside\n"
    .. "it; elsewhere a pattern is put in the folder you stand in.  Nothing is\n"
    .. "overwritten.",
}

local KINDS = { "pack", "pattern", "template" }
local LONGEST = 60
local FILE, PROGRAM, FOLDER = tonumber("644", 8), tonumber("755", 8), tonumber("755", 8)

local function is_folder(path)
  local found = core.stat(path, true)
  return found ~= nil and found.type == "folder"
end

-- Whether the folder one stands in is a pack.
local function in_pack()
  return is_folder "patterns" or is_folder "worker-templates"
end

-- ── what is written ─────────────────────────────────────────────────────────

-- The files of each kind: a list of { path, text, mode }, the command line that runs what
-- is new, and its test or nil.

local make = {}

local function file(path, text, values, mode)
  values.FILE, values.PATH = path:match "[^/]+$", values.PATH or path
  return { path = path, mode = mode or FILE, text = skeletons.fill(text, values) }
end

function make.pattern(name)
  local script = name:gsub("-", "_")
  local values = { NAME = script, ROLE = "reviewer" }
  if not in_pack() then
    local path = script .. ".lua"
    return { file(path, skeletons.pattern, values) }, path
  end
  local path = "patterns/" .. script .. ".lua"
  local test = "tests/" .. script .. ".sh"
  return {
    file(path, skeletons.pattern, values),
    file(test, skeletons.pattern_test, { NAME = script, PATH = path }, PROGRAM),
  }, path, test
end

function make.template(name)
  local role = name:gsub("-", "_")
  if not templates.is_role(role) then
    return nil, ("'%s' cannot be the name of a role: it is a part of every brief")
      :format(role)
  end
  local path = "worker-templates/" .. role .. ".lua"
  local files = { file(path, skeletons.template, { NAME = role }) }
  if not in_pack() then return files, "ask " .. path end
  local test = "tests/ask_" .. role .. ".sh"
  files[2] = file(test, skeletons.template_test, { NAME = role, PATH = path }, PROGRAM)
  return files, "ask " .. path, test
end

function make.pack(name)
  local script = name:gsub("-", "_")
  local role = script .. "_reviewer"
  local path = "patterns/" .. script .. ".lua"
  local template = "worker-templates/" .. role .. ".lua"
  local test = "tests/" .. script .. ".sh"
  local files = {
    file("README.md", skeletons.readme, { NAME = name, PATTERN = script }),
    file(path, skeletons.pattern, { NAME = script, ROLE = role }),
    file(template, skeletons.template, { NAME = role }),
    file(test, skeletons.pattern_test, { NAME = script, PATH = path }, PROGRAM),
  }
  for _, one in ipairs(files) do one.path = name .. "/" .. one.path end
  return files, name .. "/" .. path, name .. "/" .. test
end

-- ── writing it ──────────────────────────────────────────────────────────────

-- The path that is there already, or nil.
local function existing(kind, name, files)
  if kind == "pack" and core.stat(name) then return name end
  for _, one in ipairs(files) do
    if core.stat(one.path) then return one.path end
  end
end

local function write(files)
  for _, one in ipairs(files) do
    local folder, done, message = one.path:match "^(.*)/", true, nil
    if folder then
      done, message = core.make_folder(folder, { mode = FOLDER, parents = true })
    end
    if done then
      done, message = core.write(one.path, one.text,
        { mode = one.mode, exclusive = true })
    end
    if not done then return ("cannot write '%s': %s"):format(one.path, message) end
  end
end

local function tell(files, run, test, globals)
  local paths = {}
  for i, one in ipairs(files) do paths[i] = one.path end
  local call = ("orch-lua %s --artefact FILE --dry-run"):format(run)
  local check = test and "sh " .. test or nil
  if globals.json then
    local told = { files = core.array(paths), run = call, test = check }
    return say.out(core.json_encode(told, { pretty = true }))
  end
  for i, path in ipairs(paths) do paths[i] = "wrote " .. path end
  paths[#paths + 1] = "\nto run it:   " .. call
  if check then paths[#paths + 1] = "to test it:  " .. check end
  return say.out(table.concat(paths, "\n"))
end

-- What is wrong with *name*, or nil.
local function wrong_name(kind, name)
  if not name then
    return ("new %s needs a name: orch-lua new %s NAME"):format(kind, kind)
  elseif #name > LONGEST or not name:find "^%a[%w_-]*$" then
    return ("'%s' cannot be the name of a %s: write letters, digits, '-' and '_', a "
      .. "letter first, at most %d"):format(name, kind, LONGEST)
  end
end

function new.run(words, globals)
  local kind, name = words[1], words[2]
  if not kind then
    return say.fail(2, "new needs to know what: orch-lua new pack|pattern|template NAME")
  elseif not make[kind] then
    return say.unknown("kind", kind, KINDS, "it is a pack, pattern or template")
  elseif words[3] then
    return say.fail(2, ("new %s takes one name, but got '%s' as well")
      :format(kind, words[3]))
  end
  local wrong = wrong_name(kind, name)
  if wrong then return say.fail(2, wrong) end
  local files, run, test = make[kind](name)
  if not files then return say.fail(2, run) end
  local there = existing(kind, name, files)
  if there then
    return say.fail(2, ("'%s' is there already; nothing was written"):format(there))
  end
  local problem = write(files)
  if problem then return say.fail(5, problem) end
  return tell(files, run, test, globals)
end

return new
