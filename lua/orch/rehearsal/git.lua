--- git in a world: the commands with which the library keeps, compares and copies trees.
--
-- It works on the files of the world, in forms of its own below the repository's folder;
-- what it prints has git's forms.

local ignoring = require "orch.rehearsal.git.ignoring"
local merge = require "orch.rehearsal.git.merge"
local patch = require "orch.rehearsal.git.patch"
local store = require "orch.rehearsal.git.store"
local text = require "orch.text"
local undoing = require "orch.rehearsal.git.undoing"

local commands = {}

local ZERO = ("0"):rep(40)

-- The words that are no flags; those after "--" are none, whatever they begin with.
local function words_of(argv)
  local words, flags, only_words = {}, {}, false
  for _, word in ipairs(argv) do
    if word == "--" and not only_words then only_words = true
    elseif not only_words and word:sub(1, 1) == "-" then flags[word] = true
    else words[#words + 1] = word end
  end
  return words, flags
end

-- *path* relative to the work tree.
local function inside(self, path)
  if path:sub(1, 1) ~= "/" then return path end
  return path == self.top and "" or path:sub(#self.top + 2)
end

-- ── the index ───────────────────────────────────────────────────────────────

-- Put what is at *path* into *entries*, ignored or not.
local function add_by_force(self, entries, path)
  local found = self.files:stat(self.top .. "/" .. path)
  if not found then self.fail(("fatal: pathspec '%s' did not match"):format(path)) end
  local list = { path }
  if found.type == "folder" then
    list = ignoring.new(self):walk(path == "" and "" or path .. "/", true)
  end
  for _, name in ipairs(list) do self:enter(entries, name) end
end

function commands.add(self, argv)
  local words, flags = words_of(argv)
  local entries = self:index()
  if flags["-f"] then
    for _, path in ipairs(words) do add_by_force(self, entries, inside(self, path)) end
  else
    for _, path in ipairs(text.sorted_keys(entries)) do self:enter(entries, path) end
    for _, path in ipairs(ignoring.new(self):walk "") do
      if not entries[path] then self:enter(entries, path) end
    end
  end
  self:write_index(entries)
end

commands["ls-files"] = function(self, argv)
  local _, flags = words_of(argv)
  local entries, out = self:index(), {}
  if flags["-o"] then
    for _, path in ipairs(ignoring.new(self):walk "") do
      if not entries[path] then out[#out + 1] = path .. "\0" end
    end
  else
    for _, path in ipairs(text.sorted_keys(entries)) do
      if path:match "[^/]*$" == ".gitattributes" then out[#out + 1] = path .. "\0" end
    end
  end
  return table.concat(out)
end

commands["check-ignore"] = function(self, argv)
  local rules, entries, out = ignoring.new(self), self:index(), {}
  for _, word in ipairs((words_of(argv))) do
    local path = inside(self, word)
    local found = self.files:stat(self.top .. "/" .. path)
    if not entries[path] and rules:covers(path, found and found.type == "folder") then
      out[#out + 1] = word .. "\n"
    end
  end
  return table.concat(out), out[1] and 0 or 1
end

commands["write-tree"] = function(self)
  local entries = self:index()
  for _, entry in text.sorted_pairs(entries) do self:get(entry.id) end
  return self:write_tree(entries) .. "\n"
end

commands["read-tree"] = function(self, argv)
  self:write_index(self:tree(words_of(argv)[1]))
end

-- ── comparing ───────────────────────────────────────────────────────────────

-- What differs between two trees, in order of paths: { path, old, new }.
local function differences(self, before, after)
  local old, new = self:tree(before), self:tree(after)
  local both, changes = {}, {}
  for path in pairs(old) do both[path] = true end
  for path in pairs(new) do both[path] = true end
  for path in text.sorted_pairs(both) do
    local a, b = old[path], new[path]
    if not a or not b or a.id ~= b.id or a.mode ~= b.mode then
      changes[#changes + 1] = { path = path, old = a, new = b }
    end
  end
  return changes
end

local function letter_of(change)
  if not change.old then return "A" end
  if not change.new then return "D" end
  return change.old.mode:sub(1, 2) == change.new.mode:sub(1, 2) and "M" or "T"
end

local function raw(changes)
  local out = {}
  for i, change in ipairs(changes) do
    local old, new = change.old or {}, change.new or {}
    out[i] = (":%s %s %s %s %s\0%s\0"):format(old.mode or "000000", new.mode or "000000",
      old.id or ZERO, new.id or ZERO, letter_of(change), change.path)
  end
  return table.concat(out)
end

commands["diff-tree"] = function(self, argv)
  local words, flags = words_of(argv)
  local without, changes = {}, {}
  for _, word in ipairs(words) do
    without[word:match "^:%(exclude,top,literal%)(.*)$" or false] = true
  end
  for _, change in ipairs(differences(self, words[1], words[2])) do
    if not without[change.path] then changes[#changes + 1] = change end
  end
  if not flags["-p"] then return raw(changes) end
  return patch.write(changes, function(id) return (select(2, self:get(id))) end)
end

commands["cat-file"] = function(self, argv)
  local _, bytes = self:get(argv[2])
  return bytes
end

-- ── work trees ──────────────────────────────────────────────────────────────

commands["commit-tree"] = function(self, argv)
  local tree = argv[#argv]
  self:tree(tree)
  return self:put("commit", ("tree %s\n\n%s\n"):format(tree, argv[2])) .. "\n"
end

function commands.worktree(self, argv)
  local folder, commit = argv[#argv - 1], argv[#argv]
  local files = self.files
  if next(files:list(folder) or {}) then
    self.fail(("fatal: '%s' already exists"):format(folder))
  end
  local number = #(files:list(self.folder .. "/worktrees") or {}) + 1
  local own = ("%s/worktrees/%d"):format(self.folder, number)
  files:make_folder(own, { parents = true })
  files:write(own .. "/commondir", "../..\n")
  files:write(own .. "/gitdir", folder .. "/.git\n")
  files:write(own .. "/HEAD", commit .. "\n")
  local ok, message = files:make_folder(folder, { parents = true, mode = 493 })
  if not ok then self.fail("fatal: " .. message) end
  files:write(folder .. "/.git", "gitdir: " .. own .. "\n")
  for path, entry in text.sorted_pairs(self:tree(commit)) do
    local _, bytes = self:get(entry.id)
    self:write_file(folder, path, entry.mode, bytes)
  end
end

function commands.apply(self, argv)
  local bytes = self.files:read(argv[#argv])
  if not bytes then self.fail("error: can't open patch '" .. argv[#argv] .. "'") end
  local steps, problem = undoing.steps(bytes, function(path) return self:look(path) end)
  if not steps then self.fail(problem, 1) end
  for _, step in ipairs(steps) do
    if step.bytes then
      self:write_file(self.top, step.path, step.mode, step.bytes)
    else
      self:remove_file(self.top, step.path)
    end
  end
end

commands["merge-file"] = function(self, argv)
  local texts = {}
  for i = 1, 3 do texts[i] = self.files:read(argv[#argv - 3 + i]) or "" end
  if table.concat(texts):find("\0", 1, true) then
    self.fail("error: Cannot merge binary files", 255)
  end
  local merged, conflicts = merge.texts(texts[1], texts[2], texts[3])
  return merged or "", conflicts or 0
end

-- ── settings ────────────────────────────────────────────────────────────────

local function settings_of(bytes)
  local list, section = {}, ""
  for line in bytes:gmatch "[^\n]+" do
    section = line:match "^%s*%[([%w.]+)%]" or section
    local name, value = line:match "^%s*(%a[%w-]*)%s*=%s*(.-)%s*$"
    if name then
      value = value:gsub('^"(.*)"$', "%1")
      list[#list + 1] = { section:lower() .. "." .. name:lower(), value }
    end
  end
  return list
end

-- The repository in the folder *files* stands in, or above it.
local function repository_of(files)
  local folder = files.folder
  repeat
    if files:existing(folder .. "/.git/config") then return folder .. "/.git" end
    folder = folder:match "^(.+)/[^/]*$"
  until not folder
end

--- `config -z --get-regexp`: the pattern is one of names, alternatives in brackets.
function commands.config(self, argv)
  local pattern, out = argv[#argv], {}
  local own = repository_of(self.files)
  for _, path in ipairs { self.home .. "/.gitconfig", own and own .. "/config" or nil } do
    for _, setting in ipairs(settings_of(self.files:read(path) or "")) do
      local section, name = setting[1]:match "^(.*)%.(.*)$"
      local rest = pattern:match(section:gsub("%p", "%%%0") .. "\\%.(.*)$")
      if rest and rest:find("%f[%w]" .. name:gsub("%p", "%%%0") .. "%f[%W]") then
        out[#out + 1] = ("%s\n%s\0"):format(setting[1], setting[2])
      end
    end
  end
  return table.concat(out), out[1] and 0 or 1
end

-- ── the program ─────────────────────────────────────────────────────────────

-- The command among the words of *argv*, what follows it, and what it is to sync.
local function command_of(argv)
  local i, synced = 2, ""
  while argv[i] == "-c" or (argv[i] or ""):sub(1, 1) == "-" do
    synced = argv[i + 1]:match "^core%.fsync=(.*)" or synced
    i = i + (argv[i] == "-c" and 2 or 1)
  end
  return argv[i], table.move(argv, i + 1, #argv, 1, {}), synced
end

--- The program git, for a world.
local function git(program)
  local name, argv, synced = command_of(program.argv)
  local machine = program.keeper.machine
  local self = program.env.GIT_DIR
    and store.new(machine:files_in(program.folder), program.env, machine.tools)
    or { files = machine:files_in(program.folder) }
  self.home = program.env.HOME or machine.host.home
  self.synced = synced
  local command = commands[name]
  if not command or not program.env.GIT_DIR and name ~= "config" then
    program:print_error(("git: '%s' is not a command of this git\n"):format(name))
    return 1
  end
  local ok, printed, code = pcall(command, self, argv)
  if ok then
    program:print(printed or "")
    return code or 0
  end
  if type(printed) ~= "table" then error(printed, 0) end
  program:print_error(printed.git .. "\n")
  return printed.code
end

return git
