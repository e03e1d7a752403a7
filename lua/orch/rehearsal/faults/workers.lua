--- What can go wrong with one worker.  `at` is the number of the agent start, from 1; the
--- fault strikes that one, or the first behind it that it can happen to.
--
-- Each kind changes the part that the agent is going to play, see agent.lua.

local mischief = require "orch.rehearsal.mischief"

local workers = {}

local SIGNALS = { "KILL", "SEGV", "ABRT" }
local UNGRAMMATICAL = {
  "FINDINGS", "VERDICT: perhaps", "# All good\n\nNothing to report.",
  "```\nVERDICT: pass", "VERDICT: pass\nVERDICT: fail", ("word "):rep(2000), "\0\1\2",
}

-- A kind that says with apply(part, fault) how it changes a part.  fits(part): whether it
-- can happen to that one, if not to all.
local function kind(words, apply, draw, fits)
  local function arm(self, fault)
    mischief.wait(self.machine, function(part)
      if part.start < fault.at or fits and not fits(part) then return false end
      self.tell(fault, part)
      apply(part, fault, self)
      return true
    end)
  end
  return { unit = "worker", words = words, draw = draw, apply = apply, arm = arm }
end

local function has_file(part) return part.file ~= nil end
local function writes(part) return part.scope ~= nil end
local function may_write(part) return not part.sandbox end
local function is_loose_reader(part) return not part.scope and may_write(part) end

workers.hang = kind("hangs", function(part) part.hangs = true end)

workers.stubborn = kind("hangs, and does not end when it is asked to", function(part)
  part.hangs, part.stubborn = true, true
end)

workers.survivor = kind("leaves a process behind that ignores what asks it to end",
  function(part) part.leaves = true end)

workers.slow = kind("takes a hundred times as long",
  function(part) part.ms = part.ms * 100 end)

workers.dies = kind("is killed by SIG%(signal)s", function(part, fault)
  part[fault.early and "dies_early" or "dies"] = fault.signal
end, function(luck, fault)
  fault.signal, fault.early = luck:pick(SIGNALS), luck:one_in(3)
end)

workers.bad_exit = kind("exits with %(code)s after a good message",
  function(part, fault) part.exits = fault.code end,
  function(luck, fault) fault.code = luck:pick { 1, 3, 127 } end)

workers.no_message = kind("exits with 0 without a message",
  function(part) part.says = false end)

workers.torn = kind("leaves half of its message in the file",
  function(part) part.torn = true end, nil, has_file)

workers.bad_reply = kind("answers in no form that was asked for",
  function(part, fault) part.says = fault.says end,
  function(luck, fault) fault.says = luck:pick(UNGRAMMATICAL) end)

-- What it would have said otherwise is forgotten.
workers.hostile = kind("writes what tries to pass for orders, fences and successes",
  function(part)
    part.says, part.sample, part.refuses, part.manner = nil, nil, false, "hostile"
  end)

workers.question = kind("asks a question", function(part)
  part.says, part.asks = nil, "Which of the two formats is meant?"
end)

workers.flood = kind("prints %(mebibytes)s MiB on the way", function(part, fault)
  local event = '{"type":"item.completed","item":{"id":"item_9",'
    .. '"type":"command_execution","aggregated_output":"' .. ("x"):rep(1000) .. '"}}\n'
  part.floods = event:rep(fault.mebibytes * 950)
end, function(luck, fault) fault.mebibytes = luck:between(1, 3) end)

-- ── what it does to files ───────────────────────────────────────────────────

local function stray(part, path)
  part.strays = part.strays or {}
  table.insert(part.strays, { path, "by " .. part.name .. "\n" })
end

workers.reader_writes = kind("writes although it was to read only",
  function(part) stray(part, "notes-of-a-reader.txt") end, nil, is_loose_reader)

workers.out_of_scope = kind("writes outside of what it may edit",
  function(part) stray(part, "outside/of-the-scope.txt") end, nil, writes)

workers.guarded = kind("changes the settings of the repository",
  function(part) stray(part, ".git/config") end, nil, may_write)

-- Somebody changes every line of the same files, in the user's own folder, while the
-- worker edits.
workers.conflict = kind("has its files changed by the user meanwhile",
  function(part, _, self)
    part.after_edits = function(list)
      local folder = self.machine.host.folder
      local files = self.machine:files_in(folder)
      for _, edit in ipairs(list) do
        local path = edit[1]:sub(1, 1) ~= "/" and folder .. "/" .. edit[1]
        local mine = path and files:read(path)
        if mine and edit[2] and mine ~= edit[2] then
          files:write(path, (mine:gsub("[^\n]+", "%0 (mine)")),
            { mode = 420, atomic = false })
        end
      end
    end
  end, nil, writes)

-- ── its keeper ──────────────────────────────────────────────────────────────

local function kill_keeper(part, fault, self)
  local keeper = part.program.keeper
  self.machine.clock:after(part.ms * fault.share / 100, function()
    if not keeper.over then keeper:leave_machine "lost" end
  end)
end

local function draw_share(luck, fault) fault.share = luck:between(0, 99) end

workers.keeper_killed = kind("loses its keeper", kill_keeper, draw_share)

-- A second start of the same worker does not help.
workers.keepers_killed = kind("loses its keeper, and again when it is run once more",
  function(part, fault, self)
    kill_keeper(part, fault, self)
    mischief.wait(self.machine, function(other)
      local again = other.name == part.name and other.attempt > part.attempt
      if again then kill_keeper(other, fault, self) end
      return again
    end)
  end, draw_share)

return workers
