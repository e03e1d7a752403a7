-- pattern_rig.lua - runs a pattern in a world whose agents answer by role.
--
--     local seen = rig.play("triangulated_review", { "--artefact", "src" },
--       { reviewer = { REVIEW, rig.dies, { "no form", REVIEW } } })
--
-- A role that is not scripted answers with the sample of its reply type.  It returns what
-- came of it: code, message (of the end), data (the deliverable), json, markdown, run,
-- briefs (a list of { role, label, text } in the order of the script), finished (labels
-- of the workers whose replies are kept).

local core = require "orch.core"
local support = require "support"

local rig = {}

local SHARE = "/opt/orch-lua/share/orch-lua"
local PROJECT = "/home/user/project"

--- What an answer may be instead of a text: the agent dies.
rig.dies = function(program) program:die "KILL" end

local function after(words, flag)
  for i, word in ipairs(words) do
    if word == flag then return words[i + 1] end
  end
end

--- How many workers of its role the one called *label* is, by its place in the script.
local function number_of(run, label, role)
  local number = 0
  for _, worker in ipairs(run.workers) do
    if worker.role == role then number = number + 1 end
    if worker.label == label then return number end
  end
end

local function say(program, message)
  program:print(core.json_encode { type = "thread.started", thread_id = "t" } .. "\n")
  program:write_file(after(program.argv, "-o"), message)
  program:print('{"type":"item.completed","item":{"id":"item_0","type":"agent_message",'
    .. '"text":' .. core.json_encode(message) .. "}}\n")
  program:print('{"type":"turn.completed","usage":'
    .. '{"input_tokens":10,"output_tokens":1}}\n')
end

--- The program of every worker: it asks the script of its role what to say.
local function agent_of(answers, seen, sample, seconds)
  local asked = {}
  return function(program)
    local label = program.env.ORCH_WORKER
    local role = label:match "^W%d+ (.*)$":lower()
    local number = number_of(seen.run, label, role)
    asked[label] = (asked[label] or 0) + 1
    seen.briefs[#seen.briefs + 1] = { role = role, label = label, text = program.stdin,
      order = tonumber(label:match "%d+") * 10 + asked[label] }
    program:sleep(1000 * ((seconds or {})[tonumber(label:match "%d+")] or 1))
    local answer = answers[role]
    if type(answer) == "table" then answer = answer[number] end
    if type(answer) == "table" then answer = answer[asked[label]] end
    if type(answer) == "function" and answer ~= rig.dies then
      answer = answer(program.stdin, number)
    end
    if answer == rig.dies then return rig.dies(program) end
    say(program, answer or sample(role))
  end
end

local function files_of(pattern, more)
  local folder = (core.environment().ORCH_SOURCE or core.host().folder) .. "/patterns/"
  local files = support.templates()
  files[SHARE .. "/patterns/" .. pattern .. ".lua"] =
    assert(core.read(folder .. pattern .. ".lua"))
  files[PROJECT .. "/src/parse.c"] = "int parse(void);\n"
  files[PROJECT .. "/src/write.c"] = "int write(void);\n"
  files[PROJECT .. "/README.md"] = "# A project\n"
  for path, content in pairs(more or {}) do files[PROJECT .. "/" .. path] = content end
  return files
end

local function result_of(world, run)
  local bytes = world.read(run.folder .. "/result.json")
  local data = bytes and core.json_decode(bytes) or {}
  data.sections = data.sections or {}
  return data, world.read(run.folder .. "/result.md") or "", bytes
end

--- Run *pattern* with the *words* of its command line; answers = { role = a text, a
-- function(brief, number of the worker in its role) -> text or rig.dies, or a list with
-- one for each worker of the role, or a list of them for one asking after the other };
-- options = { files =, shell =, dry_run =, seconds = of each worker, by its number }.
function rig.play(pattern, words, answers, options)
  options = options or {}
  local seen = { briefs = {}, finished = {} }
  local load
  local function sample(role) return load "orch.templates".find(role).reply.sample end
  local world = support.world {
    programs = { agent = agent_of(answers or {}, seen, sample, options.seconds) },
    files = files_of(pattern, options.files), shell = options.shell,
  }
  load = support.library(world)
  local path = SHARE .. "/patterns/" .. pattern .. ".lua"
  local loaded = assert(load "orch.script".load(path, { require = load }))
  local run = assert(load "orch.run".open {
    name = pattern, pack = loaded.pack, words = words, source = loaded.source,
    options = { dry_run = options.dry_run },
    config = { agent = { ["*"] = { "mine" } }, agents = {
      mine = { argv = { "agent", "-o", "{{last_message}}" }, events = "codex" },
    } },
  })
  seen.run = run
  local outcome = run:execute(loaded.run)
  table.sort(seen.briefs, function(a, b) return a.order < b.order end)
  seen.code, seen.message = outcome.code, outcome.message
  seen.data, seen.markdown, seen.json = result_of(world, run)
  for _, worker in ipairs(run.workers) do
    if world.stat(worker.folder .. "/reply.md") then
      seen.finished[#seen.finished + 1] = worker.label
    end
  end
  seen.output = world.world.output[1] or ""
  run:close()
  return seen
end

--- The briefs that *role* was given, as one text.
function rig.told(seen, role)
  local texts = {}
  for _, brief in ipairs(seen.briefs) do
    if brief.role == role then texts[#texts + 1] = brief.text end
  end
  return table.concat(texts, "\n")
end

--- The roles that were asked, in order.
function rig.roles(seen)
  local roles = {}
  for i, brief in ipairs(seen.briefs) do roles[i] = brief.role end
  return table.concat(roles, " ")
end

return rig
