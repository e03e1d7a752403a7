--- From a role and the script's fields to what the worker reads, and from what it
-- answered to what the script gets.

local context = require "orch.context"
local context_file = require "orch.context.file"
local core = require "orch.core"
local failure = require "orch.failure"
local findings = require "orch.findings"
local paths = require "orch.paths"
local secrets = require "orch.secrets"
local template = require "orch.template"
local templates = require "orch.templates"
local text = require "orch.text"
local workspace = require "orch.workspace"

local brief = {}

local NAMING_DEPTH = 3         -- lists in which files are looked for
local MOST_PATH = 1024         -- bytes of a text that may be the path of a file
local FORMAT = 1               -- of the key; a new form of brief is a new key
local RESERVED = {
  context = true, edit = true, material = true, reply = true, agent = true,
  deadline_ms = true,
}

-- ── what the worker reads ───────────────────────────────────────────────────

local function split(given)
  local values, reserved = {}, {}
  for name, value in text.sorted_pairs(given) do
    (RESERVED[name] and reserved or values)[name] = value
  end
  return values, reserved
end

local function render(current, tpl, values, more)
  local rendered, problem = template.render(tpl, values, {
    hash = core.hash, secret = current.secret,
    preamble = templates.preamble(current.pack),
    is_foreign = function(value) return current.foreign[value] == true end,
    scope_text = more.scope_text, context = more.context, material = more.material,
    reply = more.reply,
  })
  return secrets.mask(rendered), problem
end

local function key_of(request, rendered)
  return core.hash(core.json_encode {
    format = FORMAT, role = request.role, template = core.hash(request.template.source),
    scope = request.scope.text, brief = core.hash(rendered),
  })
end

--- The files that *given* names: outlines, findings, pointers, what may be edited, and a
-- text that is the path of a file.
local function named(given, pack, scope)
  local list = table.move(scope.paths, 1, #scope.paths, 1, {})
  local function add(path, kind)
    local place = paths.resolve(path)
    local found = core.stat(place, true)
    if found and (not kind or found.type == kind) then list[#list + 1] = place end
  end
  local function visit(value, depth)
    local is_word = type(value) == "string" and #value <= MOST_PATH
    if is_word and not value:find "[%c]" then add(value, "file") end
    if type(value) ~= "table" or depth == 0 then return end
    if type(value.path) == "string" and value.path ~= "" then add(value.path) end
    for _, inner in ipairs(value) do visit(inner, depth - 1) end
  end
  for _, value in text.sorted_pairs(given) do visit(value, NAMING_DEPTH) end
  for _, path in ipairs(pack and pack:paths() or {}) do add(path) end
  return list
end

-- The fields by which workers of one role differ, and how much of a value is shown.
local TELLING, SHOWN = { "lens", "angle", "stance", "slice", "edit" }, 30

--- What tells this worker from others of its role, in a few words, or nil.
local function about(given)
  for _, name in ipairs(TELLING) do
    local value = given[name]
    if type(value) == "table" and not getmetatable(value) then value = value[1] end
    if value ~= nil then
      local said = text.one_line(text.clean(tostring(value)))
      return said ~= "" and text.shorten(said, SHOWN) or nil
    end
  end
end

--- What asking *role* with the fields *given* needs: { role, template, scope, brief, key,
-- about = a few words, deadline_ms, named = the absolute paths of files }, or nil and
-- what is wrong with it.
function brief.request(current, role, given)
  local tpl, problem = templates.find(role, current.pack)
  if not tpl then return nil, problem end
  current:note_source(tpl.path, tpl.source)
  local values, reserved = split(given)
  local scope
  scope, problem = workspace.scope(tpl.scope, reserved.edit)
  if not scope then return nil, ("worker '%s': %s"):format(role, problem) end
  local pack = current.context
  if reserved.context ~= nil then
    pack, problem = context.new(reserved.context)
    problem = problem or context_file.mistake(pack)
    if problem then return nil, problem end
  end
  local request = { role = role, template = tpl, scope = scope,
    deadline_ms = reserved.deadline_ms, about = about(given) }
  request.reply = tpl.reply
  if reserved.reply ~= nil then
    request.reply, problem = template.reply(reserved.reply)
    if not request.reply then return nil, problem end
  end
  request.brief, problem = render(current, tpl, values, { scope_text = scope.text,
    context = pack, material = reserved.material, reply = request.reply })
  if not request.brief then return nil, problem end
  request.key = key_of(request, request.brief)
  request.named = named(given, pack, scope)
  return request
end

--- The brief of a second asking: report only.  *missing* names what the first reply
-- lacked, *message* is that reply; in its own *conversation* the worker knows it already.
function brief.again(current, request, missing, message, conversation)
  local again = assert(templates.find("again", current.pack))
  local rendered, problem = render(current, again, {
    missing = missing, message = not conversation and message or nil,
  }, { scope_text = "read-only", reply = request.reply })
  if not rendered then failure.refuse("bad_reply", "%s", problem) end
  return rendered
end

--- The brief that goes on after the *answer* to a worker's *question*: in its own
-- *conversation* the answer alone, else the first brief with both.
function brief.answered(current, request, question, answer, conversation)
  if not conversation then
    return ("%s\nQUESTION THAT YOU HAVE ASKED BEFORE: %s\nTHE ANSWER: %s\n")
      :format(request.brief, text.one_line(text.clean(question)), answer)
  end
  local template_of_it = assert(templates.find("answer", current.pack))
  return assert(render(current, template_of_it, { answer = answer },
    { scope_text = request.scope.text, reply = request.reply }))
end

-- ── what the script gets ────────────────────────────────────────────────────

local Reply = { __name = "reply" }

function Reply:__tostring() return ("the reply of %s"):format(self.label) end

--- Writes itself into a brief: the worker's own words, as a block.
function Reply:__brief()
  return tostring(self), self.text, self.label:lower():gsub("[^%w]+", "_")
end

--- The reply of the worker *record*: the fields of the grammar, `.text`, `.label` and
-- `.role`; a list of findings becomes one that can be ranked and settled.
function brief.reply(parsed, record, message)
  parsed.text, parsed.label, parsed.role = message, record.label, record.role
  local list = parsed.findings
  local is_list = type(list) == "table" and (list[1] or next(list) == nil)
  if is_list and parsed.verdict == nil then
    parsed.findings = findings.merge { { label = record.label, findings = list } }
  end
  return setmetatable(parsed, Reply)
end

--- A dry run: show the brief and the command line, answer with the reply's sample.
function brief.rehearse(current, record, request, argv)
  local words = {}
  for i, word in ipairs(argv) do
    words[i] = word:find "^[%w_@%%+=:,./-]+$" and word
      or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  current:output(("=== %s, %s\n$ %s\n\n%s\n"):format(record.label,
    request.scope.text, table.concat(words, " "), text.clean(request.brief)))
  record.state = "ok"
  current:tell("worker", record)
  return brief.reply(assert(request.reply.grammar(request.reply.sample)), record,
    request.reply.sample)
end

return brief
