--- Whatever reads what others write takes anything: it never raises, and takes time in
--- proportion to what it is given.  The long form: sh tests/run.sh fuzz SECONDS.

local core = require "orch.core"
local fuzz = require "fuzz"

local LONG = tonumber(core.environment().ORCH_FUZZ_SECONDS or "")
-- The code is the same for both interpreters: one of them takes the most of it.
local MOST = LONG or core.host().program ~= ""
local COUNT = MOST and 400 or 50   -- mutations of each target

for _, target in ipairs(require "fuzz_targets") do
  describe("fuzzing " .. target.name, function()
    it("finds nothing that raises or breaks a promise", function()
      local before, round = core.now(), 1
      repeat
        fuzz.mutated(target, COUNT, round)
        round = round + 1
      until not LONG or core.now() - before > LONG * 1000
    end)

    if LONG or MOST and not target.alike then
      it("finds nothing that is slower than its input is long", function()
        fuzz.repeated(target)
      end)
    end
  end)
end
