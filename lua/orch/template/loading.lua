--- From the source of a template's file to a template that can be trusted to render.

local lpeg = require "lpeg"
local fields = require "orch.template.fields"
local prompt = require "orch.template.prompt"
local reply = require "orch.reply"
local sandbox = require "orch.template.sandbox"
local text = require "orch.text"

local loading = {}

local PARTS = { "fields", "scope", "prompt", "reply", "sample", "web" }

--- The scopes, as a brief says them.
loading.scopes = {
  ["read-only"] = "read-only",
  scratch = "read-only, in a throw-away copy",
  edit = "may edit the named paths",
}

local FIRST_LINE = "CONTEXT: WORKER"

local function name_of(chunkname)
  local where = chunkname:gsub("^@", "")
  return where:match "([^/]+)$":gsub("%.lua$", ""), where
end

--- A reply type { text, grammar, sample } whose grammar is a function and accepts the
-- sample; or nil and what is wrong with what was *given*.
function loading.reply(given, sample)
  if type(given) ~= "table" or type(given.text) ~= "string" or given.grammar == nil then
    return nil, "'reply' must be a reply type: one of orch.reply, or { text, grammar,"
      .. " sample }"
  end
  local grammar = given.grammar
  if lpeg.type(grammar) == "pattern" then
    grammar = function(s)
      local value = given.grammar:match(s)
      if value ~= nil then return value end
      return nil, "the reply does not have the form that was asked for"
    end
  end
  if type(grammar) ~= "function" then
    return nil, "the reply's 'grammar' must be a function or an lpeg pattern"
  end
  sample = sample or given.sample
  if type(sample) ~= "string" then return nil, "a reply needs a 'sample', a valid one" end
  local accepted, problem = grammar(sample)
  if accepted == nil then
    return nil, "the sample is refused by the reply's grammar: " .. tostring(problem)
  end
  if type(accepted) ~= "table" then
    return nil, ("the reply's grammar must make a table of a reply, it made a %s")
      :format(type(accepted))
  end
  return { text = given.text, grammar = grammar, sample = sample }
end

local function check_parts(given)
  if type(given) ~= "table" then
    return ("a template must return a table, got a %s"):format(type(given))
  end
  for name in text.sorted_pairs(given) do
    if not (" " .. table.concat(PARTS, " ") .. " "):find(" " .. name .. " ", 1, true) then
      return ("a template has no '%s'%s"):format(name, text.suggest(name, PARTS))
    end
  end
  if type(given.prompt) ~= "string" then return "a template needs 'prompt', a text" end
  local scope = given.scope or "read-only"
  if not loading.scopes[scope] then
    return ("the scope '%s' is not known: expected read-only, scratch or edit")
      :format(tostring(scope))
  end
  if given.web ~= nil and type(given.web) ~= "boolean" then
    return "'web' must be true or false"
  end
end

--- Check the holes: each is a field or built in.  Return a problem and its line, if any.
local function check_holes(tpl, first_line)
  local known = table.move(tpl.names, 1, #tpl.names, 3, { "scope", "output" })
  local has_output = false
  for _, line in ipairs(tpl.lines) do
    for _, hole in ipairs(line.holes) do
      local name = hole.path[1]
      if name == "output" then has_output = true end
      if name ~= "scope" and name ~= "output" and not tpl.fields[name] then
        return ("the prompt has a hole '%s' that is no field%s")
          :format(name, text.suggest(name, known)), first_line + hole.number - 1
      end
    end
  end
  tpl.has_output = has_output
  if tpl.reply and not has_output then
    return "the prompt has no {{output}}, so the worker would not know how to reply",
      first_line
  end
end

local function read_prompt(tpl, source)
  local first_line = prompt.first_line(source, tpl.prompt) or 1
  local lines, number, wrong = prompt.read(tpl.prompt)
  if not lines then return wrong, first_line + number - 1 end
  tpl.lines, tpl.first_line = lines, first_line
  return check_holes(tpl, first_line)
end

local function read(source, chunkname, reply_env)
  local name, where = name_of(chunkname)
  local function refuse(problem, line)
    return nil, line and ("%s:%d: %s"):format(where, line, problem)
      or ("%s: %s"):format(where, problem)
  end
  local given, problem = sandbox.run(source, chunkname, reply_env)
  if given == nil and problem then return nil, problem end
  problem = check_parts(given)
  if problem then return refuse(problem) end
  local tpl = { name = name, where = where, source = source, prompt = given.prompt,
    scope = given.scope or "read-only", web = given.web == true }
  local line
  tpl.fields, tpl.names, line = fields.declare(given.fields or {}, source)
  if not tpl.fields then return refuse(tpl.names, line) end
  if given.reply ~= nil then
    tpl.reply, problem = loading.reply(given.reply, given.sample)
    if not tpl.reply then return refuse(problem) end
  end
  problem, line = read_prompt(tpl, source)
  if problem then return refuse(problem, line) end
  if not tpl.reply and not tpl.has_output then tpl.reply = reply.anything end
  return tpl
end

local MOST = 100               -- templates that are remembered
local known, count = {}, 0     -- what was made of -> what it is

-- What *make*(source, chunkname) makes, or made of the same before; a refusal is not
-- remembered.
local function once(make, source, chunkname, reply_env)
  local key = (make == read and "" or "preamble") .. chunkname .. "\n" .. source
  if known[key] then return known[key] end
  if count == MOST then known, count = {}, 0 end
  local made, problem = make(source, chunkname, reply_env)
  known[key], count = made, count + 1
  return made, problem
end

-- Whether *given* holds what orch.reply does, and nothing else.
local function is_own(given)
  for name, value in pairs(given) do if reply[name] ~= value then return false end end
  for name in pairs(reply) do if given[name] == nil then return false end end
  return true
end

--- A template from the *source* of its file.  *chunkname*: "@" and its path;
-- *reply_env*: what the template gets as orch.reply.  Return nil and a sentence that
-- names file and line if it is not one.  Templates are not to be changed: what is read
-- once is the same for every worker of its role.
function loading.load(source, chunkname, reply_env)
  if not is_own(reply_env or reply) then return read(source, chunkname, reply_env) end
  return once(read, source, chunkname, reply_env)
end

local function read_preamble(source, chunkname)
  local _, where = name_of(chunkname)
  local given, problem = sandbox.run(source, chunkname)
  if given == nil and problem then return nil, problem end
  if type(given) ~= "string" or given:sub(1, #FIRST_LINE) ~= FIRST_LINE then
    return nil, ("%s: the preamble must be a text that begins '%s'")
      :format(where, FIRST_LINE)
  end
  return given
end

--- The text that is put before every brief, from the source of a file that returns it.
function loading.preamble(source, chunkname)
  return once(read_preamble, source, chunkname)
end

return loading
