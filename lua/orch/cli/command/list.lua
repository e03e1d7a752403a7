--- `orch-lua list`: the patterns and worker templates there are, and where.

local core = require "orch.core"
local patterns = require "orch.cli.patterns"
local say = require "orch.cli.say"

local list = {
  usage = "list",
  summary = "List the patterns and worker templates, and where they are.",
  help = "Where the current folder is a pack, what it has comes after orch-lua's own.",
}

local titles = { patterns = "patterns", ["worker-templates"] = "worker templates",
  lua = "modules" }

-- How the scripts of a pack, which no bare name means, are called.
local calls = { patterns = ", run by their path",
  ["worker-templates"] = ", first for these patterns" }

local function section(found)
  local width, lines = 0, {}
  for _, one in ipairs(found.scripts) do width = math.max(width, #one.name) end
  local how = not found.own and calls[found.kind] or ""
  lines[1] = ("%s in %s%s"):format(titles[found.kind], found.folder, how)
  for _, one in ipairs(found.scripts) do
    local summary = (one.summary or "")
      .. (one.replaces and " (in place of orch-lua's)" or "")
    lines[#lines + 1] = (("  %-" .. width .. "s  %s"):format(one.name, summary)
      :gsub("%s+$", ""))
  end
  if not found.scripts[1] then lines[2] = "  none" end
  return table.concat(lines, "\n")
end

function list.run(words, globals)
  if words[1] then
    return say.fail(2, ("list takes no words, but got '%s'"):format(words[1]))
  end
  local all = patterns.all()
  if globals.json then
    for _, found in ipairs(all) do core.array(found.scripts) end
    return say.out(core.json_encode(core.array(all), { pretty = true }))
  end
  local parts = {}
  local in_pack = false
  for _, found in ipairs(all) do
    if not found.own and not in_pack then
      in_pack = true
      parts[#parts + 1] = ("this folder is a pack: %s"):format(core.host().folder)
    end
    parts[#parts + 1] = section(found)
  end
  if not parts[1] then
    return say.fail(5, "orch-lua's patterns and worker templates are not where they "
      .. "belong: install orch-lua again, or run it from its build folder")
  end
  return say.out(table.concat(parts, "\n\n"))
end

return list
