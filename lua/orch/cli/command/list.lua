--- `orch-lua list`: the patterns and worker templates there are, and where.

local core = require "orch.core"
local patterns = require "orch.cli.patterns"
local say = require "orch.cli.say"

local list = {
  usage = "list",
  summary = "List the patterns and worker templates, and where they are.",
}

local titles = { patterns = "patterns", ["worker-templates"] = "worker templates" }

local function section(found)
  local width, lines = 0, {}
  for _, one in ipairs(found.scripts) do width = math.max(width, #one.name) end
  local how = ""
  if found.kind == "patterns" and not found.own then how = ", run by their path" end
  lines[1] = ("%s in %s%s"):format(titles[found.kind], found.folder, how)
  for _, one in ipairs(found.scripts) do
    lines[#lines + 1] = (("  %-" .. width .. "s  %s"):format(one.name, one.summary or "")
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
  for i, found in ipairs(all) do parts[i] = section(found) end
  if not parts[1] then
    return say.fail(5, "orch-lua's patterns and worker templates are not where they "
      .. "belong: install orch-lua again, or run it from its build folder")
  end
  return say.out(table.concat(parts, "\n\n"))
end

return list
