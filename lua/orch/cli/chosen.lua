--- The run, and the worker of it, that the user's words mean.

local flags = require "orch.cli.flags"
local runs = require "orch.runs"
local text = require "orch.text"

local chosen = {}

--- The words of *command*, which begin with RUN: { path = the run's folder; options and
-- further words }, or nil and a message that ends with how to call it.
function chosen.words(command, words, names, options)
  local found, wrong = flags.split(words, names, options)
  if not found then return nil, ("%s; call it so: orch-lua %s")
    :format(wrong, command.usage) end
  found.path, wrong = runs.find(found[1])
  if not found.path then return nil, wrong end
  return found
end

local function matches(worker, word)
  return worker.label == word or worker.label:match "^%S+" == word or worker.role == word
    or worker.folder:match "[^/]*$" == word
end

--- The worker of *run* that *word* means: "W1", "W1 Reviewer", or a role that only one
-- has.  Return it, or nil and a sentence.
function chosen.worker(run, word)
  local found, known = {}, {}
  for _, worker in ipairs(runs.workers(run)) do
    local number = worker.label:match "^%S+"
    if number:lower() == word:lower() or matches(worker, word) then
      found[#found + 1] = worker
    end
    known[#known + 1] = number
    known[#known + 1] = worker.role
  end
  if not known[1] then return nil, ("run %s has no workers"):format(run.id) end
  if not found[1] then
    local near = text.nearest(word, known)
    return nil, ("run %s has no worker '%s': %s"):format(run.id, word, near
      and ("did you mean '%s'?"):format(near)
      or ("orch-lua show %s lists them"):format(run.id))
  elseif found[2] then
    for i, worker in ipairs(found) do found[i] = worker.label:match "^%S+" end
    return nil, ("'%s' is the role of several workers: name %s"):format(word,
      text.either(found))
  end
  return found[1]
end

return chosen
