--- What a command reads on stdin is what was given, from nothing to 16 MiB, by SHA-256.

local core = require "orch.core"
local orch = require "orch"
local run = require "orch.run"

local SIZES = { 0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20, 1 << 24 }

local function check(kind, bytes, stdin)
  for _, tty in ipairs { true, false } do
    local result = orch.exec_command {
      argv = { "sha256sum" }, stdin = stdin, tty = tty, yield_time_ms = 60000,
    }
    local seen = result.output:match "^%x+"
    local expected = core.hash(bytes)
    if seen ~= expected then
      error(("%d bytes as %s: %s, not %s"):format(#bytes, kind, seen, expected))
    end
  end
end

local path = run.current().folder .. "/input"
for _, size in ipairs(SIZES) do
  local bytes = core.random(math.min(size, 1 << 20)):rep(math.max(size >> 20, 1))
  check("text", bytes, { text = bytes })
  assert(core.write(path, bytes))
  check("file", bytes, { file = path })
end
print(("%d sizes from %d to %d bytes, as text and as a file: equal SHA-256"):format(
  #SIZES, SIZES[1], SIZES[#SIZES]))
