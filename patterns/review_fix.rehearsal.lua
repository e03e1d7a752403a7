--- Rehearses review_fix: what is fixed is verified, and in no more rounds than allowed.

local function count(run, role)
  local n = 0
  for _, worker in ipairs(run.workers) do
    if worker.role == role then n = n + 1 end
  end
  return n
end

return {
  options = { artefact = "src", rounds = 2, check = "make test" },

  always = function(run)
    local fixes, checks = count(run, "implementer"), count(run, "verifier")
    if fixes > 2 then return false, "it fixed in more rounds than it was allowed" end
    if run.outcome.kind ~= "delivered" then return true end
    return fixes == checks, "what was fixed was not verified before it was delivered"
  end,
}
