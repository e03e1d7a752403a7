-- luv_jobs.lua COUNT CHILD - trivial captured jobs with luv, 64 at once; pipes, no PTY.
local uv = require "luv"

local count, child = tonumber(arg[1]), arg[2]
local started = 0

local function start()
  if started == count then return end
  started = started + 1
  local pipe, captured, parts = uv.new_pipe(false), {}, 2
  local function finish()
    parts = parts - 1
    if parts > 0 then return end
    assert(table.concat(captured) == "hi\n")
    start()
  end
  local process
  local options = { args = { "hi" }, stdio = { nil, pipe } }
  process = assert(uv.spawn(child, options, function(code)
    assert(code == 0)
    process:close()
    finish()
  end))
  pipe:read_start(function(_, bytes)
    if bytes then
      captured[#captured + 1] = bytes
      return
    end
    pipe:close()
    finish()
  end)
end

local began = uv.hrtime()
for _ = 1, 64 do start() end
uv.run()
print(('{"rate": %.1f}'):format(count / (uv.hrtime() - began) * 1e9))
