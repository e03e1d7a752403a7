--- A file that a worker writes, shown as it grows: whole lines, no control sequences.
--
-- Several are told apart by a headline whenever another one goes on.

local core = require "orch.core"
local text = require "orch.text"

local captured = {}

local PIECE = 256 * 1024       -- bytes that are read at once
local LONGEST = 1024 * 1024    -- bytes of a line that are waited for

local Captured = {}
Captured.__index = Captured

local shown_last               -- whose lines were printed last

--- The file at *path*; *title* is its headline, or nil where there is only one.
function captured.new(path, title)
  return setmetatable({ path = path, title = title, offset = 0, rest = "" }, Captured)
end

local function print_lines(self, bytes)
  local lines = text.clean(bytes)
  if lines == "" then return true end
  if lines:sub(-1) ~= "\n" then lines = lines .. "\n" end
  if self.title and shown_last ~= self then
    lines = (shown_last and "\n" or "") .. ("==> %s <==\n"):format(self.title) .. lines
  end
  shown_last = self
  return core.output(1, lines)
end

--- Print the lines that have come since; *final*: also one that has no end.  Return true,
-- or nil and why it could not be printed.
function Captured:advance(final)
  while true do
    local bytes = core.read(self.path, self.offset, PIECE) or ""
    self.offset = self.offset + #bytes
    self.rest = self.rest .. bytes
    local whole = self.rest:match "^.*\n" or #self.rest > LONGEST and self.rest or ""
    if final and bytes == "" then whole = self.rest end
    self.rest = self.rest:sub(#whole + 1)
    if whole ~= "" then
      local done, message = print_lines(self, whole)
      if not done then return nil, message end
    end
    if bytes == "" then return true end
  end
end

return captured
