--- A scripted process: a plain Lua function that reads top to bottom.
--
--     codex = function(program)
--       program:print "thinking\n"
--       program:sleep(1500)
--       program:write_file("answer.md", "RESULT: done\n")
--     end
--
-- It runs as a coroutine inside `poll`.  Returning ends it with the integer it returns,
-- else with 0.  INT, TERM and HUP end it unless it traps them, KILL always does.
-- Fields: argv, env, folder (where it runs), stdin (the text of its stdin file, "" for
-- none, nil for a terminal), tty, rows, cols, pid.

local program = {}
program.__index = program

local harmless = { WINCH = true }
local most_instructions = 200 * 1000 * 1000

--- A process of *keeper* that runs *fn*; *start* says its fields.  It starts at `resume`.
function program.new(keeper, fn, start)
  local self = setmetatable({ keeper = keeper, traps = {}, caught = {} }, program)
  for name, value in pairs(start) do self[name] = value end
  self.co = coroutine.create(fn)
  return self
end

local function finish(self, ending)
  local co = self.co
  self.co = nil
  if coroutine.status(co) == "suspended" then coroutine.close(co) end
  self.keeper:on_process_end(self, ending)
end

local function runaway()
  error("it computes for ever without waiting", 2)
end

--- Let the program run up to its next wait.  An error in it is raised here: it is the
--- test's mistake, not a thing that the code under test should meet.
function program:resume()
  local co = self.co
  if not co or coroutine.status(co) ~= "suspended" then return end
  debug.sethook(co, runaway, "", most_instructions)
  local ok, result = coroutine.resume(co, self)
  if not ok then
    local trace = debug.traceback(co, tostring(result))
    finish(self, { code = 1 })
    error(("the scripted program '%s' failed: %s"):format(self.argv[1], trace), 0)
  end
  if coroutine.status(co) == "dead" then
    finish(self, { code = math.tointeger(result) and result & 255 or 0 })
  elseif result then
    finish(self, result)
  end
end

--- Send it the signal *name* ("INT").
function program:signal(name)
  local trap = self.traps[name]
  if not self.co or trap == "ignore" and name ~= "KILL" then return end
  if name ~= "KILL" and trap then
    self.caught[#self.caught + 1] = trap
    self:resume()
  elseif not harmless[name] then
    finish(self, { signal = "SIG" .. name })
  end
end

-- Wait until *ready*() gives a value, and return it; traps run meanwhile.
local function pause(self, ready)
  while true do
    while #self.caught > 0 do table.remove(self.caught, 1)(self) end
    local value = ready()
    if value ~= nil then return value end
    coroutine.yield()
  end
end

--- Write *text*, as it is, to standard output.
function program:print(text)
  self.keeper:on_output(text)
end

--- Write *text*, as it is, to standard error.
function program:print_error(text)
  self.keeper:on_output(text, true)
end

--- Let *ms* milliseconds pass.
function program:sleep(ms)
  local clock = self.keeper.machine.clock
  local over = clock.now + ms
  clock:after(ms, function() self:resume() end)
  pause(self, function() return clock.now >= over or nil end)
end

--- The next line of the input without its end, or nil after the last.  On a terminal it
--- waits until a line was typed; \x04 at the start of a line is the end.
function program:read_line()
  local queued = self.input:queued()
  local line = pause(self, function() return self.input:line() end)
  if self.input:queued() ~= queued then self.keeper:changed() end
  return line or nil
end

--- Take lines as they come: no limit on the length of a typed line from now on.
function program:raw()
  self.input.canonical = false
end

--- When the signal *name* comes, call what(program), or do nothing if *what* is "ignore".
function program:trap(name, what)
  self.traps[name] = what
end

--- Outlive the signals *names*: program:ignore("INT", "TERM").
function program:ignore(...)
  for _, name in ipairs { ... } do self:trap(name, "ignore") end
end

--- Start *fn* as another process of the same session, which may outlive this one.  At a
-- terminal, HUP comes to it when the first process of the session ends.
function program:spawn(fn)
  return self.keeper:add_process(fn, self.input)
end

--- End with *code*.
function program.exit(_, code)
  coroutine.yield { code = code or 0 }
end

--- End by a signal ("KILL").
function program.die(_, signal)
  coroutine.yield { signal = "SIG" .. signal:gsub("^SIG", "") }
end

local function files(self)
  return self.keeper.machine:files_in(self.folder)
end

--- Write the file at *path*, which may be relative to the program's folder.
function program:write_file(path, text)
  local old = files(self):stat(path, true)
  local mode = old and old.mode or tonumber("644", 8)
  return files(self):write(path, text, { mode = mode, atomic = false })
end

--- The text of a file, or nil and why not.
function program:read_file(path)
  return files(self):read(path)
end

--- Remove a file, or a folder with all that is in it.
function program:remove_file(path)
  return files(self):remove(path, { tree = true })
end

return program
