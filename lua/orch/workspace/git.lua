--- Runs git for the library, so that nothing of a repository's own can run with it: no
--- hooks, monitors, pagers, prompts, external diffs or text conversions.

local core = require "orch.core"
local environment = require "orch.session.environment"
local failure = require "orch.failure"
local folders = require "orch.folders"
local session = require "orch.session"
local text = require "orch.text"

local git = {}

local DEADLINE_MS = 60 * 1000
local CAP = 512 * 1024 * 1024
local STDERR_MAX = 64 * 1024
local SAFE = {
  "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "diff.external=",
  "-c", "core.pager=cat", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
  "-c", "submodule.recurse=false", "-c", "advice.addEmbeddedRepo=false",
  "-c", "commit.gpgSign=false", "-c", "core.safecrlf=false",
  "-c", "core.fsync=loose-object", "-c", "core.fsyncMethod=batch",
  "-c", "core.fsync=loose-object,index", "-c", "core.fsyncMethod=batch",
}
local FIXED = {
  GIT_TERMINAL_PROMPT = "0", GIT_OPTIONAL_LOCKS = "0", GIT_ASKPASS = "true",
  GIT_CONFIG_NOSYSTEM = "1", GIT_CONFIG_GLOBAL = "/dev/null", GIT_ATTR_NOSYSTEM = "1",
  GIT_AUTHOR_NAME = "orch-lua", GIT_AUTHOR_EMAIL = "orch-lua@localhost",
  GIT_COMMITTER_NAME = "orch-lua", GIT_COMMITTER_EMAIL = "orch-lua@localhost",
}

--- Whether there is a git to run.
function git.is_there()
  for folder in (core.environment().PATH or ""):gmatch "[^:]+" do
    if core.stat(folder .. "/git", true) then return true end
  end
  return false
end

local function variables(more)
  local own = {}
  for name, value in pairs(FIXED) do own[name] = value end
  for name, value in pairs(more or {}) do own[name] = value end
  return environment.of_child(own)
end

local count = 0

local function new_folder()
  count = count + 1
  local files = ("%s/programs/%d"):format(folders.runtime(), count)
  local ok, message, name = core.make_folder(files, { parents = true })
  if ok then return files end
  failure.refuse("disk", "cannot make the folder '%s': %s (%s)", files, message, name)
end

--- Run *argv* in *folder* and wait for its end.  Options: `env` = name -> value, `cap`.
-- Return what it printed, or nil, what it printed on stderr, and its exit code, if it
-- had one.
function git.execute(argv, folder, options)
  options = options or {}
  local files = new_folder()
  local s <close> = session.start {
    folder = files, name = argv[1], argv = argv, workdir = folder, tty = false,
    env = options.env or environment.of_child(), stdin = "null", stderr = "file",
    rows = 24, cols = 80, lease_ms = 0, deadline_ms = options.deadline_ms or DEADLINE_MS,
    cap = options.cap or CAP, on_leader_exit = "kill",
  }
  s:settle()
  local how, why = s:outcome()
  local printed = core.read(files .. "/transcript", 0, CAP) or ""
  local said = core.read(files .. "/stderr", 0, STDERR_MAX) or ""
  local whole = (s.status.dropped or 0) == 0
  core.remove(files, { tree = true })
  if how == "exited" and s.status.code == 0 and whole then return printed end
  if said == "" then said = not whole and "it printed too much" or why or how end
  return nil, text.clean(said), how == "exited" and s.status.code or nil
end

local function command(words)
  local argv = { "git" }
  table.move(SAFE, 1, #SAFE, 2, argv)
  return table.move(words, 1, #words, #argv + 1, argv)
end

--- Run git with *words* on our own repository *store* with *folder* as its work tree.
-- Options: `index` = file, `cap`, `deadline_ms`.  Return as git.execute does.
function git.try(store, folder, words, options)
  options = options or {}
  return git.execute(command(words), folder, {
    cap = options.cap, deadline_ms = options.deadline_ms,
    env = variables { GIT_DIR = store, GIT_WORK_TREE = folder,
      GIT_INDEX_FILE = options.index },
  })
end

-- What git says of a full disk.
local FULL = { "No space left on device", "Out of diskspace", "[Dd]isk quota exceeded" }

--- Whether *said*, what git printed on stderr, tells of a full disk.
function git.is_full(said)
  for _, sign in ipairs(FULL) do
    if said:find(sign) then return true end
  end
  return false
end

--- Raise a failure: git with *words* has failed in *folder* and *said* why.
function git.refuse(words, folder, said)
  failure.refuse(git.is_full(said) and "disk" or "environment",
    "git %s failed in '%s': %s", words[1], folder, said:match "^[^\n]*")
end

--- Like git.try, but raise a failure.
function git.run(store, folder, words, options)
  local printed, said = git.try(store, folder, words, options)
  if printed then return printed end
  git.refuse(words, folder, said)
end

--- The files below *folder* that git does not ignore, by their paths from there; nil
-- where there is no repository.
function git.listed(folder)
  local printed = git.execute(command { "ls-files", "-z", "-co", "--exclude-standard" },
    folder, { env = variables() })
  if not printed then return nil end
  local list, seen = {}, {}
  for path in printed:gmatch "[^%z]+" do
    if not seen[path] then seen[path], list[#list + 1] = true, path end
  end
  return list
end

local NAMES = "^(core\\.(autocrlf|excludesfile|filemode|ignorecase|symlinks)"
  .. "|extensions\\.objectformat)$"

--- The settings of the user and of the repository in *folder* that decide what a tree
-- holds, as name -> value; this runs nothing that they name.
function git.settings(folder)
  local found = {}
  local printed = git.execute(
    { "git", "--no-pager", "config", "-z", "--get-regexp", NAMES }, folder)
  for name, value in (printed or ""):gmatch "([^\n%z]+)\n?([^%z]*)%z" do
    found[name] = value
  end
  return found
end

return git
