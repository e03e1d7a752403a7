--- Rehearses split_sections: a scout finds three slices; the check may fail.

return {
  options = { task = "Say in every file who may use it.", check = "make test" },
  scout   = { slices = 3 },

  always = function(run)
    local writers = 0
    for _, worker in ipairs(run.workers) do
      if worker.role == "implementer" then writers = writers + 1 end
    end
    return writers <= 4, "there were more writers than slices and one for the whole"
  end,
}
