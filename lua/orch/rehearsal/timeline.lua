--- A rehearsal as a person reads it: when, who, what.  Equal seeds give equal bytes.

local text = require "orch.text"

local timeline = {}

local LONGEST = 160            -- characters of what happened

--- *ms* as h:mm:ss.
function timeline.clock(ms)
  local seconds = math.tointeger(ms // 1000)
  return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

local function one_line(words)
  local line = text.clean(words):gsub("%s+", " ")
  if utf8.len(line) and utf8.len(line) > LONGEST then
    line = line:sub(1, utf8.offset(line, LONGEST) - 1) .. "..."
  end
  return line
end

--- The lines of *events*, a list of { at, who, text }.
function timeline.lines(events)
  local width, lines = 0, {}
  for _, event in ipairs(events) do width = math.max(width, #event.who) end
  for i, event in ipairs(events) do
    lines[i] = ("%8s  %s%s  %s"):format(timeline.clock(event.at), event.who,
      (" "):rep(width - #event.who), one_line(event.text))
  end
  return lines
end

--- As plain data: a list of { at_ms, text }.
function timeline.data(events)
  local list = {}
  for i, event in ipairs(events) do
    list[i] = { at_ms = event.at, text = event.who .. ": " .. one_line(event.text) }
  end
  return list
end

return timeline
