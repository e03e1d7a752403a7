--- Defects of Python that a line shows.

local rule = require "orch.offline.defects.rule"

--- A block must keep a statement when its only line may be the one to remove.
local function pass_instead(line)
  return line:match("^%s*") .. "pass"
end

local function tuple_assertion(line)
  local inside = line:match "^%s*assert%s*(%b())%s*$"
  if not inside then return false end
  local bare = inside:sub(2, -2):gsub("%b()", ""):gsub("%b[]", ""):gsub("%b{}", "")
  return bare:find(",", 1, true) ~= nil and not bare:find "%f[%w]for%f[^%w]"
end

local function shared_default(line)
  local arguments = line:match "^%s*def%s+[%w_]+%s*(%b())" or line:match "^%s*def%s.*"
  if not arguments then return false end
  return (arguments:find "=%s*%[%s*%]" or arguments:find "=%s*{%s*}") ~= nil
end

local DEBUGGERS = {
  "^%s*breakpoint%(%)%s*$", "^%s*i?pdb%.set_trace%(%)%s*$",
  "^%s*import%s+i?pdb%s*;%s*i?pdb%.set_trace%(%)%s*$",
}

local function starts_debugger(line)
  for _, pattern in ipairs(DEBUGGERS) do
    if line:find(pattern) then return true end
  end
  return false
end

--- `x.eval()` and the definition of a function of that name are something else.
local function evaluates(line)
  return line:find "%f[%w_.]eval%s*%(" ~= nil and not line:find "%f[%w]def%s+eval"
    and not line:find "function%s+eval"
end

local function unsafe_yaml(line)
  local arguments = line:match "%f[%w_]yaml%.load%s*(%b())"
  return arguments ~= nil and not arguments:find "Loader"
end

return {
  { what = "every exception is caught", severity = "medium", family = "correctness",
    kinds = "python", fix = "name the exception; without a name Ctrl-C is caught too",
    find = rule.lines("^%s*except%s*:", "code"),
    mend = rule.replace("except%s*:", "except Exception:") },

  { what = "evaluation of text as code", severity = "high", family = "safety",
    kinds = "python javascript", fix = "parse the value instead",
    find = rule.lines(evaluates, "code") },

  { what = "default argument that is shared between calls", severity = "medium",
    family = "correctness",
    kinds = "python", fix = "use None and make it in the function",
    find = rule.lines(shared_default, "code") },

  { what = "comparison with None by ==", severity = "low", family = "style",
    kinds = "python", fix = "write is None or is not None",
    find = rule.lines("[=!]=%s*None%f[^%w_]", "code"),
    mend = rule.replace("%s*([=!])=%s*None%f[^%w_]", function(sign)
      return sign == "=" and " is None" or " is not None"
    end) },

  { what = "assertion that is always true", severity = "high", family = "correctness",
    kinds = "python", fix = "remove the parentheses around condition and message",
    find = rule.lines(tuple_assertion, "code") },

  { what = "debugger left in", severity = "medium", family = "correctness",
    kinds = "python", fix = "remove it",
    find = rule.lines(starts_debugger, "code"), mend = rule.each_line(pass_instead) },

  { what = "YAML that may build any object", severity = "high", family = "safety",
    kinds = "python", fix = "use yaml.safe_load",
    find = rule.lines(unsafe_yaml, "code") },

  { what = "command line given to a shell", severity = "medium", family = "safety",
    kinds = "python", fix = "give a list of words, without shell=True",
    find = rule.lines("%f[%w_]shell%s*=%s*True%f[^%w_]", "code") },
}
