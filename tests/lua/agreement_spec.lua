-- agreement_spec.lua - random file operations answer alike in the world and on the disk.

local chance = require "orch.rehearsal.chance"
local real = require "orch.core"
local world = require "orch.rehearsal.world"

local names = { "a", "b", "a/x", "b/x", "a/x/y", "b/./x", "none/x", "a/../b" }

-- Each operation gets a core, a folder and pick(list), and returns what is to be equal.
local operations = {
  function(core, path, pick)
    local options = pick { {}, { exclusive = true }, { atomic = false },
      { durable = true }, { atomic = false, exclusive = true },
      { mode = tonumber("640", 8) } }
    return "write", core.write(path(), pick { "", "one", "two\n" }, options)
  end,
  function(core, path, pick)
    return "append", core.append(path(), pick { "", "three" })
  end,
  function(core, path, pick)
    return "truncate", core.truncate(path(), pick { 0, 2, 9 })
  end,
  function(core, path, pick)
    return "overwrite", core.overwrite(path(), pick { 0, 2 }, pick { "", "x", "four" })
  end,
  function(core, path) return "read", core.read(path(), 1, 5) end,
  function(core, path) return "sync", core.sync(path()) end,
  function(core, path, pick)
    return "make_folder", core.make_folder(path(), pick { {}, { parents = true } })
  end,
  function(core, path, pick)
    local moved, message, name =
      core.move(path(), path(), pick { {}, {}, { exclusive = true } })
    -- Where a folder cannot move, an exclusive move tries a hard link, refused otherwise.
    return "move", moved, message, name == "EPERM" and "EINVAL" or name
  end,
  function(core, path, pick)
    return "remove", core.remove(path(), pick { {}, { tree = true } })
  end,
  function(core, path)
    local list, message, name = core.list(path())
    return "list", list and table.concat(list, " "), message, name
  end,
  function(core, path)
    local stat, message, name = core.stat(path())
    return "stat", stat and ("%s %o %d"):format(stat.type, stat.mode & 511,
      stat.type == "file" and stat.size or 0), message, name
  end,
  function(core, path) return "link_target", core.link_target(path()) end,
  function(core, path)
    local lock, message, name = core.lock(path())
    if lock then core.unlock(lock) end
    return "lock", lock and true, message, name
  end,
}

-- What happens in *folder*, one line for each operation.
local function history(core, folder, seed)
  local luck = chance.new(seed, "agreement")
  local function pick(list) return list[1 + luck:below(#list)] end
  local lines, paths = {}, nil
  local function path()
    paths = paths .. " " .. pick(names)
    return folder .. "/" .. paths:match "%S+$"
  end
  for i = 1, 60 do
    paths = ""
    local name, result, _, failure = pick(operations)(core, path, pick)
    lines[i] = ("%s%s: %s"):format(name, paths, tostring(failure or result))
    if name == "lock" and not failure then   -- it holds our pid, which differs
      core.write(folder .. paths:gsub(" ", "/"), "")
    end
  end
  return lines
end

-- The first line in which two histories differ, with what went before; else nothing.
local function difference(seen, expected)
  for i, line in ipairs(expected) do
    if seen[i] ~= line then
      return ("%s\nbut the world: %s"):format(table.concat(expected, "\n", 1, i), seen[i])
    end
  end
end

describe("the world and the disk", function()
  it("answer alike, whatever is done to files", function()
    for seed = 1, 60 do
      local folder = real.host().temporary .. "/orch-agreement-"
        .. real.hash(real.random(16)):sub(1, 16)
      assert(real.make_folder(folder))
      local double = world.new { core = real, files = { ["/w"] = { folder = true } } }

      local differs = difference(history(double, "/w", seed), history(real, folder, seed))

      real.remove(folder, { tree = true })
      assert.is_nil(differs)
    end
  end)
end)
