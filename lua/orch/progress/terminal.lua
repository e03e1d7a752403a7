--- The live display: finished things scroll away above, one line a worker stays below.
--
-- All that is drawn goes out in one write.  Only the live lines are ever erased: their
-- number is remembered, and each of them is cut so that it takes one row.

local text = require "orch.text"
local width = require "orch.progress.width"
local words = require "orch.progress.words"

local terminal = {}

local View = {}
View.__index = View

local REDRAW_MS = 100
local SILENT_MS = 10 * 1000

-- A terminal that knows them shows what is between as one change.
local BEGIN, END = "\27[?2026h", "\27[?2026l"
local HIDE_CURSOR, SHOW_CURSOR = "\27[?25l", "\27[?25h"

local colors = { warn = "\27[33m", bad = "\27[31m", good = "\27[32m", dim = "\27[2m" }

-- A line is { before, marked, after, color }; color is of the marked part.
local function paint(self, line, columns)
  local before, marked, after = line[1], line[2] or "", line[3] or ""
  local whole = before .. marked
  local cut = width.cut(whole .. after, columns)
  local color = self.colored and colors[line.color]
  if not color or cut:sub(1, #whole) ~= whole then return cut end
  return before .. color .. marked .. "\27[0m" .. cut:sub(#whole + 1)
end

local function label_width(self)
  local widest = 0
  for _, worker in ipairs(self.observer.workers) do
    widest = math.max(widest, width.of(words.name(worker)))
  end
  return math.min(widest, 32)
end

local function worker_line(worker, widest, now)
  local state = words.state(worker.state)
  if worker.waits_for then state = state .. " for " .. worker.waits_for end
  local parts = {}
  local used = words.used(worker, now)
  if used ~= "" then parts[1] = used end
  local silent = worker.last_output and now - worker.last_output or 0
  if worker.state == "running" and silent >= SILENT_MS then
    parts[#parts + 1] = "silent for " .. text.duration(silent)
  end
  if worker.agent then parts[#parts + 1] = worker.agent end
  local label = width.pad(width.cut(words.name(worker), widest), widest)
  local rest = parts[1] and "  " .. table.concat(parts, ", ") or ""
  local color = worker.state ~= "running" and "dim" or nil
  return { label .. "  ", state, rest, color = color }
end

local function summary_line(self, now)
  local states, order, tokens = {}, {}, 0
  for _, worker in ipairs(self.observer.workers) do
    local state = words.state(worker.state)
    if not states[state] then order[#order + 1] = state end
    states[state] = (states[state] or 0) + 1
    tokens = tokens + (worker.tokens or 0)
  end
  local parts = {}
  for i, state in ipairs(order) do parts[i] = states[state] .. " " .. state end
  local elapsed = text.duration(now - self.observer.started)
  local line = words.step(self.observer.steps) or self.name or "orch-lua"
  if parts[1] then line = line .. "  " .. table.concat(parts, ", ") end
  local budget = self.observer.budget and words.budget(self.observer.budget, now)
  if not budget and tokens > 0 then budget = words.count(tokens) .. " tokens" end
  if budget then line = line .. "  " .. budget end
  return { "", line, "  " .. elapsed, color = "dim" }
end

-- The live lines: at most *rows*, the summary always among them.
local function live_lines(self, rows, now)
  local lines = {}
  local widest = label_width(self)
  for _, worker in ipairs(self.observer.workers) do
    if worker.live then lines[#lines + 1] = worker_line(worker, widest, now) end
  end
  for _, check in ipairs(self.observer.checks) do
    lines[#lines + 1] = { words.check(check) }
  end
  local room = math.max(0, rows - 1)
  if #lines > room then
    local hidden = #lines - math.max(0, room - 1)
    for i = #lines, math.max(1, room), -1 do lines[i] = nil end
    if room > 0 then lines[room] = { ("and %d more"):format(hidden) } end
  end
  lines[#lines + 1] = summary_line(self, now)
  return lines
end

local function erase(self)
  if self.rows == 0 then return "" end
  local up = self.rows > 1 and ("\27[%dA"):format(self.rows - 1) or ""
  return up .. "\r\27[J"
end

-- Write the history that waits, then the live lines unless the display ends.
local function draw(self, last)
  local now = self.core.now()
  local size = self.core.terminal(2) or self.size
  self.size = size
  local columns, block = math.max(1, size.columns - 1), {}
  if not last then
    for i, line in ipairs(live_lines(self, math.max(1, size.rows - 1), now)) do
      block[i] = paint(self, line, columns)
    end
  end
  local drawn = table.concat(block, "\n")
  self.dirty, self.drawn_at = false, now
  if not self.history[1] and drawn == self.drawn and not last then return end
  local history = self.history[1] and table.concat(self.history, "\n") .. "\n" or ""
  self.core.output(2, BEGIN .. HIDE_CURSOR .. erase(self) .. history .. drawn
    .. (last and SHOW_CURSOR or "") .. END)
  self.history, self.drawn, self.rows = {}, drawn, #block
end

local function changed(self)
  self.dirty = true
  self:tick()
end

local function scroll(self, lines, color)
  for _, line in ipairs(lines) do
    self.history[#self.history + 1] = color and self.colored
      and colors[color] .. line .. "\27[0m" or line
    color = nil
  end
  changed(self)
end

--- Draw when something changed, or when a second has gone by and times move on.
function View:tick()
  local since = self.core.now() - self.drawn_at
  if since >= 1000 or self.dirty and since >= REDRAW_MS then draw(self) end
end

function View:run(record)
  self.name = record.name
  scroll(self, { words.run(record) })
end

function View:plan() changed(self) end

function View:worker(worker, before)
  if worker.live or before and before.state == worker.state then return changed(self) end
  if worker.bad then
    scroll(self, words.failure_lines(worker), "bad")
  else
    scroll(self, { words.worker(worker, self.core.now()) }, "good")
  end
end

function View:check(check)
  if words.check_ended(check) then
    scroll(self, { words.check(check) })
  else
    changed(self)
  end
end

function View:budget() changed(self) end

function View:pause(pause) scroll(self, { words.pause(pause) }, "warn") end

function View:note(note) scroll(self, { note }) end

function View:warning(warning) scroll(self, { "warning: " .. warning }, "warn") end

function View:message(message) scroll(self, { message }) end

--- Take the live lines away; the next tick draws them again.
function View:clear()
  draw(self, true)
  self.dirty = true
end

function View:finish(failed, finish, told)
  local history, again = self.history, words.failures(failed)
  table.move(again, 1, #again, #history + 1, history)
  if finish then
    if finish.outcome and not told then history[#history + 1] = finish.outcome end
    history[#history + 1] = words.cost(finish)
  end
  draw(self, true)
end

function terminal.new(observer)
  local no_color = observer.core.environment().NO_COLOR
  return setmetatable({
    observer = observer, core = observer.core, history = {}, rows = 0, drawn = "",
    drawn_at = -math.huge, size = { rows = 24, columns = 80 },
    colored = not (no_color and no_color ~= ""),
  }, View)
end

return terminal
