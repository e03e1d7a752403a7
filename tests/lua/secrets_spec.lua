-- No key of the user's stays in a run's folder, whoever printed it.

local core = require "orch.core"
local support = require "support"

local KEY = 'sk-"quoted"\\and%long'
local AGENT = [[
printf 'out %s\n' "$MY_KEY"
printf 'err %s\n' "$MY_KEY" >&2
printf 'RESULT: It has %s bytes: %s\n' ${#MY_KEY} "$MY_KEY" >"$1"
]]
local FAILS = 'printf "I die of %s\\n" "$MY_KEY" >&2; exit 3'
local EVENTS = [[
said=$(printf '%s' "RESULT: $MY_KEY" | sed 's/\\/\\\\/g; s/"/\\"/g')
printf '{"type":"item.completed","item":{"id":"i","type":"agent_message",'
printf '"text":"%s"}}\n' "$said"
printf '{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}\n'
]]
local HANGS = 'printf "%s\\n" "$MY_KEY"; touch "$ORCH_TEST_HANGS"; exec sleep 1000'

local function agent(command)
  return { argv = { "/bin/sh", "-c", command, "agent", "{{last_message}}" },
    env = { "MY_KEY", "ORCH_TEST_HANGS" } }
end

local CONFIG = {
  pass_env = { "MY_OTHER_TOKEN" },
  agents = {
    says = agent(AGENT), fails = agent(FAILS), hangs = agent(HANGS),
    events = { argv = { "/bin/sh", "-c", EVENTS }, events = "codex", env = { "MY_KEY" } },
  },
}

--- All that is in *folder*, by path.
local function contents(folder, found)
  found = found or {}
  for _, name in ipairs(core.list(folder)) do
    local path = folder .. "/" .. name
    local there = core.stat(path)
    if there.type == "folder" then contents(path, found) end
    if there.type == "file" then
      found[path] = { bytes = core.read(path), mode = there.mode }
    end
  end
  return found
end

--- Run *fn*(orch, flag, folder of the run) as a script whose workers see the variables
-- *given*.  Return what came of it: value, outcome, and files = all that is kept.
local function play(fn, given, again)
  local scratch <close> = support.folder()
  assert(core.make_folder(scratch.path .. "/tree"))
  core.write(scratch.path .. "/tree/notes.md", "# Use " .. KEY .. "\n")
  local environment, here = core.environment(), core.host()
  environment.ORCH_STATE_DIR = scratch.path .. "/state"
  environment.ORCH_TEST_HANGS = scratch.path .. "/hangs"
  for name, value in pairs(given or { MY_KEY = KEY }) do environment[name] = value end
  here.folder = scratch.path .. "/tree"
  local load = support.library(setmetatable({
    environment = function() return environment end, host = function() return here end,
    output = function() return true end,
  }, { __index = core }))
  local orch = load "orch"
  local run = assert(load "orch.run".open { name = "test", config = CONFIG,
    words = { "--password", KEY } })
  local value
  local outcome = run:execute(function()
    value = fn(orch, environment.ORCH_TEST_HANGS, run.folder)
  end)
  run:close()
  if again then
    run = assert(load "orch.run".open { name = "test", config = CONFIG,
      resume = { folder = run.folder } })
    outcome = run:execute(function() fn(orch) end)
    run:close()
  end
  return { value = value, outcome = outcome, folder = run.folder,
    files = contents(run.folder) }
end

local function file_of(seen, ending)
  for path, file in pairs(seen.files) do
    if path:sub(-#ending) == ending then return file.bytes end
  end
end

local function assert_clean(seen, key)
  local count = 0
  local escaped = core.json_encode(key):sub(2, -2)
  for path, file in pairs(seen.files) do
    count = count + 1
    for _, form in ipairs { key, escaped } do
      assert(not file.bytes:find(form, 1, true), "the key is in " .. path)
    end
    assert(file.mode & 63 == 0, "others can read " .. path)
  end
  assert.is_true(count > 0)
end

describe("a key that a worker printed", function()
  local STARS = ("*"):rep(#KEY)

  it("is nowhere in the run's folder, and no offset moved", function()
    local seen = play(function(orch)
      local reply = orch.ask("worker", { task = "Tell " .. KEY, agent = "says" })
      return orch.deliver { result = reply.result, next_step = "x", more = KEY }
    end)

    assert.equal("delivered", seen.outcome.kind, seen.outcome.message)
    assert_clean(seen, KEY)
    assert.equal("out " .. STARS .. "\n", file_of(seen, "W1-worker/1/transcript"))
    assert.equal("err " .. STARS .. "\n", file_of(seen, "/1/stderr"))
    assert.equal(("RESULT: It has %d bytes: %s\n"):format(#KEY, STARS),
      file_of(seen, "/1/last_message"))
    assert.equal(file_of(seen, "/1/last_message"), file_of(seen, "/reply.md"))
    assert.matches("Tell " .. ("%*"):rep(#KEY), file_of(seen, "/1/brief"))
  end)

  it("is not asked about again by a run that goes on", function()
    local seen = play(function(orch)
      orch.ask("worker", { task = "Read it.", material = orch.skim "notes.md",
        agent = "says" })
    end, nil, true)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    local _, starts = file_of(seen, "/journal"):gsub('"kind":"attempt"', "")
    assert.equal(1, starts)
    assert_clean(seen, KEY)
  end)

  it("is not in what is told of one that failed", function()
    local seen = play(function(orch)
      local _, failure = orch.try("worker", { task = "Fail.", agent = "fails" })
      return failure.tail
    end)

    assert.matches("I die of %*%*%*", seen.value)
    assert_clean(seen, KEY)
  end)

  it("is not in its events, where it stands in another form", function()
    local seen = play(function(orch)
      return orch.ask("worker", { task = "Say it.", agent = "events" }).result
    end)

    assert.equal(STARS, seen.value)
    assert_clean(seen, KEY)
  end)

  it("is not in what one left that was stopped", function()
    local seen = play(function(orch, flag)
      orch.race({ "hangs", "waits" }, function(name)
        if name == "hangs" then
          return orch.ask("worker", { task = "Hang.", agent = "hangs" })
        end
        return orch.check("until test -e '" .. flag .. "'; do :; done")
      end)
    end)

    assert.equal(STARS .. "\n", file_of(seen, "W1-worker/1/transcript"))
    assert_clean(seen, KEY)
  end)

  it("is not in what a check printed that was passed it", function()
    local seen = play(function(orch)
      return orch.check('echo "$MY_OTHER_TOKEN"').tail
    end, { MY_OTHER_TOKEN = "other-token" })

    assert.equal("***********\n", seen.value)
    assert_clean(seen, "other-token")
  end)
end)

describe("what is taken for a key", function()
  --- What becomes of *said* where the variable *name* is *value*.
  local function masked(name, value, said)
    local load = support.library(setmetatable({
      environment = function() return { [name] = value } end }, { __index = core }))
    local secrets = load "orch.secrets"
    secrets.learn { pass_env = { name } }
    return secrets.mask(said or value)
  end

  it("is a long value of a variable that is passed and named so", function()
    assert.equal("*********", masked("MY_API_KEY", "long-word"))
    assert.equal("a *********.", masked("my_password", "long-word", "a long-word."))
    assert.equal("*********", masked("OPENAI_API_KEY", "long-word"))
  end)

  it("is nothing short, no number, no path that there is, no other variable", function()
    for name, value in pairs { MY_KEY = "short", MAX_TOKENS = "123456789",
      KEY_PATH = "/usr/bin", MY_SETTING = "long-word" } do
      assert.equal(value, masked(name, value))
    end
  end)

  it("is found across the border of two reads", function()
    local folder <close> = support.folder()
    local load = support.library(setmetatable({
      environment = function() return { MY_KEY = "long-word" } end }, { __index = core }))
    local secrets = load "orch.secrets"
    secrets.learn { pass_env = { "MY_KEY" } }
    local before = ("x"):rep(4 * 1024 * 1024 - 4)
    core.write(folder.path .. "/transcript", before .. "long-word, long-word")

    assert.is_true(secrets.scrub(folder.path))

    assert.equal(before .. "*********, *********",
      core.read(folder.path .. "/transcript"))
  end)

  it("is not looked for behind a link", function()
    local folder <close> = support.folder()
    local load = support.library(setmetatable({
      environment = function() return { MY_KEY = "long-word" } end }, { __index = core }))
    local secrets = load "orch.secrets"
    secrets.learn { pass_env = { "MY_KEY" } }
    core.write(folder.path .. "/precious", "long-word")
    assert(os.execute(("ln -s precious '%s/last_message'"):format(folder.path)))

    assert.is_true(secrets.scrub(folder.path))

    assert.equal("long-word", core.read(folder.path .. "/precious"))
  end)
end)

describe("a link that somebody put into a run's folder", function()
  --- Put a link to `precious` at *name*, call *act*(orch), and return precious' bytes.
  local function behind(name, act)
    local precious
    local seen = play(function(orch, _, folder)
      core.write(folder .. "/precious", "precious")
      assert(core.make_folder(folder .. "/elsewhere"))
      local planted = orch.exec_command { yield_time_ms = 10000, cmd =
        ("cd '%s' && ln -sfn $PWD/%s '%s'"):format(folder,
          name:find "^workers" and "elsewhere" or "precious", name) }
      assert(planted.exit_code == 0, planted.output)
      local ok, problem = pcall(act, orch)
      precious = core.read(folder .. "/precious")
      if not ok then error(problem, 0) end
    end)
    return precious, seen
  end

  it("is not followed where the journal was", function()
    local precious, seen = behind("journal", function(orch) orch.check "true" end)

    assert.equal("precious", precious)
    assert.equal("disk", seen.outcome.failure.cause)
  end)

  it("is not followed where the result goes, which takes its place", function()
    local precious, seen = behind("result.md", function(orch)
      orch.deliver { result = "x", next_step = "y" }
    end)

    assert.equal("precious", precious)
    assert.equal("delivered", seen.outcome.kind)
    assert.matches("^x", file_of(seen, "/result.md"))
  end)

  it("is not followed where a worker's folder goes", function()
    local _, seen = behind("workers/W1-worker", function(orch)
      orch.ask("worker", { task = "x", agent = "says" })
    end)

    assert.equal("disk", seen.outcome.failure.cause)
    assert.is_nil(file_of(seen, "/elsewhere/1/brief"))
  end)
end)
