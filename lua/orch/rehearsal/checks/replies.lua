--- What must hold of replies: synced before use, no finding lost, each in its branch.

local synced_first = {
  name = "synced first",
  promise = "a reply is safe on disk before anybody uses it",
}

function synced_first.broken(run, say)
  for _, seen in ipairs(run.witness.unsynced) do
    say("the reply of %s was used before '%s' was synced", seen.label,
      seen.path:match "[^/]*/[^/]*/[^/]*$")
  end
end

local no_finding_lost = {
  name = "no finding lost",
  promise = "every finding of a reply is in the merged list, or in one that names its "
    .. "source, and every finding that is delivered is in the deliverable",
}

-- Whether the list *made* has what *finding* of *source* says.
local function has(made, finding, source)
  for _, one in ipairs(made) do
    for _, said in ipairs(one.said or {}) do
      if said.title == finding.title and (said.source == source or not source) then
        return true
      end
    end
  end
  return false
end

-- What was merged, as { findings =, label = }.
local function lists_of(given)
  if type(given[1]) == "table" and given[1].title then return { { findings = given } } end
  local lists = {}
  for i, entry in ipairs(given) do
    lists[i] = { findings = entry.findings or entry, label = entry.label }
  end
  return lists
end

function no_finding_lost.broken(run, say)
  for _, merge in ipairs(run.witness.merges) do
    for _, list in ipairs(lists_of(merge.given)) do
      for _, finding in ipairs(list.findings) do
        if not has(merge.made, finding, not finding.said and list.label or nil) then
          say("'%s' of %s was lost in a merge", finding.title, list.label or "a list")
        end
      end
    end
  end
  for _, lost in ipairs(run.witness.undelivered) do
    say("'%s' was delivered, but is not in the deliverable", lost)
  end
  for _, step in ipairs(run.witness.steps) do
    for _, title in ipairs(step.missing or {}) do
      say("'%s' is in the reply of %s, but not in its findings", title, step.label)
    end
  end
end

local own_branch = {
  name = "own branch",
  promise = "equal briefs keep their branches: each gets the answer of its own worker",
}

function own_branch.broken(run, say)
  local first = {}      -- place -> the text of the reply there
  for _, step in ipairs(run.witness.steps) do
    if step.asked_in and step.asked_in ~= step.branch then
      say("%s was asked in branch '%s', and its reply went to '%s'", step.label,
        step.asked_in, step.branch)
    end
    local place = ("%s %s %s"):format(step.branch, step.key, step.place)
    if first[place] and first[place] ~= step.text then
      say("branch '%s' got another reply of %s after a resume", step.branch, step.label)
    end
    first[place] = first[place] or step.text
  end
end

return { synced_first, no_finding_lost, own_branch }
