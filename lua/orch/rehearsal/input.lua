--- What a scripted process reads: the text of a file, or typed lines.

local input = {}
input.__index = input

local terminal_takes = 15360   -- bytes that it holds for a program that reads none
local longest_line = 4095       -- what canonical mode takes before it cuts

--- The input from a file with *text*.
function input.file(text)
  return setmetatable({ unread = text, coming = 0 }, input)
end

--- The input from a terminal, in canonical mode, with nothing typed yet.
function input.terminal()
  return setmetatable({ unread = "", coming = 0, typed = true, canonical = true }, input)
end

--- Take *bytes* that were typed, if canonical mode takes them without cutting a line.
-- Returns "accepted" | "refused" | "interrupt", the last when \x03 was among them, which
-- drops what was typed before it.
function input:put(bytes)
  local pending = self.unread:sub(self.unread:match "^.*\n()" or 1)
  for line in (pending .. bytes):gmatch "[^\n]+" do
    if self.canonical and #line > longest_line then return "refused" end
  end
  local after = bytes:match "^.*\3(.-)$"
  self.unread = after or self.unread .. bytes
  return after and "interrupt" or "accepted"
end

--- Take the next line, without its end.  Returns false after the last line, and nil when
--- more must be typed first.  A typed \x04 ends a line, or all if the line is empty.
function input:line()
  local stop = self.unread:find(self.typed and "[\n\4]" or "\n")
  if not stop and self.typed then return nil end
  stop = stop or #self.unread + 1
  local line, ended_by = self.unread:sub(1, stop - 1), self.unread:sub(stop, stop)
  self.unread = self.unread:sub(stop + 1)
  return (line ~= "" or ended_by == "\n") and line
end

--- Bytes that the terminal has not taken yet.
function input:queued()
  return self.coming + (self.typed and math.max(0, #self.unread - terminal_takes) or 0)
end

return input
