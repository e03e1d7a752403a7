--- Rehearses scout_act_verify: nobody edits before an approach is chosen.

return {
  options = { task = "Refuse long names.", edit = "src", check = "make test" },

  always = function(run)
    local chosen = false
    for _, worker in ipairs(run.workers) do
      if worker.role == "synthesiser" then chosen = worker.state == "ok" end
      if worker.role == "implementer" and not chosen then
        return false, "somebody edited before an approach was chosen"
      end
    end
  end,
}
