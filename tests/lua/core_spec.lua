-- core_spec.lua - the seam orch.core as Lua sees it.
describe("orch.core", function()
  local core = require "orch.core"

  it("answers poll with a list", function()
    assert.same({}, core.poll(1))
  end)
end)
