--- Rehearses triangulated_review: the first reviewer finds much, the second one nothing.

return {
  options  = { artefact = "src" },
  reviewer = { { findings = 4 }, { findings = 0 }, "any" },

  always = function(run)
    local answered = 0
    for _, worker in ipairs(run.workers) do
      if worker.state == "ok" then answered = answered + 1 end
    end
    return run.outcome.kind ~= "delivered" or answered >= 2,
      "it was delivered with fewer than two answers"
  end,
}
