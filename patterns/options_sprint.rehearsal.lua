--- Rehearses options_sprint: a drafter that has nothing new to say is asked once more.

local SAME = "Names are checked once, where they are read; long ones are refused."

return {
  options = { task = "Say what becomes of long names." },
  drafter = { { approach = SAME }, { approach = SAME }, "any" },

  always = function(run)
    local drafters, judges = 0, 0
    for _, worker in ipairs(run.workers) do
      if worker.role == "drafter" then drafters = drafters + 1 end
      if worker.role == "synthesiser" then judges = judges + 1 end
    end
    if judges > 1 then return false, "more than one judged" end
    return drafters <= 6, "a drafter was asked more than once more"
  end,
}
