--- Finds where a script goes round orch-lua: its own calls of `io` and `os`, by line.
--
-- What such a call does is not seen, not rehearsed, and not repeated by a resume.

local lpeg = require "lpeg"
local tokens = require "orch.script.tokens"

local C, Cp, Ct = lpeg.C, lpeg.Cp, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local calls = {}

local ACTS = { execute = true, exit = true, getenv = true, remove = true, rename = true,
  tmpname = true, tmpfile = true }

local hidden = tokens.comment + tokens.text
local letter = R("az", "AZ", "__")
local name = letter * (letter + R "09") ^ 0
local blank = S " \t\r\n" ^ 0
local field = (S ".:" * blank * name) ^ 1 / 0    -- of something else: x.io.y
local root = C(P "io" + "os") * -(letter + R "09")
local call = Ct(Cp() * root * blank * "." * blank * C(name))
local script = Ct((hidden + field + call + name / 0 + 1) ^ 0)

--- The calls in *source*: a list of { line, name } such as { 12, "io.open" }.
function calls.of(source)
  local found, line, seen = {}, 1, 1
  for _, one in ipairs(script:match(source)) do
    local at, library, what = one[1], one[2], one[3]
    line = line + select(2, source:sub(seen, at - 1):gsub("\n", ""))
    seen = at
    if library == "io" or ACTS[what] then
      found[#found + 1] = { line = line, name = library .. "." .. what }
    end
  end
  return found
end

--- Have *tell*(name) called whenever the script of *environment* uses one of these, also
-- where its text hides it.
function calls.watch(environment, tell)
  for _, library in ipairs { "io", "os" } do
    for what, fn in pairs(environment[library] or {}) do
      if type(fn) == "function" and (library == "io" or ACTS[what]) then
        environment[library][what] = function(...)
          tell(library .. "." .. what)
          return fn(...)
        end
      end
    end
  end
end

return calls
