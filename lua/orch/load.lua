--- A fresh library over another core: how a rehearsal runs the real code on its world.

local core = require "orch.core"

local in_program, parts = pcall(require, "orch.parts")

-- The text of a module and the name of its chunk; nil for a module that is not ours.
local function source(name)
  if in_program then return parts(name) end
  local path = package.searchpath(name, package.path)
  if not path then return nil end
  return assert(core.read(path)), "@" .. path
end

-- By name, for each set of replacements: a rehearsal loads the library for each seed.
local compiled = setmetatable({}, { __mode = "k" })
local NOTHING = {}

-- A module is compiled once as a function of its environment.
local OPENING = "local _ENV = ... return function(...) "

local function compile(name, environment, replacements)
  local known = compiled[replacements] or {}
  compiled[replacements] = known
  if not known[name] then
    local text, chunk_name = source(name)
    if not text then error("module '" .. name .. "' not found", 3) end
    known[name] = assert(load(OPENING .. (replacements[name] or text) .. "\nend",
      chunk_name, "t"))
  end
  return known[name](environment)
end

-- Modules that know no core and keep no state, most of them grammars that take long to
-- make: they are the same over every core.
local PURE = {
  "context", "fields", "findings.likeness", "findings.merging", "findings.writing",
  "options", "options.declared", "options.help", "points", "reply", "reply.declared",
  "reply.items", "reply.listed", "reply.lists", "reply.markdown", "reply.sections",
  "reply.sources", "reply.synthesis", "script.frames", "script.tokens", "slices",
  "template", "template.fields", "template.loading", "template.material",
  "template.prompt", "template.sandbox", "text", "text.terminal", "time.calendar",
}
for _, name in ipairs(PURE) do PURE["orch." .. name] = true end

local loading = {}

-- A `require` for modules that are loaded once: what is in *loaded* and, by other(name),
-- what is not loaded here.
local function requirer(loaded, replacements, other)
  local environment = setmetatable({}, { __index = _G })

  function environment.require(name)
    if name ~= "orch" and not name:find("^orch%.") then return require(name) end
    local module = loaded[name]
    if module == loading then error("module '" .. name .. "' requires itself", 2) end
    if module == nil then
      loaded[name] = loading
      module = other(name) or compile(name, environment, replacements)(name)
      if module == nil then module = true end
      loaded[name] = module
    end
    return module
  end

  return environment.require
end

local pure = setmetatable({}, { __mode = "k" })   -- replacements -> require

local function pure_require(replacements)
  pure[replacements] = pure[replacements] or requirer({}, replacements, function(name)
    if not PURE[name] then error(("'%s' is not pure"):format(name), 0) end
  end)
  return pure[replacements]
end

-- What scripts are handed is a copy: what one puts into it is not there for the next.
local function copy(module)
  local to = {}
  for key, value in pairs(module) do to[key] = value end
  return to
end

-- Every module `orch` and `orch.NAME` is loaded once for this core; what is not ours
-- (lpeg, re) is shared with the rest of the program.
local function new_require(other_core, replacements)
  local shared = pure_require(replacements)
  return requirer({ ["orch.core"] = other_core }, replacements, function(name)
    if name == "orch.reply" then return copy(shared(name)) end
    return PURE[name] and shared(name)
  end)
end

--- load(core, replacements) -> the module `orch` over that core, and the `require` that
--- loaded it, which finds the library's other modules.  replacements = { module = text }
--- stand in for texts of the library; the table must not change afterwards.
return function(other_core, replacements)
  local fresh_require = new_require(other_core, replacements or NOTHING)
  return fresh_require "orch", fresh_require
end
