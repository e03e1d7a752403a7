--- Lua's tokens, as far as they can hide a name or a parenthesis: strings and comments.

local lpeg = require "lpeg"
local C, Cb, Cg, Cmt = lpeg.C, lpeg.Cb, lpeg.Cg, lpeg.Cmt
local P, S = lpeg.P, lpeg.S

local tokens = {}

local level = Cg(P "=" ^ 0, "level")
local closing = Cmt("]" * C(P "=" ^ 0) * "]" * Cb "level", function(_, _, found, wanted)
  return found == wanted
end)
local long = "[" * level * "[" * (1 - closing) ^ 0 * closing

local function quoted(mark)
  return mark * ("\\" * P(1) + (1 - S("\\\n" .. mark))) ^ 0 * mark
end

-- Their captures are of no use to anybody: `/ 0` throws them away.
tokens.comment = "--" * (long + (1 - P "\n") ^ 0) / 0
tokens.text = (quoted '"' + quoted "'" + long) / 0

return tokens
