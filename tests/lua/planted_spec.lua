-- planted_spec.lua - faults planted into a copy of the library: rehearsal must find them.

local planted = require "planted"
local rehearse = require "orch.rehearsal.rehearse"
local subject = require "orch.rehearsal.subject"
local support = require "support"

local function crew()
  local core = require "orch.core"
  local folder <close> = support.folder()
  assert(core.write(folder.path .. "/crew.lua", planted.script))
  return assert(rehearse.prepare(assert(subject.of(folder.path .. "/crew.lua", {}))))
end

describe("rehearsal", function()
  it("finds nothing where nothing is planted", function()
    local record = rehearse.once(crew(), { seed = 1, faults = {} })

    assert.same({}, record.problems)
    assert.equal("delivered", record.outcome.kind)
  end)

  for _, one in ipairs(planted.list) do
    it("finds that " .. one.name, function()
      local seed, record = planted.find(crew(), one, one.seeds)

      assert.is_truthy(seed, ("not found within %d seeds"):format(one.seeds))
      assert.is_true(#record.faults <= 2)
    end)
  end
end)
