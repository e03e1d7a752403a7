-- The world's git does what the real one does, as far as the library asks for it.

local chance = require "orch.rehearsal.chance"
local core = require "orch.core"
local support = require "support"
local workers = require "orch.rehearsal.workers"

local SEEDS = 10
local TREE = "/home/user/project"

-- ── seeded work ─────────────────────────────────────────────────────────────

local PATHS = {
  "a.txt", "b.txt", "src/x.c", "src/y.c", "src/deep/z.c", "docs/one two.md",
}
local EXTRA = { "new.txt", "src/new.c", "ignored.o", "build/out.txt", "build/keep.txt" }
local IGNORES = "*.o\n/build/*\n!/build/keep.txt\n# no rule\n"

local function some_lines(luck, least)
  local lines = {}
  for i = 1, luck:between(least, 12) do
    lines[i] = luck:pick { "one", "two", "three", "", "{", "}" } .. luck:below(4)
  end
  local last = luck:one_in(5) and "" or "\n"
  return table.concat(lines, "\n") .. (#lines > 0 and last or "")
end

local function changed(luck, text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  for _ = 1, luck:between(1, 3) do
    local at = luck:between(1, #lines + 1)
    if luck:one_in(2) and lines[at] then
      lines[at] = "changed " .. luck:below(100)
    else
      table.insert(lines, at, "added " .. luck:below(100))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- A change set: files before it, and what happens to them: path -> text or false.
local function draw(seed)
  local luck = chance.new(seed, "files")
  local before, steps = { [".gitignore"] = IGNORES }, {}
  for _, path in ipairs(PATHS) do
    if luck:below(5) > 0 then before[path] = some_lines(luck, 0) end
  end
  for _, path in ipairs(PATHS) do
    local how = luck:below(4)
    if before[path] and how == 0 then steps[path] = false end
    if before[path] and how == 1 then steps[path] = changed(luck, before[path]) end
    if before[path] and how == 2 and luck:one_in(2) then
      steps[path] = luck:one_in(2) and { link = "a.txt" }
        or { text = before[path], mode = tonumber("755", 8) }
    end
    if not before[path] then steps[path] = some_lines(luck, 1) end
  end
  for _, path in ipairs(EXTRA) do
    if luck:one_in(2) then steps[path] = some_lines(luck, 1) end
  end
  return before, steps
end

-- ── two benches ─────────────────────────────────────────────────────────────

-- Put *what*, a text, { text =, mode = } or { link = target }, at *path*; or nothing.
local function put(bench, path, what)
  local full = bench.tree .. "/" .. path
  if what == false then return assert(bench.core.remove(full)) end
  if type(what) == "string" then what = { text = what } end
  bench.core.make_folder(full:match "^(.*)/", { parents = true, mode = 493 })
  if what.link then
    return assert(bench.load "orch.workspace.git".execute(
      { "ln", "-sfnT", "--", what.link, full }, bench.tree))
  end
  assert(bench.core.write(full, what.text, { mode = what.mode or 420, atomic = false }))
end

--- A workspace with the files *before* over the core *of*, and a store for it.
local function bench_of(of, tree, before, state)
  local self = { core = of, tree = tree, load = support.library(of) }
  of.make_folder(tree, { parents = true })
  for path, text in pairs(before) do put(self, path, text) end
  function self.work(fn)
    local value
    self.load "orch.task".main(function() value = fn() end)
    return value
  end
  self.work(function()
    self.store = assert(self.load "orch.workspace.snapshot".open(tree, state))
  end)
  return self
end

local function world_bench(before)
  local options = workers.install({ core = core, files = {} },
    { seed = 1, script = { files = {}, plain = true } })
  return bench_of(require "orch.rehearsal.world".new(options), TREE, before,
    "/home/user/state/store")
end

local function real_bench(folder, before)
  return bench_of(core, folder.path .. "/tree", before, folder.path .. "/store")
end

--- What a bench says of the change set *steps*: { changes, patch, before, after }.
local function look(bench, steps)
  local seen = { changes = {} }
  bench.work(function()
    seen.before = bench.store:take()
    for path, text in pairs(steps) do put(bench, path, text) end
    seen.after = bench.store:take()
    for i, change in ipairs(bench.store:changes(seen.before, seen.after)) do
      seen.changes[i] = ("%s %s>%s %s %s"):format(change.path, change.mode_before,
        change.mode, change.before and "was" or "", change.after and "is" or "")
    end
    seen.patch = bench.store:patch(seen.before, seen.after)
  end)
  return seen
end

--- The files of a bench that are not ignored, as path -> text.
local function files_of(bench)
  local found = {}
  for _, list in ipairs { PATHS, EXTRA } do
    for _, path in ipairs(list) do
      local full = bench.tree .. "/" .. path
      local stat = bench.core.stat(full)
      found[path] = stat and ("%s %o %s"):format(stat.type,
        stat.type == "link" and 0 or stat.mode & 73, bench.core.read(full) or "")
    end
  end
  found["ignored.o"], found["build/out.txt"] = nil, nil
  return found
end

local function take_back(bench, patch)
  bench.core.write(bench.tree .. ".patch", patch)
  bench.work(function()
    bench.store:take_back({ folder = bench.tree, index = bench.store.index },
      bench.tree .. ".patch")
  end)
end

--- The merge of *texts* = { base, ours, theirs } on a bench, or "conflict".
local function merged(bench, texts)
  return bench.work(function()
    local ids = {}
    local without = bench.store:take()
    for i, text in ipairs(texts) do
      put(bench, "m", text)
      ids[i] = bench.store:changes(without, bench.store:take())[1].after
    end
    put(bench, "m", false)
    return bench.store:merge(ids[1], ids[2], ids[3]) or "conflict"
  end)
end

describe("the git of a world", function()
  it("sees the same changes as the real one", function()
    for seed = 1, SEEDS do
      local folder <close> = support.folder()
      local before, steps = draw(seed)

      local real = look(real_bench(folder, before), steps)
      local ours = look(world_bench(before), steps)

      assert.same(real.changes, ours.changes, "seed " .. seed)
    end
  end)

  it("writes patches that the real one takes back, and takes back the real one's",
    function()
      for seed = 1, SEEDS do
        local folder <close> = support.folder()
        local before, steps = draw(seed)
        local real, ours = real_bench(folder, before), world_bench(before)
        local clean = files_of(real)
        local theirs, mine = look(real, steps), look(ours, steps)

        take_back(real, mine.patch)
        take_back(ours, theirs.patch)

        assert.same(clean, files_of(real), "seed " .. seed)
        assert.same(clean, files_of(ours), "seed " .. seed)
      end
    end)

  it("merges what the real one merges, and refuses what that refuses", function()
    local folder <close> = support.folder()
    local real, ours = real_bench(folder, {}), world_bench {}
    local conflicts = 0
    for seed = 1, 3 * SEEDS do
      local luck = chance.new(seed, "merge")
      local base = some_lines(luck, 4)
      local texts = { base, changed(luck, base), changed(luck, base) }

      local wanted = merged(real, texts)

      assert.equal(wanted, merged(ours, texts), "seed " .. seed)
      if wanted == "conflict" then conflicts = conflicts + 1 end
    end
    assert.is_true(conflicts > 2 and conflicts < 3 * SEEDS - 2)
  end)

  it("makes work trees, and sees what is ignored when it must", function()
    local folder <close> = support.folder()
    local before = { [".gitignore"] = IGNORES, ["a.txt"] = "one\n", ["src/x.c"] = "x\n" }
    local function try(bench)
      return bench.work(function()
        local store, seen = bench.store, {}
        local tree = store:take()
        local place = store:check_out(tree, bench.tree .. "-work")
        seen.copy = bench.core.read(bench.tree .. "-work/src/x.c")
        bench.core.write(place.folder .. "/src/x.c", "other\n")
        for i, change in ipairs(store:changes(tree, store:take(place))) do
          seen[i] = change.path
        end
        put(bench, "ignored.o", "object\n")
        seen.unforced = store:take() == tree
        seen.must = store:must_see { bench.tree .. "/ignored.o", bench.tree .. "/a.txt" }
        seen.forced = store:changes(tree, store:take())[1].path
        return seen
      end)
    end

    local wanted = try(real_bench(folder, before))

    assert.same({ copy = "x\n", "src/x.c", unforced = true, must = true,
      forced = "ignored.o" }, wanted)
    assert.same(wanted, try(world_bench(before)))
  end)
end)
