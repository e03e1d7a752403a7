--- A prompt as lines of text and holes: `{{name}}` and `{{name.field}}`.

local lpeg = require "lpeg"
local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct

local prompt = {}

local space = S " \t" ^ 0
local name = R("az", "AZ", "__") * R("az", "AZ", "09", "__") ^ 0
local path = Ct(C(name) * ("." * C(name)) ^ 0)
local function wrong(message) return Cg(Cc(message), "wrong") end
local hole = Ct(P "{{" * space
  * (Cg(path, "path") * (space * "}}" + wrong "expected '}}' after the name")
    + wrong "expected a name after '{{'"))
local text = C((1 - P "{{") ^ 1)
local line = Ct((hole + text) ^ 0)

--- What a line is to its holes: { indent, alone, last }: *alone* is the hole that fills
-- it, *last* the hole at its end.
local function describe(parts, number)
  local entry = { parts = parts, number = number, holes = {} }
  local before = ""
  for i, part in ipairs(parts) do
    if type(part) == "table" then
      table.insert(entry.holes, part)
      local after = parts[i + 1]
      local blank = i + 1 == #parts and type(after) == "string" and not after:find "%S"
      if not after or blank then entry.last = part end
    elseif #entry.holes == 0 then
      before = part
    end
  end
  entry.indent = before:match "^[ \t]*"
  if #entry.holes == 1 and entry.last and not before:find "%S" then
    entry.alone = entry.last
  end
  return entry
end

--- The lines of *s*, a list of { number, parts, holes, indent, alone, last }.  For a hole
-- that is not one return nil, the number of its line and what is wrong with it.
function prompt.read(s)
  local lines, number = {}, 0
  for raw in (s .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local entry = describe(line:match(raw), number)
    for _, part in ipairs(entry.holes) do
      if part.wrong then return nil, number, part.wrong end
      part.number = number
    end
    lines[number] = entry
  end
  return lines
end

--- The line of *source* on which the long string *s* begins, or nil.
function prompt.first_line(source, s)
  local at = source:find(s, 1, true)
  return at and select(2, source:sub(1, at - 1):gsub("\n", "")) + 1
end

return prompt
