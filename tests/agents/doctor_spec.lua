-- doctor --deep asks the real agents for a file and believes the file alone.

local core = require "orch.core"
local rig = require "rig"

-- The model copies the secret word from the brief, as a model would read it.
local COPY = "sed -n 's/.*the single line \\([0-9a-f]*\\) and.*/\\1/p'"
  .. " ../workers/W1-implementer/1/brief >proof.txt"
local CHANGES = "CHANGED:\n- proof.txt - the line that was asked for\n"

local function creates(command)
  return { { when = "Create the file proof.txt",
    steps = { { shell = command }, { text = CHANGES } } } }
end

--- What `doctor --deep --json` found of the tools of each agent: { name = state }.
local function examine(command)
  local r <close> = rig.new(creates(command))
  local result = r:run { "doctor", "--deep", "--json" }
  local found = {}
  for _, one in ipairs(assert(core.json_decode(result.out)).examinations) do
    local agent = one.what:match "^(%w+) tools$"
    if agent then found[agent] = one.state end
  end
  return found, result
end

describe("doctor --deep", function()
  it("finds that the tools of codex and claude work", function()
    local found, result = examine(COPY)

    assert.same({ codex = "ok", claude = "ok" }, found)
    assert.equal(0, result.code, result.out)
  end)

  it("finds an agent out that says it made the file and did not", function()
    local found, result = examine "true"

    assert.same({ codex = "problem", claude = "problem" }, found)
    assert.equal(5, result.code)
  end)
end)
