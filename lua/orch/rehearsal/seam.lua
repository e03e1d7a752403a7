--- The signatures of orch.core as data, and the argument errors they imply.
--
-- A caller's mistake raises, as it does in C; here it raises also where C would convert
-- silently (a number given as text), so that what passes here passes there.

local failure = require "orch.rehearsal.failure"

local seam = {}

-- A signature lists the kinds of the arguments.  A kind with "?" may be left out; a
-- table is an options argument and gives the kinds of its fields, each of which may be
-- left out unless it ends in "!".
local graces = { interrupt_ms = "count", terminate_ms = "count" }

seam.signatures = {
  now = {}, time = {}, host = {}, environment = {}, memory = {}, catch_signals = {},
  random = { "count" }, poll = { "number" }, guard = { "thread?", "count?" },
  output = { "stream", "text" }, terminal = { "descriptor", "flag?" },
  detach = { "program", "path" }, change_folder = { "path" },

  read = { "path", "count?", "count?" },
  write = { "path", "text", {
    mode = "count", exclusive = "flag", durable = "flag", atomic = "flag",
  } },
  overwrite = { "path", "count", "text" },
  append = { "path", "text", { mode = "count", durable = "flag" } },
  sync = { "path" }, truncate = { "path", "count" }, list = { "path" },
  stat = { "path", "flag?" }, link_target = { "path" }, real_path = { "path" },
  make_folder = { "path", { mode = "count", parents = "flag" } },
  move = { "path", "path", { exclusive = "flag" } },
  remove = { "path", { tree = "flag" } },

  lock = { "path" }, unlock = { "lock" }, signal = { "path", "signal" },
  locked = { "path" }, watch = { "path" }, release = { "source" },

  hash = { "text" }, json_encode = { "any", { pretty = "flag" } },
  json_decode = { "text" }, array = { "table" },

  start = { {
    folder = "absolute!", argv = "argv!", env = "environment!", workdir = "absolute!",
    tty = "flag", stdin = "stdin", stderr = "stderr", rows = "count", cols = "count",
    lease_ms = "count", deadline_ms = "count", cap = "count",
    on_leader_exit = "on_leader_exit", durable = "flag",
    interrupt_ms = "count", terminate_ms = "count", name = "text",
  } },
  attach = { "path", "relation" }, status = { "session" },
  take = { "session", "count", "count" }, give = { "session", "input" },
  control = { "session", "verb", "table?" },
}

seam.control = {
  interrupt = {}, kill = {}, stop = graces, resize = { rows = "count!", cols = "count!" },
}

local function of_type(name)
  return function(value)
    if type(value) ~= name then return name .. " expected, got " .. type(value) end
  end
end

local function one_of(...)
  local words = { ... }
  return function(value)
    for _, word in ipairs(words) do if value == word then return end end
    return ("'%s' is none of: %s"):format(tostring(value), table.concat(words, ", "))
  end
end

local text = of_type "string"

local function path(value)
  local wrong = text(value)
  if wrong then return wrong end
  if value == "" then return "empty path" end
  if value:find("\0", 1, true) then return "path with a NUL byte" end
end

local function absolute(value)
  local wrong = path(value)
  if wrong then return wrong end
  if value:sub(1, 1) ~= "/" then return ("'%s' is not an absolute path"):format(value) end
end

local function list_of(pattern, what, least)
  return function(value)
    if type(value) ~= "table" then return "table expected, got " .. type(value) end
    if #value < least then return "empty list" end
    for i, item in ipairs(value) do
      if type(item) ~= "string" or not item:find(pattern) then
        return ("item %d is not %s"):format(i, what)
      end
    end
  end
end

local function handle(...)
  local wanted = { ... }
  return function(value, kind_of)
    local kind = kind_of(value)
    for _, name in ipairs(wanted) do if kind == name then return end end
    return ("no such %s: %s"):format(wanted[1], tostring(value))
  end
end

local kinds = {
  any = function() end, text = text, path = path, absolute = absolute,
  flag = of_type "boolean", thread = of_type "thread", table = of_type "table",
  number = function(value)
    if type(value) ~= "number" then return "number expected, got " .. type(value) end
    if value ~= value then return "not a number" end
  end,
  count = function(value)
    if type(value) ~= "number" then return "number expected, got " .. type(value) end
    if not math.tointeger(value) then return "number has no integer representation" end
    if value < 0 then return "must not be negative" end
  end,
  stream = one_of(1, 2), descriptor = one_of(0, 1, 2),
  signal = one_of("INT", "TERM", "HUP", "WINCH", "KILL", "USR1", "USR2"),
  relation = one_of("own", "look"), verb = one_of("interrupt", "kill", "stop", "resize"),
  stderr = one_of("merge", "file"), on_leader_exit = one_of("kill", "keep"),
  stdin = function(value)
    if value ~= "null" and value ~= "tty" then return absolute(value) end
  end,
  argv = list_of("^[^\0]*$", "a string without NUL", 1),
  program = function(value)
    local wrong = list_of("^[^\0]*$", "a string without NUL", 1)(value)
    return wrong or absolute(value[1])
  end,
  environment = list_of("^[^=\0]+=[^\0]*$", "of the form NAME=value", 0),
  input = function(value)
    if text(value) then return text(value) end
    if #value > 65535 then return "more than 65,535 bytes" end
  end,
  session = handle "session", lock = handle "lock", source = handle("session", "watch"),
}

-- The same as `wrong_options`, of all fields in order, so that the same mistake is named
-- whatever the order of the table.
local function first_mistake(fields, value, kind_of)
  local names = {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local field = fields[name]
    if not field then return ("unknown field '%s'"):format(name) end
    if value[name] ~= nil or field.needed then
      local wrong = field.check(value[name], kind_of)
      if wrong then return ("field '%s': %s"):format(name, wrong) end
    end
  end
end

-- What is wrong with the options *value*: a sentence, or nil.
local function wrong_options(fields, value, kind_of)
  if type(value) ~= "table" then return "table expected, got " .. type(value) end
  for name, given in next, value do
    local field = fields[name]
    if not field or field.check(given, kind_of) then
      return first_mistake(fields, value, kind_of)
    end
  end
  for name, field in next, fields do
    if field.needed and value[name] == nil then
      return first_mistake(fields, value, kind_of)
    end
  end
end

-- A kind's name as { check, optional, needed }; options as a check of all their fields.
local function compile(kind)
  if type(kind) == "string" then
    return { check = kinds[kind:gsub("[?!]", "")], optional = kind:sub(-1) == "?",
      needed = kind:sub(-1) == "!" }
  end
  local fields, needed = {}, false
  for name, inner in pairs(kind) do
    fields[name] = compile(inner)
    needed = needed or fields[name].needed
  end
  return { optional = not needed, check = function(value, kind_of)
    return wrong_options(fields, value, kind_of)
  end }
end

local compiled = {}            -- signature -> its kinds
for _, set in ipairs { seam.signatures, seam.control } do
  for _, signature in pairs(set) do
    compiled[signature] = compile(signature)
    for i, kind in ipairs(signature) do compiled[signature][i] = compile(kind) end
  end
end

--- What is wrong with the options *value* of the signature *fields*: a sentence, or nil.
function seam.options(fields, value)
  return compiled[fields].check(value)
end

-- Pass the results of a call on, once whoever follows the calls was told of it.
local function told(engine, name, arguments, ...)
  engine:called(name, table.unpack(arguments, 1, arguments.n))
  return ...
end

-- The function *name* of the core of *engine*.
local function bound(engine, name, kind_of)
  local arguments, method = compiled[seam.signatures[name]], engine[name]
  return function(...)
    for i = 1, #arguments do
      local kind, value = arguments[i], (select(i, ...))
      local wrong = (value ~= nil or not kind.optional) and kind.check(value, kind_of)
      if wrong then
        error(("bad argument #%d to '%s' (%s)"):format(i, name, wrong), 2)
      end
    end
    if engine:is_undisturbed() then return method(engine, ...) end
    local fault = engine:fault(name, ...)
    if fault then return failure(fault, name) end
    return told(engine, name, table.pack(...), method(engine, ...))
  end
end

--- Make the functions of a core out of the methods of *engine*.
-- engine:kind_of(handle) -> "session" | "watch" | "lock" | nil; engine:fault(name, ...)
-- -> the name of the error that the function is to fail with now, or nil;
-- engine:called(name, ...) is told when it is done; engine:is_undisturbed() whether
-- neither is of any use now.
function seam.bind(engine)
  local core = {}
  local function kind_of(value) return engine:kind_of(value) end
  for name in pairs(seam.signatures) do core[name] = bound(engine, name, kind_of) end
  return core
end

return seam
