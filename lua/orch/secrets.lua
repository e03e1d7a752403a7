--- The user's keys do not stay in what is kept of a run: where a worker printed or was
--- told one, asterisks stand, as many as it had bytes, so that all offsets stay true.
--
-- A key is the value of a variable that agents pass to their programs, or that the user's
-- configuration passes to all, and whose name says so.  What a worker wrote into the
-- workspace, and the patches of that, are the user's own files and stay as they are.

local agents = require "orch.agents"
local core = require "orch.core"
local text = require "orch.text"

local secrets = {}

local NAMES = { "KEY", "TOKEN", "SECRET", "PASSWORD" }
local SHORTEST = 8             -- what is shorter may stand anywhere by chance
local CHUNK = 4 * 1024 * 1024
local CAPTURED = { "transcript", "stderr", "last_message" }

local forms = {}               -- what is masked, the longest first
local expected = {}            -- folders of sessions that may still write

local function names_a_key(name)
  name = name:upper()
  for _, word in ipairs(NAMES) do
    if name:find(word, 1, true) then return true end
  end
end

--- Whether *value* can be a key; numbers and paths that there are cannot.
local function is_key(value)
  if #value < SHORTEST or not value:find "%D" then return false end
  return value:sub(1, 1) ~= "/" or not core.stat(value)
end

local function add(found, value)
  found[value] = true
  found[core.json_encode(value):sub(2, -2)] = true   -- as it stands in a stream of events
end

--- Find the keys in the environment that the configuration *config* lets workers see.
function secrets.learn(config)
  local environment, found = core.environment(), {}
  local function look(names)
    for _, name in ipairs(names) do
      local value = environment[name]
      if value and names_a_key(name) and is_key(value) then add(found, value) end
    end
  end
  for _, entry in ipairs(agents.all(config.agents or {})) do
    look(entry.needs(environment))
  end
  look(config.pass_env or {})
  forms = text.sorted_keys(found)
  table.sort(forms, function(a, b)
    if #a ~= #b then return #a > #b end
    return a < b
  end)
end

--- *said* with asterisks in place of keys; nil stays nil.
function secrets.mask(said)
  if not said then return nil end
  for _, form in ipairs(forms) do
    if said:find(form, 1, true) then
      said = said:gsub(form:gsub("%W", "%%%0"), ("*"):rep(#form))
    end
  end
  return said
end

--- A copy of *value*, plain data, whose texts are masked; itself where no key is set.
function secrets.masked(value)
  if not forms[1] then return value end
  if type(value) == "string" then return secrets.mask(value) end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, inner in next, value do copy[key] = secrets.masked(inner) end
  return setmetatable(copy, getmetatable(value))
end

--- Overwrite the keys in the file *path*.  Return whether there were any, or nil and why
-- it cannot be done.
local function scrub_file(path, size)
  local found = false
  for at = 0, size - 1, CHUNK do
    local bytes, problem = core.read(path, at, CHUNK + #forms[1])
    if not bytes then return nil, problem end
    for _, form in ipairs(forms) do
      local from = bytes:find(form, 1, true)
      while from do
        local ok, message = core.overwrite(path, at + from - 1, ("*"):rep(#form))
        if not ok then return nil, message end
        found, from = true, bytes:find(form, from + #form, true)
      end
    end
  end
  return found
end

--- A session begins in *folder*: scrub_rest looks at it, unless scrub does before.
function secrets.expect(folder) expected[folder] = true end

--- Overwrite the keys in what was captured in the *folder* of an ended session, and sync
-- it.  Return true, or nil and a sentence when a key is left.
function secrets.scrub(folder)
  expected[folder] = nil
  if not forms[1] then return true end
  for _, name in ipairs(CAPTURED) do
    local path = folder .. "/" .. name
    local there = core.stat(path)
    if there and there.type == "file" then
      local found, message = scrub_file(path, there.size)
      if found then found, message = core.sync(path) end
      if found == nil then
        return nil, ("a key stands in '%s' and could not be masked: %s")
          :format(path, message)
      end
    end
  end
  return true
end

--- The same for every session that nobody followed to its end.  Return as scrub does.
function secrets.scrub_rest()
  local done, problem = true, nil
  for folder in text.sorted_pairs(expected) do
    local ok, why = secrets.scrub(folder)
    if not ok then done, problem = nil, why end
  end
  return done, problem
end

return secrets
