--- What a worker prints, shown at a terminal as it comes, without its control sequences.
--
-- Whole lines scroll away; the line that has no end yet, a prompt or a progress bar, is
-- written again when it has changed.

local core = require "orch.core"
local text = require "orch.text"

local screen = {}

local ERASE_LINE = "\r\27[K"
local LONGEST = 8192           -- bytes of a line that are kept for being written again

local Screen = {}
Screen.__index = Screen

function screen.new()
  return setmetatable({ rest = "", shown = "" }, Screen)
end

-- What turns the line on the terminal into *line*.
local function change(self, line)
  if line:sub(1, #self.shown) == self.shown then return line:sub(#self.shown + 1) end
  return ERASE_LINE .. line
end

--- Show *bytes*.
function Screen:show(bytes)
  local all = self.rest .. bytes
  local whole = all:match "^.*\n" or #all > LONGEST and all or ""
  self.rest = all:sub(#whole + 1)
  local out = ""
  if whole ~= "" then
    local lines = text.clean(whole)
    if lines:sub(-1) ~= "\n" then lines = lines .. "\n" end
    out, self.shown = change(self, lines), ""
  end
  local line = text.clean((text.utf8(self.rest)))
  out, self.shown = out .. change(self, line), line
  if out ~= "" then core.output(1, out) end
end

--- Put the cursor below what was shown.
function Screen:close()
  if self.shown ~= "" then core.output(1, "\n") end
  self.shown = ""
end

return screen
