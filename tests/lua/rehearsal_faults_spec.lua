-- Faults: plain data, drawn by a seed, each of which really strikes.

local chance = require "orch.rehearsal.chance"
local faults = require "orch.rehearsal.faults"
local rig = require "rehearsal_rig"

describe("a list of faults", function()
  it("is the same for the same seed, and plain data", function()
    local core = require "orch.core"
    local function drawn(seed)
      local list = {}
      local luck = chance.new(seed, "faults")
      for i = 1, 50 do list[i] = core.array(faults.draw(luck)) end
      return core.json_encode(list)
    end

    assert.equal(drawn(1), drawn(1))
    assert.not_equal(drawn(1), drawn(2))
  end)

  it("holds only the kinds that were asked for, within the horizon", function()
    local luck = chance.new(1, "faults")
    for _ = 1, 100 do
      for _, fault in ipairs(faults.draw(luck, { "hang", "ctrl_c" }, { minute = 5 })) do
        assert.is_true(fault.kind == "hang" or fault.kind == "ctrl_c")
        assert.is_true(fault.kind ~= "ctrl_c" or fault.at <= 5)
      end
    end
  end)

  it("says what is wrong with a kind that does not exist", function()
    assert.equal("there is no fault 'hnag'; did you mean 'hang'?",
      faults.mistake { "hang", "hnag" })
  end)

  it("can be described, each of its kinds", function()
    local luck = chance.new(1, "faults")
    for _, name in ipairs(faults.names) do
      local list = {}
      while not list[1] do list = faults.draw(luck, { name }) end

      assert.not_matches("nil", faults.describe(list[1]))
      assert.not_matches("%%", faults.describe(list[1]))
    end
  end)
end)

--- How the workers of *seen* ended: "ok, failed crash".
local function ends_of(seen)
  local list = {}
  for i, worker in ipairs(seen.run.workers) do
    local cause = worker.failure and worker.failure.cause
    list[i] = worker.state .. (cause and " " .. cause or "")
  end
  return table.concat(list, ", ")
end

-- What review_fix makes of a fault that one of its workers meets, where the reviewer
-- finds something and the verifier says pass.
local SCRIPT = { reviewer = { findings = 2, severity = "high" }, verifier = "pass" }

local function meets(kind, at, ends, more)
  it(("%s of agent start %d: %s"):format(kind, at, ends), function()
    local fault = { kind = kind, at = at }
    for name, value in pairs(more or {}) do fault[name] = value end
    local seen = rig.play("review_fix", 6, { faults = { fault }, script = SCRIPT,
      agents = {}, config = more and more.config })

    assert.is_true(#seen.told > 0)
    assert.equal(ends, ends_of(seen))
    assert.is_nil(next(seen.core.world.machine.keepers))
    seen.run:close()
  end)
end

local CLAUDE = { agent = { ["*"] = { "claude" } } }

describe("a fault", function()
  meets("hang", 1, "timed_out")
  meets("stubborn", 1, "timed_out")
  meets("survivor", 1, "ok, ok, ok")
  meets("slow", 2, "ok, timed_out")
  meets("dies", 1, "failed crash", { signal = "SEGV" })
  meets("dies", 1, "failed crash", { signal = "SEGV", early = true })
  meets("no_message", 1, "failed no_message")
  meets("torn", 2, "ok, failed no_message")
  meets("bad_reply", 2, "ok, ok, ok", { says = "All is well." })
  meets("hostile", 1, "ok, ok, ok")
  meets("flood", 1, "ok, ok, ok", { mebibytes = 1 })
  meets("question", 2, "ok, blocked")
  meets("out_of_scope", 2, "ok, failed scope")
  meets("guarded", 2, "ok, failed scope", { config = CLAUDE })
  meets("reader_writes", 1, "failed wrote", { config = CLAUDE })
  meets("keeper_killed", 2, "ok, lost crash", { share = 50 })
  meets("keepers_killed", 1, "lost crash", { share = 50 })
  meets("bad_exit", 1, "failed crash", { code = 3 })
  meets("limited", 2, "ok, ok, ok", { minutes = 90 })
  meets("limited", 2, "ok, ok, ok", { minutes = 90, config = CLAUDE })
  meets("limited_unsaid", 2, "ok, ok, ok", { minutes = 30 })
  meets("overload", 1, "ok, ok, ok", { minutes = 3 })
  meets("auth_lost", 2, "ok, failed auth")
  meets("auth_lost", 2, "ok, failed auth", { config = CLAUDE })

  it("of writers waits for one, and of what no sandbox lets happen for ever", function()
    local function told(kind)
      local seen = rig.play("review_fix", 6, { faults = { { kind = kind, at = 1 } },
        script = SCRIPT, agents = {} })
      seen.run:close()
      return #seen.told, ends_of(seen)
    end

    assert.same({ 1, "ok, failed scope" }, { told "out_of_scope" })
    assert.same({ 0, "ok, ok, ok" }, { told "reader_writes" })
    assert.same({ 0, "ok, ok, ok" }, { told "guarded" })
  end)

  it("of the account passes at its time", function()
    local seen = rig.play("review_fix", 6, { script = SCRIPT,
      faults = { { kind = "limited", at = 1, minutes = 90 } }, agents = {} })

    assert.is_true(seen.core.now() >= 90 * 60000)
    assert.equal(0, seen.outcome.code)
    seen.run:close()
  end)

  it("of the account is believed although the clock has jumped back", function()
    local jump = { kind = "clock_jump", at = 0, minutes = -600 }
    local ends_with = { limited_unsaid = "ok, ok, ok", auth_lost = "failed auth" }
    for kind, ends in pairs(ends_with) do
      local seen = rig.play("review_fix", 6, { script = SCRIPT, agents = {},
        faults = { jump, { kind = kind, at = 1, minutes = 90 } } })

      assert.equal(ends, ends_of(seen))
      assert.is_true(#seen.told < 20)
      seen.run:close()
    end
  end)

  it("of files is found where branches land", function()
    local seen = rig.play("split_sections", 6, { agents = {},
      faults = { { kind = "conflict", at = 2 } }, script = { scout = { slices = 3 } } })

    assert.matches("failed conflict", ends_of(seen))
    seen.run:close()
  end)
end)

describe("the machine", function()
  local function play(fault, options)
    options = options or {}
    options.faults, options.script, options.agents = { fault }, SCRIPT, {}
    local seen = rig.play("review_fix", 6, options)
    seen.run:close()
    return seen
  end

  it("may have no disk, no terminal, no memory for a while", function()
    local full = 0
    for at = 20, 100, 8 do
      local ends = ends_of(play { kind = "disk_full", at = at, times = 3 })
      full = full + (ends:find "failed disk" and 1 or 0)
    end
    assert.is_true(full > 0)
    for _, kind in ipairs { "no_terminals", "no_descriptors" } do
      assert.equal("ok, ok, ok", ends_of(play { kind = kind, at = 1, times = 5 }))
    end
    assert.equal("ok, ok, ok", ends_of(play { kind = "no_memory", at = 1, minutes = 5 }))
    assert.equal("failed disk", ends_of(play { kind = "output_lost", at = 3, times = 1 }))
  end)

  it("may have its clock set, its user edit and press Ctrl-C", function()
    local jump = { kind = "clock_jump", at = 1, minutes = -90 }
    assert.equal("ok, ok, ok", ends_of(play(jump)))
    local edited = play { kind = "own_edit", at = 1, path = "README.md" }
    assert.matches("^my own line\n", edited.core.read "/home/user/project/README.md")
    assert.equal(130, play { kind = "ctrl_c", at = 1 }.outcome.code)
  end)

  it("ends the engine at any record, and the run can be resumed", function()
    for at = 1, 24 do
      local seen = play { kind = "kill_engine", at = at, after = at % 2 == 0 }

      assert.equal(1, seen.resumes, "record " .. at)
      assert.equal("ok, ok, ok", ends_of(seen), "record " .. at)
    end
  end)

  it("may lose its power at any record, and the run can be resumed", function()
    for at = 1, 24 do
      local seen = play { kind = "crash", at = at, after = at % 2 == 0, seed = at }

      assert.equal(1, seen.resumes, "record " .. at)
      assert.not_equal("bug", seen.outcome.kind, "record " .. at)
    end
  end)

  it("meets what is armed for later although its power was cut", function()
    local seen = rig.play("review_fix", 6, { script = SCRIPT, agents = {}, faults = {
      { kind = "crash", at = 8, seed = 1 }, { kind = "ctrl_c", at = 1 },
    } })

    assert.equal(2, #seen.told)
    assert.equal(130, seen.outcome.code)
    seen.run:close()
  end)
end)
