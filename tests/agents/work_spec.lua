-- Real agents at work: what they read, what they may change, what comes out.

local core = require "orch.core"
local rig = require "rig"

local FINDINGS = "FINDINGS:\n1. [high] greeting.c:1 The greeting is misspelled\n"
  .. "   Evidence: it says helo\n   Fix: write hello\n"
local CHANGES = "CHANGED:\n- greeting.c - the greeting is spelled\n"
local VERDICT = "VERDICT: pass\nEVIDENCE:\n- greeting.c says hello\n"
  .. "FINDINGS:\nF1: fixed - it says hello\n"

local function review_fix()
  return {
    { when = "TASK: Review", steps = { { text = FINDINGS } } },
    { when = "TASK: Fix the findings", steps = {
      { shell = "sed -i s/helo/hello/ greeting.c" }, { text = CHANGES } } },
    { when = "TASK: Verify", steps = { { text = VERDICT } } },
  }
end

local function answers(text) return { { when = "", steps = { { text = text } } } } end

local function ask(agent, more)
  return { "ask", "worker", "--agent", agent, "--task", "Say something.",
    table.unpack(more or {}) }
end

describe("review_fix", function()
  for name, words in pairs {
    codex = { "--agent", "codex" },
    claude = { "--agent", "claude" },
    mixed = { "--agent", "claude", "--agent", "implementer=codex" },
  } do
    it("is done by " .. name, function()
      local r <close> = rig.new(review_fix())
      r:file("greeting.c", 'char *greeting = "helo";\n')

      local result = r:run {
        "review_fix", "--artefact", "greeting.c", table.unpack(words) }

      assert.equal(0, result.code, result.err)
      assert.equal('char *greeting = "hello";\n', r:read "greeting.c")
      assert.matches("^The one finding %(high%) is fixed", result.out)
      assert.matches("## Verdict\n\npass", result.out)
      assert.equal("ok", rig.workers(result)["W3 Verifier"].state)
      assert.equal(name == "mixed" and "claude" or name,
        rig.workers(result)["W1 Reviewer"].agent)
    end)
  end
end)

for _, agent in ipairs { "codex", "claude" } do
  describe(agent, function()
    it("reads a brief of 300 kB whole, from its stdin", function()
      local r <close> = rig.new(answers "RESULT: It came as {{sha256}}.")

      local result = r:script([[
        local texts = {}
        for i = 1, 6000 do
          local n = i // 1001 + 1
          texts[n] = (texts[n] or "") .. ("%05d äöü %s\n"):format(i, ("x"):rep(40))
        end
        local orch = require "orch"
        orch.ask("worker", { task = "Say something.", material = texts })
      ]], { "--agent", agent })

      assert.equal(0, result.code, result.err)
      local folder = rig.workers(result)["W1 Worker"].folder
      local brief = core.read(folder .. "/1/brief")
      assert.is_true(#brief > 300000)
      local request = r:requests()[1]
      assert.equal(#brief, request.bytes)
      assert.equal(core.hash(brief), request.sha256)
      assert.equal("RESULT: It came as " .. core.hash(brief) .. ".",
        core.read(folder .. "/1/last_message"))
    end)

    it("goes on in its conversation when asked again, and counts its use once", function()
      local r <close> = rig.new {
        { when = "TASK: Say", steps = { { text = "It is done." } } },
        { when = "", steps = { { text = "RESULT: It is done." } } },
      }

      local result = r:run(ask(agent))

      assert.equal(0, result.code, result.err)
      local first, second = table.unpack(r:requests())
      assert.equal(first.conversation, second.conversation)
      assert.equal(1, first.prompts)
      assert.equal(2, second.prompts)
      assert.equal(240, rig.workers(result)["W1 Worker"].tokens)
    end)

    it("cannot edit as a reader, whatever its model wants", function()
      local r <close> = rig.new(function(workspace)
        local write = { file_path = workspace .. "/kept", content = "new" }
        return { { when = "", steps = {
          { shell = "echo new >made; echo new >kept" },
          agent == "claude" and { tool = { name = "Write", args = write } }
            or { shell = "rm -f kept" },
          { text = "RESULT: I tried." } } } }
      end)
      r:file("kept", "old")

      local result = r:run(ask(agent))

      assert.equal(0, result.code, result.err)
      assert.equal("old", r:read "kept")
      assert.is_nil(r:read "made")
      assert.equal(3, #r:requests())
    end)

    it("starts without the web and without the project's hooks and servers", function()
      local r <close> = rig.new(answers "RESULT: Done.")
      local hook = ('{"hooks":{"SessionStart":[{"hooks":[{"type":"command",'
        .. '"command":"touch %s/ran"}]}]}}'):format(r.workspace)
      for _, folder in ipairs { ".git", ".codex", ".claude" } do
        assert(core.make_folder(r.workspace .. "/" .. folder))
      end
      r:file(".claude/settings.json", hook)
      r:file(".codex/hooks.json", hook)
      r:file(".mcp.json", ('{"mcpServers":{"x":{"command":"touch","args":["%s/ran"]}}}')
        :format(r.workspace))
      r:file(".codex/config.toml",
        ('[mcp_servers.x]\ncommand = "touch"\nargs = ["%s/ran"]\n'):format(r.workspace))
      local settings = r.folder .. "/codex/config.toml"
      assert(core.append(settings, ('[projects.%s]\ntrust_level = "trusted"\n')
        :format(core.json_encode(r.workspace))))

      local result = r:run(ask(agent))

      assert.equal(0, result.code, result.err)
      assert.is_nil(r:read "ran")
      for _, tool in ipairs(r:requests()[1].tools) do
        assert.is_nil(tool:lower():find "web", tool)
      end
    end)
  end)
end

describe("a command as an agent", function()
  local CONFIG = [[
return { agents = {
  own = { argv = { "codex", "exec", "--json", "--skip-git-repo-check", "-s", "read-only",
    "-C", "{{folder}}", "-" }, events = "codex", env = { "CODEX_HOME" } },
  plain = { argv = { "claude", "-p", "--tools", "Read" },
    env = { "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR" } },
} }
]]

  for _, name in ipairs { "own", "plain" } do
    it("answers with its events or with what it prints: " .. name, function()
      local r <close> = rig.new(answers "RESULT: A command said it.", { config = CONFIG })

      local result = r:run(ask(name))

      assert.equal(0, result.code, result.err)
      assert.matches("RESULT: ", result.out)
      assert.equal(name, rig.workers(result)["W1 Worker"].agent)
    end)
  end
end)

describe("the agent that is chosen", function()
  it("is the first of a chain that is logged in, and the others are named", function()
    local r <close> = rig.new(answers "RESULT: Done.")
    core.remove(r.folder .. "/codex/config.toml")

    local result = r:run(ask "codex,claude")

    assert.equal("claude", rig.workers(result)["W1 Worker"].agent)
    assert.matches("passed over codex: it is not logged in", result.err)
  end)

  it("is the first that is found and logged in when nobody says", function()
    local r <close> = rig.new(answers "RESULT: Done.",
      { env = { ANTHROPIC_API_KEY = false } })
    local words = { "ask", "worker", "--task", "Say something." }
    assert.equal("codex", rig.workers(r:run(words))["W1 Worker"].agent)

    core.remove(r.folder .. "/codex/config.toml")
    local result = r:run(words)

    assert.equal("offline", rig.workers(result)["W1 Worker"].agent)
    assert.matches("codex is installed but passed over: it is not logged in", result.err)
    assert.matches("claude is installed but passed over: it is not logged in", result.err)
  end)

  it("is warned of when its commands would fail below the temporary folder", function()
    local r <close> = rig.new(answers "RESULT: Done.")
    r.env.TMPDIR = r.folder

    local result = r:run(ask "codex")

    assert.matches("the commands of codex will fail", result.err)
  end)
end)
