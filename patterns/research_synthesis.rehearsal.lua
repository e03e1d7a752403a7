--- Rehearses research_synthesis: one researcher finds no source, the others disagree.

return {
  options  = { question = "Are long names worth it?" },
  research = {
    { points = 2, sources = 0 },
    { disagreements = { "S1 counts the newline, nobody else does" } },
    "any",
  },

  always = function(run)
    local answered = false
    for _, worker in ipairs(run.workers) do
      if worker.role == "research" and worker.state == "ok" then answered = true end
      if worker.role == "synthesiser" and not answered then
        return false, "somebody made a brief of nothing"
      end
    end
  end,
}
