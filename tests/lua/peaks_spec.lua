-- How much memory agents are seen to need, and what is kept of it between runs.

local core = require "orch.core"
local rig = require "spending_rig"
local support = require "support"

local MIB = 1024 * 1024
local KEPT = "/home/user/.local/state/orch-lua/runs/.memory"

--- What /proc says of a process: *pss* MiB, the parent, children.
local function process(files, pid, parent, pss, children)
  local at = "/proc/" .. pid
  files[at .. "/stat"] = ("%d (a) b) S %d 1 1 0\n"):format(pid, parent)
  files[at .. "/smaps_rollup"] = ("0-1 ---p\nRss: 1 kB\nPss:    %d kB\n")
    :format(pss * 1024)
  files[at .. "/task/" .. pid .. "/children"] = table.concat(children, " ")
  return files
end

--- An agent that works for *ms* and takes *pss* MiB, as /proc tells meanwhile.
local function agent(ms, pss)
  return function(program)
    local files = process({}, program.pid, 9, pss, { 77 })
    process(files, 9, 1, 1, { program.pid })
    process(files, 77, program.pid, 10, {})
    for path, text in pairs(files) do
      local fs = program.keeper.machine:files_in "/"
      fs:make_folder(path:match "^(.*)/", { parents = true, mode = 493 })
      fs:write(path, text, { atomic = false })
    end
    program:sleep(ms)
    rig.answer(program)
  end
end

local function ask(orch) orch.ask("worker", { task = "Do it." }) end

--- Run a worker of *program*, where *kept* was kept before; return what is kept then.
local function after(program, kept)
  local _, _, run, world = rig.run({ programs = { mine = program },
    world = { files = { [KEPT] = kept } } }, ask)
  return core.json_decode(world.read(KEPT) or ""), run, world
end

describe("the memory of an agent", function()
  it("is measured over all its processes while it runs, and kept", function()
    local kept = after(agent(60000, 500))

    assert.same({ mine = 510 * MIB }, kept)
  end)

  it("is forgotten slowly when less is seen", function()
    local kept = after(agent(60000, 90), core.json_encode { mine = 300 * MIB,
      other = 5 * MIB })

    assert.same({ mine = 280 * MIB, other = 5 * MIB }, kept)
  end)

  it("is what its agent is known for as long as nothing was seen", function()
    local kept, run = after(agent(500, 400))

    assert.is_nil(kept)
    assert.equal(128 * MIB, run.budget.peaks:need { name = "mine", memory = 128 * MIB })
  end)

  it("counts when the next worker is to start", function()
    local _, run = after(agent(500, 1), core.json_encode { mine = 300 * MIB })

    assert.equal(300 * MIB, run.budget.peaks:need { name = "mine", memory = MIB })
  end)

  it("is not taken from a bad file", function()
    for _, bad in ipairs { "{", "[]", "7", '{"mine":"x"}', '{"mine":-5}',
      '{"mine":1e300}', '{"mine":9999999999999999}' } do
      local _, run = after(agent(500, 1), bad)

      assert.equal(128 * MIB, run.budget.peaks:need { name = "mine", memory = 128 * MIB })
    end
  end)

  it("of a real process is told by the machine", function()
    local footprint = require "orch.budget.footprint"
    local pid = core.host().pid

    assert.is_true(footprint.of(pid) > MIB)
    assert.is_nil(footprint.of(1 << 30))
  end)

  it("is looked at rarely", function()
    local looks = 0
    local world = support.world()
    local load = support.library(world)
    local peaks, task = load("orch.budget.peaks").new(), load "orch.task"
    local session = setmetatable({ status = setmetatable({}, { __index = function(_, key)
      if key == "pid" then looks = looks + 1 end
    end }) }, {})

    task.main(function()
      local watch = peaks:watch({ name = "mine", memory = MIB }, session)
      task.sleep(3600 * 1000)
      watch:close()
    end)

    assert.is_true(looks > 100 and looks < 130, looks)
  end)
end)
