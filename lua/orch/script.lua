--- Loads a user's script: from text, in an environment of its own.
-- Two scripts never share a global or a module.  Inside, `print` is a note of the run,
-- `pairs` goes by key, and `error "a sentence"` is a sentence: it carries no position, so
-- that it can be told from a mistake in the script, which always does.

local core = require "orch.core"
local frames = require "orch.script.frames"
local modules = require "orch.script.modules"

local script = {}

local plain = {
  "_VERSION", "assert", "collectgarbage", "getmetatable", "ipairs", "next", "pcall",
  "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber",
  "tostring", "type", "xpcall",
}
local libraries = {
  "coroutine", "debug", "io", "math", "os", "string", "table", "utf8",
}

-- Keys go by type, then by value; tables and functions as keys have no order to show.
local rank = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local kind_a, kind_b = rank[type(a)] or 4, rank[type(b)] or 4
  if kind_a ~= kind_b then return kind_a < kind_b end
  if kind_a < 3 then return a < b end
  return kind_a == 3 and not a and b
end

--- Lua's `pairs`, by key.  A field that is cleared on the way is left out, as in Lua.
function script.pairs(values)
  local meta = getmetatable(values)
  if type(meta) == "table" and meta.__pairs then return pairs(values) end
  if type(values) ~= "table" then
    error("bad argument #1 to 'pairs' (table expected, got " .. type(values) .. ")", 2)
  end
  local keys = {}
  for key in next, values do keys[#keys + 1] = key end
  table.sort(keys, before)
  local at = 0
  return function(of)
    repeat at = at + 1 until keys[at] == nil or rawget(of, keys[at]) ~= nil
    if keys[at] ~= nil then return keys[at], of[keys[at]] end
  end, values, nil
end

-- How many sentences are remembered; a script may raise and catch them in a loop.
local MOST_SENTENCES = 1000

-- A script's own `error "a sentence"` has no position; a level asks for one.  Sentences
-- are kept in *said*, for they may look as if they had a position.
local function new_error(said)
  local count = 0
  return function(message, level)
    if level ~= nil then return error(message, level > 0 and level + 1 or level) end
    if type(message) == "string" and not said[message] then
      if count == MOST_SENTENCES then
        for key in next, said do said[key] = nil end
        count = 0
      end
      said[message], count = true, count + 1
    end
    return error(message, 0)
  end
end

local function joined(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  return table.concat(words, "\t")
end

-- Turn the text of a file into a function.  The first line may be for the shell.
local function compile(environment, path, source)
  source = source:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "")
  if source:sub(1, 1) == "\27" then
    return nil, ("'%s' is compiled Lua: orch-lua loads text only"):format(path)
  end
  return load(frames.keep(source), "@" .. path, "t", environment)
end

-- Lua's functions that load more of it; they use the script's environment by default.
local function loaders(environment)
  local function text_of(path, ...)
    local source, message = core.read(path)
    if not source then return nil, ("cannot read '%s': %s"):format(path, message) end
    return compile(select("#", ...) > 0 and ... or environment, path, source)
  end
  function environment.load(chunk, name, _, ...)
    return load(chunk, name, "t", select("#", ...) > 0 and ... or environment)
  end
  function environment.loadfile(path, _, ...) return text_of(path, ...) end
  function environment.dofile(path) return assert(text_of(path))() end
end

-- note(text) is told what the script prints; said gets the sentences that it raises.
local function new_environment(note, said)
  local environment, host = {}, _G
  for _, name in ipairs(plain) do environment[name] = host[name] end
  for _, name in ipairs(libraries) do
    if host[name] then
      local copy = {}
      for key, value in next, host[name] do copy[key] = value end
      environment[name] = copy
    end
  end
  environment._G = environment
  environment.pairs = script.pairs
  environment.error = new_error(said)
  function environment.os.exit()
    error("os.exit would leave workers behind: return, or raise a sentence with error", 2)
  end
  function environment.print(...) note(joined(...)) end
  function environment.warn(first, ...)
    if first:sub(1, 1) ~= "@" then note(table.concat { first, ... }) end
  end
  loaders(environment)
  return environment
end

--- The folder of the pack that a script belongs to: the one above its `patterns/`, else
-- the script's own.
function script.pack(path)
  local function above(file)
    local folder = file and file:match "^(.*)/patterns/[^/]*$"
    if folder then return folder == "" and "/" or folder end
  end
  if path:find "^patterns/[^/]*$" then return "." end
  return above(path) or above(core.real_path(path)) or path:match "^(.+)/[^/]*$"
    or path:sub(1, 1) == "/" and "/" or "."
end

-- Lua shortens long file names in its messages to "...tail"; give them back.
local function with_full_paths(message, paths)
  for _, path in ipairs(paths) do
    if #path > 59 then
      local short = ("..." .. path:sub(-56)):gsub("%p", "%%%0")
      message = message:gsub(short, (path:gsub("%%", "%%%%")))
    end
  end
  return message
end

local function read(path)
  local source, message, name = core.read(path)
  if source then return source end
  if name == "ENOENT" then message = "there is no such file" end
  return nil, ("cannot read the script '%s': %s"):format(path, message)
end

--- Load the script at *path*.  options: source = its text, if it was read already;
-- note = function(text) for what it prints; loaded = function(path, text) that is told of
-- each file it loads; require = function(name) -> module, asked
-- for what is ours; words = what `...` and `arg` hold; pack = its folder, if it is not to
-- be told from the path.
-- Return { path, source, pack, environment, run(), positions(text) -> text with full file
-- names, raised(problem) -> did the script's own `error` say so? }; or nil, a message and
-- what is wrong: "missing" or "syntax".
function script.load(path, options)
  options = options or {}
  local source, message = options.source, nil
  if not source then source, message = read(path) end
  if not source then return nil, message, "missing" end
  local said = {}
  local environment = new_environment(options.note or function() end, said)
  local words = options.words or {}
  environment.arg = table.move(words, 1, #words, 1, { [0] = path })
  local loaded = { path = path, source = source, pack = options.pack or script.pack(path),
    environment = environment }
  local paths = { path }
  function loaded.positions(text) return with_full_paths(text, paths) end
  function loaded.raised(problem) return said[problem] or false end
  modules.install(environment, {
    pack = loaded.pack, library = options.require or require, paths = paths,
    compile = function(file, text)
      if options.loaded then options.loaded(file, text) end
      return compile(environment, file, text)
    end,
  })
  local chunk, wrong = compile(environment, path, source)
  if not chunk then return nil, with_full_paths(wrong, paths), "syntax" end
  -- This frame is where the script's part of a traceback ends.
  function loaded.run() return (chunk(table.unpack(words))) end
  return loaded
end

return script
