--- The command line of `codex exec`, as far as an agent is started with it.

local text = require "orch.text"

local flags = {}

local SANDBOXES = { "read-only", "workspace-write", "danger-full-access" }

-- Flags with a value, by the field they set; false for those that mean nothing here.
local VALUES = {
  ["-o"] = "last_message", ["--output-last-message"] = "last_message",
  ["-s"] = "sandbox", ["--sandbox"] = "sandbox",
  ["-C"] = "folder", ["--cd"] = "folder",
  ["-m"] = "model", ["--model"] = "model",
  ["-c"] = false, ["--config"] = false, ["--color"] = false,
  ["-p"] = false, ["--profile"] = false,
  ["--enable"] = false, ["--disable"] = false, ["--add-dir"] = false,
}

local SWITCHES = {
  ["--json"] = "json", ["--help"] = "help", ["-h"] = "help", ["--version"] = "version",
  ["-V"] = "version", ["--skip-git-repo-check"] = false, ["--ephemeral"] = false,
}

local function known()
  local names = {}
  for _, list in ipairs { VALUES, SWITCHES } do
    for _, name in ipairs(text.sorted_keys(list)) do names[#names + 1] = name end
  end
  return names
end

local function is_sandbox(word)
  for _, name in ipairs(SANDBOXES) do
    if name == word then return true end
  end
  return false
end

--- Read the flag at words[i] into *given* -> index of its last word | nil, message.
local function read_flag(words, i, given)
  local name, inline = words[i]:match "^(%-%-[^=]+)=(.*)$"
  name = name or words[i]
  local switch, field = SWITCHES[name], VALUES[name]
  if switch == nil and field == nil then
    return nil, ("unexpected argument '%s'"):format(name) .. text.suggest(name, known())
  end
  if field == nil then
    if switch then given[switch] = true end
    return i
  end
  local value = inline or words[i + 1]
  if not value then return nil, ("a value is required for '%s'"):format(name) end
  if field and given[field] then
    return nil, ("the argument '%s' cannot be used multiple times"):format(name)
  end
  if field then given[field] = value end
  return inline and i or i + 1
end

--- Read the words after the agent's name -> { json=, last_message=, sandbox=, folder=,
-- model=, thread=, prompt=, help=, version= } | nil, message.  Without a prompt, or with
-- "-", it is on standard input.
function flags.parse(words)
  local given, i, plain = {}, 1, {}
  while i <= #words do
    if words[i]:find "^%-." then
      local last, message = read_flag(words, i, given)
      if not last then return nil, message end
      i = last
    else
      plain[#plain + 1] = words[i]
    end
    i = i + 1
  end
  if given.help or given.version then return given end
  if table.remove(plain, 1) ~= "exec" then return nil, "the first word must be 'exec'" end
  if plain[1] == "resume" then
    given.thread = plain[2]
    if not given.thread then return nil, "resume needs the id of a thread" end
    plain = { table.unpack(plain, 3) }
  end
  given.prompt = plain[1]
  if plain[2] then return nil, ("unexpected argument '%s'"):format(plain[2]) end
  if given.sandbox and not is_sandbox(given.sandbox) then
    return nil, ("invalid value '%s' for '--sandbox': expected %s")
      :format(given.sandbox, text.either(SANDBOXES))
  end
  return given
end

return flags
