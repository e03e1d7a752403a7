--- Keeps every function of a script on the stack while what it calls goes on.
--
-- `return orch.ask(...)` is a tail call: the caller is gone when `ask` finds a mistake,
-- and the error would blame a line of the library.  A function with a variable to be
-- closed makes no tail calls, so each gets one, on the line where it begins.  It holds
-- nil, and closing nil does nothing.

local lpeg = require "lpeg"
local C, Cb, Cc, Cg, Cmt, Ct = lpeg.C, lpeg.Cb, lpeg.Cc, lpeg.Cg, lpeg.Cmt, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local frames = {}

local guard = " local __frame <close> = nil;"

-- Lua's tokens, as far as they can hide the word `function` or a parenthesis.
local level = Cg(P "=" ^ 0, "level")
local closing = Cmt("]" * C(P "=" ^ 0) * "]" * Cb "level", function(_, _, found, wanted)
  return found == wanted
end)
local long = "[" * level * "[" * (1 - closing) ^ 0 * closing
local comment = "--" * (long + (1 - P "\n") ^ 0)
local function quoted(mark)
  return mark * ("\\" * P(1) + (1 - S("\\\n" .. mark))) ^ 0 * mark
end
local text = quoted '"' + quoted "'" + long
local name = R("az", "AZ", "__") * R("az", "AZ", "09", "__") ^ 0

local blank = (S " \t\r\n\f\v" + comment) ^ 0
local keyword = P "function" * -R("az", "AZ", "09", "__")
local path = name * (blank * S ".:" * blank * name) ^ 0
local parameters = "(" * (comment + (1 - S "()")) ^ 0 * ")"
local head = keyword * blank * path ^ -1 * blank * parameters

-- Captures of the tokens are thrown away: what matters is the text they match.
local function plain(pattern) return pattern / 0 end
local other = (1 - (R("az", "AZ", "__") + S "\"'-[")) ^ 1
local token = C(plain(comment + text)) + C(plain(head)) * Cc(guard) + C(name + other + 1)
local script = Ct(token ^ 0)

--- The *source* of a script with its functions kept.  Lines stay where they are.
function frames.keep(source)
  return guard:sub(2) .. " " .. table.concat(script:match(source))
end

return frames
