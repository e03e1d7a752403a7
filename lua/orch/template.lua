--- Templates: a role's fields, prompt and reply, and how they become a brief.
--
-- A template is a Lua file that returns { fields, scope, prompt, reply, sample, web }.
-- What a user does wrong comes back as nil and a sentence, for the caller to raise at the
-- user's line; nothing here knows where that is.

local fields = require "orch.template.fields"
local loading = require "orch.template.loading"
local material = require "orch.template.material"
local prompt = require "orch.template.prompt"
local text = require "orch.text"

local template = {
  load = loading.load,             -- (source, chunkname, reply_env) -> template
  preamble = loading.preamble,     -- (source, chunkname) -> text
  reply = loading.reply,           -- (a reply type that a script gave) -> reply type
}

local LIMIT = 32 * 1024 * 1024   -- a brief is a file, so this only stops mistakes

-- ── render ──────────────────────────────────────────────────────────────────

--- The value of a hole, or nil: a field of a value is looked up by each further name.
local function look_up(values, path)
  local value = values
  for _, key in ipairs(path) do
    if type(value) ~= "table" then return nil end
    value = value[key]
  end
  return value
end

local function write_hole(line, hole, value, blocks)
  local name = hole.path[#hole.path]
  if hole == line.alone then return blocks:block(value, name, line.indent) end
  if hole ~= line.last then return blocks:inline(value, name) end
  return (blocks:plain(value, name):gsub("\n", "\n" .. line.indent .. "  "))
end

--- One line with its holes filled; nil if its only hole is an absent optional value.
local function write_line(line, values, blocks, is_optional)
  local out = {}
  for i, part in ipairs(line.parts) do
    local value = part
    if type(part) == "table" then
      value = look_up(values, part.path)
      if value == nil and not is_optional(part.path) then
        error({ problem = ("there is no value for '%s'")
          :format(table.concat(part.path, ".")), line = part.number }, 0)
      end
      if value == nil and #line.holes == 1 then return nil end
      value = value ~= nil and write_hole(line, part, value, blocks) or ""
    end
    out[i] = value
  end
  local written = table.concat(out)
  return line.alone and written:sub(#line.indent + 1) or written
end

local function write_lines(lines, values, blocks, is_optional)
  local out = {}
  for _, line in ipairs(lines) do
    out[#out + 1] = write_line(line, values, blocks, is_optional)
  end
  return table.concat(out, "\n")
end

--- Call write() and turn a refused value into nil, the problem and its line.
local function attempt(write)
  local ok, result = pcall(write)
  if ok then return result end
  if type(result) == "table" and result.problem then
    return nil, result.problem, result.line
  end
  error(result, 0)
end

local function write_scope(tpl, values, options)
  if options.scope_text then return options.scope_text end
  if tpl.scope ~= "edit" or values.edit == nil then return loading.scopes[tpl.scope] end
  local given, paths = values.edit, {}
  for i, path in ipairs(type(given) == "table" and given or { given }) do
    paths[i] = tostring(path)
  end
  return "may edit " .. table.concat(paths, ", ")
end

local function write_context(pack, blocks)
  if pack == nil then return "" end
  return pack:text(function(value, name) return blocks:plain(value, name) end)
end

local function check_size(tpl, brief, limit)
  if #brief <= limit then return brief end
  return nil, ("the brief for '%s' has %s, more than %s: give it less, or paths to read")
    :format(tpl.name, text.size(#brief), text.size(limit))
end

local function join(parts)
  local out = {}
  for _, part in ipairs(parts) do
    part = text.trim(part)
    if part ~= "" then out[#out + 1] = part end
  end
  return table.concat(out, "\n\n") .. "\n"
end

--- The brief of *tpl* with the script's *values*.  options: { preamble, hash = function
-- (bytes) -> hex, secret, is_foreign = function(text), scope_text, context = a pack,
-- material = values, reply = another reply type, limit = bytes of the brief,
-- value_limit = bytes of a value }.  Return nil and a sentence for a user's mistake.
function template.render(tpl, values, options)
  local filled, problem = fields.read(tpl, values)
  if not filled then return nil, problem end
  local reply = options.reply or tpl.reply
  if not reply or options.reply and not tpl.has_output and options.reply ~= tpl.reply then
    local wrong = reply and "takes no 'reply': its prompt has no {{output}}"
      or "needs 'reply': a reply type"
    return nil, ("worker '%s' %s (%s)"):format(tpl.name, wrong, tpl.where)
  end
  local blocks = material.new(options)
  for name, field in pairs(tpl.fields) do blocks.outside[name] = field.foreign end
  filled.scope = write_scope(tpl, values, options)
  filled.output = text.trim(reply.text)
  local function is_optional(path)
    local field = tpl.fields[path[1]]
    return field and field.optional and filled[path[1]] == nil
  end
  local brief, wrong, line = attempt(function()
    local parts = { options.preamble or "", write_lines(tpl.lines, filled, blocks,
      is_optional), write_context(options.context or values.context, blocks) }
    local more = options.material or values.material
    if more ~= nil then blocks:add(more, "material") end
    parts[4] = blocks:text()
    return join(parts)
  end)
  if not brief then
    return nil, ("worker '%s': %s (%s:%d)"):format(tpl.name, wrong, tpl.where,
      line and tpl.first_line + line - 1 or tpl.first_line)
  end
  return check_size(tpl, brief, options.limit or LIMIT)
end

--- *source* with its holes filled from *values*, for texts that are no template; options
-- as for render.  Return nil and a sentence for a hole without a value.
function template.fill(source, values, options)
  local lines, number, wrong = prompt.read(source)
  if not lines then return nil, ("line %d: %s"):format(number, wrong) end
  local blocks = material.new(options or {})
  local filled, problem, line = attempt(function()
    return write_lines(lines, values, blocks, function() return false end)
  end)
  if not filled then return nil, ("line %d: %s"):format(line or 1, problem) end
  local more = blocks:text()
  return more == "" and filled or filled .. "\n\n" .. more
end

return template
