--- Keeps every function of a script on the stack while what it calls goes on.
--
-- `return orch.ask(...)` is a tail call: the caller is gone when `ask` finds a mistake,
-- and the error would blame a line of the library.  A function with a variable to be
-- closed makes no tail calls, so each gets one, on the line where it begins.  It holds
-- nil, and closing nil does nothing.

local lpeg = require "lpeg"
local tokens = require "orch.script.tokens"

local C, Cc, Ct = lpeg.C, lpeg.Cc, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local frames = {}

local guard = " local __frame <close> = nil;"
local name = R("az", "AZ", "__") * R("az", "AZ", "09", "__") ^ 0

local blank = (S " \t\r\n\f\v" + tokens.comment) ^ 0
local keyword = P "function" * -R("az", "AZ", "09", "__")
local path = name * (blank * S ".:" * blank * name) ^ 0
local parameters = "(" * (tokens.comment + (1 - S "()")) ^ 0 * ")"
local head = keyword * blank * path ^ -1 * blank * parameters

local other = (1 - (R("az", "AZ", "__") + S "\"'-[")) ^ 1
local token = C(tokens.comment + tokens.text) + C(head) * Cc(guard) + C(name + other + 1)
local script = Ct(token ^ 0)

--- The *source* of a script with its functions kept.  Lines stay where they are.
function frames.keep(source)
  return guard:sub(2) .. " " .. table.concat(script:match(source))
end

return frames
