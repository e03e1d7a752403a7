#!/bin/sh
# a_brief_arrives_whole.sh - what a worker reads is its brief, by SHA-256, up to 16 MiB.
#
# What the script wrote is never cut; a brief above 32 MiB is refused in clear words.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p config/orch-lua
unset ORCH_WORKER
export ORCH_STATE_DIR="$folder/state" XDG_RUNTIME_DIR="$folder"
export XDG_CONFIG_HOME="$folder/config"

cat >config/orch-lua/config.lua <<'LUA'
return { agent = "hash", agents = { hash = { argv = {
  "sh", "-c", "sha256sum | sed 's/ .*//; s/^/RESULT: /'",
} } } }
LUA
cat >script.lua <<'LUA'
local core = require "orch.core"
local orch = require "orch"
local run = require "orch.run"
local KIB = 1024

local asked = 0

--- Ask with *material*; return the brief, whose hash the agent has told.
local function ask(material)
  local reply = orch.ask("worker", { task = "Hash it.", material = material })
  asked = asked + 1
  local folder = run.current().folder
  local brief = core.read(("%s/workers/W%d-worker/1/brief"):format(folder, asked))
  assert(reply.result == core.hash(brief), "another SHA-256")
  print(("a brief of %d bytes: equal SHA-256"):format(#brief))
  return brief
end

local function values(count, size)
  local list = {}
  for i = 1, count do list[i] = ("%08d"):format(i):rep(size // 8) end
  return list
end

ask()
for _, list in ipairs { values(1, 4095), values(64, 4096), values(7, 64 * KIB) } do
  local brief = ask(list)
  for _, value in ipairs(list) do
    assert(brief:find(value, 1, true), "a value is not in the brief")
  end
end
for _, size in ipairs { 300 * 1000, KIB * KIB, 16 * KIB * KIB } do
  local brief = ask(("a line of 16 byt\n"):rep(size // 17))
  assert(select(2, brief:gsub("a line of 16 byt", "")) == size // 17, "a text was cut")
end

local started = asked
local ok, problem = pcall(ask, ("x"):rep(33 * KIB * KIB))
assert(not ok and problem:find "more than 32.0 MiB", problem)
print(problem)
assert(asked == started)
LUA
"$ORCH_LUA" script.lua 2>err || { cat err; exit 1; }
grep "a brief of\|cut here\|more than" err
