--- What the command line prints: results on standard output, the rest on standard error.

local core = require "orch.core"

local say = {}

--- Print *text*, with a line end, on standard output.  Return the exit code: 0, or 5
-- when it could not be printed.
function say.out(text)
  if text:sub(-1) ~= "\n" then text = text .. "\n" end
  local done, message, name = core.output(1, text)
  if done then return 0 end
  core.output(2, ("orch-lua: cannot write to standard output: %s (%s)\n")
    :format(message, name))
  return 5
end

--- *message*, and for the exit code 5 where to look further.
function say.with_hint(code, message)
  if code ~= 5 then return message end
  return message .. " ('orch-lua doctor' says what this machine lacks)"
end

--- Print *message* as an error and return *code*, for `return say.fail(2, ...)`.
function say.fail(code, message)
  local text = require "orch.text"
  core.output(2, "orch-lua: " .. text.clean(say.with_hint(code, message)) .. "\n")
  return code
end

--- Refuse the user's *word*, which is none of the words of *known*.
function say.unknown(what, word, known, hint)
  local near = require "orch.text".nearest(word, known)
  return say.fail(2, ("unknown %s '%s': %s"):format(what, word,
    near and ("did you mean '%s'?"):format(near) or hint))
end

return say
