-- Many readers, one writer: real agents that write, real repositories, what is kept.

local core = require "orch.core"
local journal = require "orch.run.journal"
local support = require "support"

local SCRIBE = (core.environment().ORCH_SOURCE or core.host().folder)
  .. "/tests/agents/scribe.sh"
local REPLIES = {
  implementer = "CHANGED:\\n- a.txt - a line", worker = "RESULT: It is done.",
  reviewer = "FINDINGS: none",
}

-- A template whose worker must be able to build.
local BUILDER = [[return {
  fields = { task = "what to do" }, scope = "scratch",
  prompt = "TASK: {{task}}\n{{output}}",
  reply = require "orch".reply.report,
}]]

local Desk = {}
Desk.__index = Desk
Desk.__close = function(self) getmetatable(self.folder).__close(self.folder) end

function Desk:path(name) return self.folder.path .. "/tree/" .. name end

function Desk:write(name, bytes)
  local path = self:path(name)
  core.make_folder(path:match "^(.*)/", { parents = true })
  assert(core.write(path, bytes, { mode = 420 }))
end

function Desk:read(name) return core.read(self:path(name)) end

--- What a command prints, in the workspace; it must succeed.
function Desk:shell(command)
  local printed
  local load = support.library(core)
  load "orch.task".main(function()
    local commands = load "orch.session.exec_command"
    local result = commands.exec_command { cmd = command, tty = false,
      workdir = self:path "." }
    printed = result
  end)
  load "orch.folders".forget()
  assert(printed.exit_code == 0, command .. ": " .. tostring(printed.output))
  return printed.output
end

--- A workspace with the files *files*: a repository that holds them, unless
-- options.plain.
local function desk(files, options)
  local self = setmetatable({ folder = support.folder() }, Desk)
  assert(core.make_folder(self.folder.path .. "/tree"))
  for name, bytes in pairs(files or {}) do self:write(name, bytes) end
  if not (options and options.plain) then
    self:shell("git init -q . && git add -A && git -c user.name=n -c user.email=e "
      .. "commit -q --allow-empty -m first")
  end
  return self
end

--- Run *fn*(orch, run) as a script in the workspace; options = those of the run, `core` =
-- functions in place of the real ones.
function Desk:run(fn, options)
  options = options or {}
  local environment = core.environment()
  environment.ORCH_STATE_DIR = self.folder.path .. "/state"
  if options.path then environment.PATH = options.path end
  local warnings = {}
  local here = core.host()
  here.folder = self:path(".")
  local over = setmetatable({ environment = function() return environment end,
    host = function() return here end, output = function() return true end,
    start = options.start,
  }, { __index = core })
  here.folder = core.real_path(here.folder)
  local load = support.library(over)
  local orch, run_module = load "orch", load "orch.run"
  if options.confined then
    local command = load "orch.agents.command"
    local new = command.new
    command.new = function(...)
      local agent = new(...)
      agent.sandboxed = true
      return agent
    end
  end
  local agents = {}
  for role, reply in pairs(REPLIES) do
    agents[role] = { argv = { "/bin/sh", SCRIBE, reply } }
  end
  local run = assert(run_module.open {
    name = "test", config = { agents = agents },
    options = { jobs = 4, deadline_ms = options.deadline_ms,
      agent = { implementer = { "implementer" },
      worker = { "worker" }, builder = { "worker" }, reviewer = { "reviewer" } } },
  })
  run.progress = setmetatable({ event = function(_, kind, record)
    if kind == "warning" then warnings[#warnings + 1] = record end
  end }, { __index = run.progress })
  local value
  local outcome = run:execute(function() value = fn(orch, run) end)
  run:close()
  return { value = value, outcome = outcome, run = run, failure = outcome.failure,
    warnings = table.concat(warnings, "\n"), workers = run.workers }
end

--- Ask for *commands* by an implementer that may edit *edit*.
local function edit(orch, paths, commands)
  return orch.ask("implementer", { task = "run: " .. commands, edit = paths })
end

describe("a single writer", function()
  it("edits in place, and its run leaves no trace in the repository", function()
    local here <close> = desk { ["a.txt"] = "one\n" }
    here:write("a.txt", "uncommitted\n")
    local state = "git status --porcelain; git for-each-ref; git count-objects"
    local before = here:shell(state)

    local seen = here:run(function(orch) edit(orch, "a.txt", "echo two >>a.txt") end)

    assert.equal("nothing", seen.outcome.kind)
    assert.equal("uncommitted\ntwo\n", here:read "a.txt")
    assert.equal(before, here:shell(state))
    assert.is_nil(core.stat(seen.run.folder .. "/snapshots/1"))
  end)

  it("that fails leaves a patch and a command that takes it back", function()
    local here <close> = desk { ["a.txt"] = "one\n", ["b.txt"] = "b\n" }
    here:write("a.txt", "uncommitted\n")
    here:write("new.txt", "untracked\n")

    local seen = here:run(function(orch)
      edit(orch, { "a.txt", "new.txt", "made.txt" },
        "echo x >a.txt; rm new.txt; echo y >made.txt; exit 7")
    end)

    assert.equal("crash", seen.failure.cause)
    assert.equal("x\n", here:read "a.txt")
    assert.matches("W1 Implementer failed and its changes are still there", seen.warnings)
    local undo = seen.warnings:match "undo them with:\n  ([^\n]*)"
    here:shell(undo)
    assert.equal("uncommitted\n", here:read "a.txt")
    assert.equal("untracked\n", here:read "new.txt")
    assert.is_nil(here:read "made.txt")
  end)

  it("that leaves its scope is failed, whatever it says", function()
    local here <close> = desk { ["a.txt"] = "one\n", ["b.txt"] = "b\n" }

    local seen = here:run(function(orch)
      edit(orch, "a.txt", "echo x >a.txt; echo y >b.txt")
    end)

    assert.equal("scope", seen.failure.cause)
    assert.same({ "b.txt" }, seen.failure.paths)
    assert.equal("failed", seen.workers[1].state)
    here:shell(seen.failure.undo)
    assert.equal("one\n", here:read "a.txt")
    assert.equal("b\n", here:read "b.txt")
  end)

  it("that is stopped leaves its patch as well", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      edit(orch, "a.txt", "echo x >a.txt; sleep 60")
    end, { deadline_ms = 1000 })

    assert.equal("deadline", seen.failure.cause)
    assert.equal("x\n", here:read "a.txt")
    here:shell(seen.warnings:match "undo them with:\n  ([^\n]*)")
    assert.equal("one\n", here:read "a.txt")
  end)

  it("may not edit what decides over agents, though its folder is its scope", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      edit(orch, ".", "mkdir .claude; echo x >.claude/settings.json; echo y >a.txt")
    end)

    assert.equal("scope", seen.failure.cause)
    assert.same({ ".claude/settings.json" }, seen.failure.paths)
  end)

  it("that changes what git runs is failed", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      edit(orch, "a.txt", "git config core.fsmonitor ./evil; echo x >a.txt")
    end)

    assert.equal("scope", seen.failure.cause)
    assert.matches("%.git/config' changed", seen.failure.reason)
    local kept = core.read(seen.failure.folder .. "/before.config")
    assert.is_nil(kept:find("evil", 1, true))
  end)

  it("may edit what git ignores, and that can be taken back", function()
    local here <close> = desk { [".gitignore"] = "out\n" }
    here:write("out", "old\n")

    local seen = here:run(function(orch) edit(orch, "out", "echo x >out; exit 1") end)

    assert.equal("x\n", here:read "out")
    here:shell(seen.warnings:match "undo them with:\n  ([^\n]*)")
    assert.equal("old\n", here:read "out")
  end)
end)

describe("a reader that its agent confines", function()
  it("starts nothing but its agent", function()
    local here <close> = desk { ["a.txt"] = "one\n" }
    local started = 0

    local seen = here:run(function(orch)
      orch.all({ 1, 2 }, function() orch.ask("worker", { task = "run: true" }) end)
    end, { confined = true, start = function(spec)
      started = started + 1
      return core.start(spec)
    end })

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal(2, started)
  end)
end)

describe("a reader that is not confined", function()
  it("is failed when it wrote, and the change is kept", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      orch.ask("worker", { task = "run: echo x >a.txt; echo y >b.txt" })
    end)

    assert.equal("wrote", seen.failure.cause)
    assert.same({ "a.txt", "b.txt" }, seen.failure.paths)
    assert.matches("%+y", core.read(seen.failure.patch))
    here:shell(seen.failure.undo)
    assert.equal("one\n", here:read "a.txt")
    assert.is_nil(here:read "b.txt")
  end)

  it("looks at the workspace together with others that begin", function()
    local here <close> = desk { ["a.txt"] = "one\n" }
    local readers, looks = 12, 0

    local seen = here:run(function(orch)
      local list = {}
      for i = 1, readers do list[i] = i end
      orch.all(list, function() orch.ask("worker", { task = "run: true" }) end)
    end, { start = function(spec)
      if table.concat(spec.argv, " "):find "write%-tree" then looks = looks + 1 end
      return core.start(spec)
    end })

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.is_true(looks >= 2 and looks <= 2 + readers, looks .. " looks")
  end)

  it("keeps the failure that it had, and the change is told", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      orch.ask("worker", { task = "run: echo x >a.txt; exit 7" })
    end)

    assert.equal("crash", seen.failure.cause)
    assert.matches("W1 Worker: it was to read only, and 'a.txt' changed", seen.warnings)
  end)

  it("is not blamed for what git ignores, nor for what somebody has open", function()
    local here <close> = desk { [".gitignore"] = "begun\ntold\n" }

    local seen = here:run(function(orch)
      orch.exec_command { yield_time_ms = 0, workdir = here:path "x":match "^(.*)/",
        cmd = "exec >>log; until [ -e begun ]; do sleep 0.01; done; echo a; : >told; "
          .. "exec sleep 30" }
      orch.ask("worker", {
        task = "run: : >begun; until [ -e told ]; do sleep 0.01; done" })
    end)

    assert.equal("nothing", seen.outcome.kind, tostring(seen.failure))
    assert.equal("a\n", here:read "log")
  end)

  it("beside another is a warning, which names the paths and the other", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      orch.all({ 1, 2 }, function(i)
        local other = i == 1 and "in.2" or "in.1"
        orch.ask("worker", { task = ("run: echo >out.%d; : >in.%d; "
          .. "until [ -e %s ]; do sleep 0.01; done"):format(i, i, other) })
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.matches("it may have done it, or W", seen.warnings)
    assert.matches("out%.1", seen.warnings)
  end)
end)

describe("writers in branches", function()
  it("work apart, and what they wrote is there when the call returns", function()
    local here <close> = desk { ["a.txt"] = "one\n", ["b.txt"] = "b\n" }
    here:write("a.txt", "uncommitted\n")
    here:write("new.txt", "untracked\n")
    local during

    local seen = here:run(function(orch)
      orch.all({ "a.txt", "b.txt" }, function(path)
        edit(orch, path, ("cat new.txt >>%s; chmod +x %s"):format(path, path))
        during = (during or "") .. here:read "a.txt"
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("uncommitted\nuncommitted\n", during)
    assert.equal("uncommitted\nuntracked\n", here:read "a.txt")
    assert.equal("b\nuntracked\n", here:read "b.txt")
    assert.equal(tonumber("111", 8), core.stat(here:path "a.txt").mode & 73)
    local record
    for _, one in ipairs(assert(journal.read(seen.run.folder)).records) do
      if one.kind == "landing" then record = record or one end
    end
    assert.equal("a.txt", record.changes[1].path)
    assert.equal(core.hash "uncommitted\n", record.changes[1].before)
    assert.equal(core.hash "uncommitted\nuntracked\n", record.changes[1].after)
    assert.is_nil(core.stat(seen.run.folder .. "/trees"))
  end)

  it("of one file are merged where they do not touch", function()
    local here <close> = desk { ["a.txt"] = "1\n2\n3\n4\n5\n6\n7\n" }

    local seen = here:run(function(orch)
      orch.all({ "1", "7" }, function(line)
        edit(orch, "a.txt", ("sed -i s/%s/x%s/ a.txt"):format(line, line))
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("x1\n2\n3\n4\n5\n6\nx7\n", here:read "a.txt")
  end)

  it("that conflict: the first lands, the second is a failure, both are kept", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      local replies, failures = orch.each({ 1, 2 }, function(i)
        -- The first ends last: what counts is its place in the script.
        return edit(orch, "a.txt", ("[ %d = 2 ] || sleep 0.2; echo %d >a.txt")
          :format(i, i))
      end)
      return { replies, failures }
    end)

    local replies, failures = table.unpack(seen.value)
    assert.equal(1, #replies)
    assert.equal("1\n", here:read "a.txt")
    assert.equal("conflict", failures[1].cause)
    assert.equal(2, failures[1].index)
    assert.equal(2, #failures[1].patches)
    for _, patch in ipairs(failures[1].patches) do assert.is_string(core.read(patch)) end
    assert.equal("failed", seen.workers[2].state)
  end)

  it("begin with what the branch wrote before, and readers there see it", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      orch.all({ 1 }, function()
        edit(orch, "a.txt", "echo two >>a.txt")
        orch.ask("worker", { task = "run: grep -q two a.txt" })
        edit(orch, "a.txt", "grep -q two a.txt && echo three >>a.txt")
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("one\ntwo\nthree\n", here:read "a.txt")
  end)

  it("are checked where they wrote, and a reader is not blamed for it", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      return orch.all({ 1 }, function()
        edit(orch, "a.txt", "echo two >>a.txt")
        local check = orch.check "echo built >made.txt; grep two a.txt"
        orch.ask("worker", { task = "run: true" })
        return check
      end)[1].pass
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.is_true(seen.value)
    assert.is_nil(here:read "made.txt")
  end)

  it("read the paths of the brief as paths of their tree", function()
    local here <close> = desk { ["a.txt"] = "one\n" }

    local seen = here:run(function(orch)
      orch.all({ 1 }, function()
        edit(orch, "a.txt", ("echo two >>%s/a.txt; [ ! -e %sx ]"):format(
          core.real_path(here:path "."), core.real_path(here:path ".")))
        assert(here:read "a.txt" == "one\n")
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("one\ntwo\n", here:read "a.txt")
  end)

  it("below branches land one level at a time", function()
    local here <close> = desk { ["a.txt"] = "a\n", ["b.txt"] = "b\n" }

    local seen = here:run(function(orch)
      orch.all({ 1 }, function()
        orch.all({ "a.txt", "b.txt" }, function(path)
          edit(orch, path, "echo x >>" .. path)
        end)
        assert(here:read "a.txt" == "a\n")
        edit(orch, "a.txt", "grep -q x a.txt && grep -q x b.txt && echo y >>a.txt")
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("a\nx\ny\n", here:read "a.txt")
    assert.equal("b\nx\n", here:read "b.txt")
  end)

  it("that leave their scope are failed and nothing of it lands", function()
    local here <close> = desk { ["a.txt"] = "a\n", ["b.txt"] = "b\n" }

    local seen = here:run(function(orch)
      orch.each({ "a.txt", "b.txt" }, function(path)
        edit(orch, path, "echo x >a.txt")
      end)
    end)

    assert.equal("x\n", here:read "a.txt")
    assert.equal("b\n", here:read "b.txt")
    assert.equal("scope", seen.workers[2].failure.cause)
    assert.matches("were not taken over", seen.warnings)
  end)

  it("land at wait when they were started", function()
    local here <close> = desk { ["a.txt"] = "a\n", ["b.txt"] = "b\n" }
    local before

    local seen = here:run(function(orch)
      local started = orch.start("implementer",
        { task = "run: echo x >>a.txt", edit = "a.txt" })
      edit(orch, "b.txt", "echo y >>b.txt")
      while started:poll() == "running" do orch.sleep(10) end
      before = here:read "a.txt"
      started:wait()
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("a\n", before)
    assert.equal("a\nx\n", here:read "a.txt")
    assert.equal("b\ny\n", here:read "b.txt")
  end)

  it("that nobody waited for are named, and kept", function()
    local here <close> = desk { ["a.txt"] = "a\n" }

    local seen = here:run(function(orch)
      local started = orch.start("implementer",
        { task = "run: echo x >>a.txt", edit = "a.txt" })
      while started:poll() == "running" do orch.sleep(10) end
    end)

    assert.equal("a\n", here:read "a.txt")
    local patch = seen.warnings:match "W1 Implementer changed was not taken over; it is "
      and seen.warnings:match "kept in '([^']*)'"
    assert.matches("%+x", core.read(patch))
    assert.is_nil(seen.run.workers[1].changed)
  end)

  it("that lose a race leave nothing", function()
    local here <close> = desk { ["a.txt"] = "a\n" }

    local seen = here:run(function(orch)
      orch.race({ "sleep 60", "true" }, function(command)
        return edit(orch, "a.txt", ("echo %s >a.txt; %s"):format(command:sub(1, 1),
          command))
      end)
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("t\n", here:read "a.txt")
  end)
end)

describe("a worker in a throw-away copy", function()
  it("may build there, and nothing of it is seen in the workspace", function()
    local here <close> = desk { ["a.txt"] = "one\n" }
    here:write("new.txt", "untracked\n")
    here:write("../pack/worker-templates/builder.lua", BUILDER)

    local seen = here:run(function(orch, run)
      run.pack = here:path "../pack"
      return orch.ask("builder",
        { task = "run: cat new.txt >a.txt; pwd >made.txt; git status >/dev/null" })
    end)

    assert.equal("nothing", seen.outcome.kind, seen.outcome.message)
    assert.equal("one\n", here:read "a.txt")
    assert.is_nil(here:read "made.txt")
    assert.is_nil(core.stat(seen.run.folder .. "/trees"))
  end)
end)

describe("a look at the workspace", function()
  it("that is cut short is taken over by who waits for it", function()
    local here <close> = desk { ["a.txt"] = "one\n" }
    local load = support.library(core)
    local task, tree = load "orch.task", nil

    task.main(function()
      local store = load "orch.workspace.snapshot".open(
        core.real_path(here:path "."), here.folder.path .. "/store")
      local first = store:take()
      local free = task.condition()
      local holder = task.spawn(function()
        store:alone(function() free:wait() end)
      end)
      task.sleep(0)
      local looks = {}
      for i = 1, 2 do looks[i] = task.spawn(function() return store:take() end) end
      task.sleep(0)
      looks[1]:cancel "not needed"
      free:signal()
      looks[2]:join()
      tree = looks[2]:result()
      holder:join()
      assert.equal(first, tree)
    end)
    load "orch.folders".forget()

    assert.matches("^%x+$", tree)
  end)
end)

describe("a folder without a repository", function()
  it("has snapshots all the same", function()
    local here <close> = desk({ ["a.txt"] = "one\n" }, { plain = true })

    local seen = here:run(function(orch)
      edit(orch, "a.txt", "echo x >a.txt; echo y >b.txt")
    end)

    assert.equal("scope", seen.failure.cause)
    here:shell(seen.failure.undo)
    assert.equal("one\n", here:read "a.txt")
    assert.is_nil(core.stat(here:path ".git"))
  end)

  it("and without git can still be watched and written in branches", function()
    local here <close> = desk({ ["a.txt"] = "one\n", ["d/b.txt"] = "b\n" },
      { plain = true })
    local bin = here.folder.path .. "/bin"
    here:shell(("mkdir %s && for p in sh cat sed rm mktemp sleep; do "
      .. "ln -s $(command -v $p) %s/$p; done"):format(bin, bin))

    local seen = here:run(function(orch)
      orch.all({ "a.txt", "d/b.txt" }, function(path)
        edit(orch, path, "echo x >>" .. path)
      end)
      orch.try("worker", { task = "run: echo y >c.txt" })
    end, { path = bin })

    assert.equal("one\nx\n", here:read "a.txt")
    assert.equal("b\nx\n", here:read "d/b.txt")
    assert.equal("wrote", seen.workers[3].failure.cause)
    assert.matches("there is no git", seen.warnings)
  end)
end)
