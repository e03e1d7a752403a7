--- Reads the events of an agent, one JSON object per line, at the cost of a search.
--
-- A worker's stream may hold hundreds of megabytes of tool output, of which a handful of
-- lines matter.  So whole chunks are searched for the signs of a wanted line; only where
-- there is one are line ends looked for, and only wanted lines are cut out.  A line over
-- several chunks is put together once, when it has ended and is wanted.

local event_stream = {}

local Stream = {}
Stream.__index = Stream

local CHUNK = 256 * 1024       -- bytes read at once: it stays in the processor's cache
local HEAD = 256               -- bytes that tell what a line is
local TAIL = 4096              -- where the last line end of a chunk is looked for first
local LINE_MAX = 64 * 1024 * 1024   -- a longer line is no event

--- A stream whose wanted lines go to *reader*: `reader.wants(bytes, at)` says from the
-- first 256 bytes of a line, which stand at *at*, of what kind it is, or nothing;
-- `reader.signs` are texts of which each wanted line, with the newline before it, holds
-- one; `reader:event(kind, line)` takes the line.  Without `wants` nothing is read.
function event_stream.new(reader)
  return setmetatable({ reader = reader, at = 0, parts = nil, size = 0 }, Stream)
end

local function decide(self)
  if #self.parts > 1 then self.parts = { table.concat(self.parts) } end
  self.kind = self.reader.wants(self.parts[1], 1) or false
  if not self.kind then self.parts = {} end
end

--- Keep *piece* of a line that has not ended yet, unless nobody wants that line.
local function keep(self, piece)
  self.size = self.size + #piece
  if self.kind == false then return end
  if self.size > LINE_MAX then
    self.kind, self.parts = false, {}
    return
  end
  self.parts[#self.parts + 1] = piece
  if self.kind == nil and self.size >= HEAD then decide(self) end
end

local function finish_line(self)
  if self.kind == nil then decide(self) end
  if self.kind then self.reader:event(self.kind, table.concat(self.parts)) end
  self.parts, self.kind, self.size = nil, nil, 0
end

--- Whether a line that starts after *from* may be wanted.
local function has_sign(chunk, from, signs)
  for _, sign in ipairs(signs) do
    if chunk:find(sign, from, true) then return true end
  end
  return false
end

--- The start of the last line of *chunk*, which may be empty; *from* if it is alone.
local function last_line(chunk, from)
  local window, start = TAIL, nil
  repeat
    local at = math.max(#chunk - window, from)
    local newline = chunk:find("\n", at, true)
    while newline do
      start = newline + 1
      newline = chunk:find("\n", start, true)
    end
    window = window * 8
  until start or at == from
  return start or from
end

--- Give the wanted ones of the lines from *from* on; return where the unended one starts.
local function each_line(reader, chunk, from)
  local find, wants = string.find, reader.wants
  local stop = find(chunk, "\n", from, true)
  while stop do
    local kind = wants(chunk, from)
    if kind then reader:event(kind, chunk:sub(from, stop - 1)) end
    from = stop + 1
    stop = find(chunk, "\n", from, true)
  end
  return from
end

--- Take the next bytes of the stream.
function Stream:feed(chunk)
  if not self.parts then self.parts = {} end
  local stop = chunk:find("\n", 1, true)
  keep(self, stop and chunk:sub(1, stop - 1) or chunk)
  if not stop then return end
  finish_line(self)
  local from = stop + 1
  if has_sign(chunk, stop, self.reader.signs) then
    from = each_line(self.reader, chunk, from)
  else
    from = last_line(chunk, from)
  end
  if from <= #chunk then
    self.parts = {}
    keep(self, chunk:sub(from))
  end
end

--- Take what is new of the session *s*.
function Stream:follow(s)
  if not self.reader.wants then return end
  while self.at < s.status.bytes do
    local bytes = s:read(self.at, CHUNK)
    if bytes == "" then return end
    self.at = self.at + #bytes
    self:feed(bytes)
  end
end

--- The stream has ended; a last line without a newline counts.
function Stream:close()
  if self.parts then finish_line(self) end
end

return event_stream
