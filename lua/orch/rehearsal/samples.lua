--- The reply types of templates by the words that ask for them, with their samples and
--- grammars: what a brief alone does not show of a form that a pack invented.

local reply = require "orch.reply"
local template = require "orch.template"
local text = require "orch.text"

local samples = {}

local known = {}     -- source of a template -> its reply type, or false: packs stay equal

local function type_of(path, source)
  if known[source] == nil then
    local ok, loaded = pcall(template.load, source, "@" .. path, reply)
    known[source] = ok and loaded and loaded.reply or false
  end
  return known[source]
end

--- The reply types of all templates among *files*, path -> text or what world.new takes,
-- by their text.  A template with a mistake is left out: the library will tell of it.
function samples.of(files)
  local types = {}
  for path, content in text.sorted_pairs(files) do
    local source = type(content) == "table" and content.text or content
    local role = path:match "/worker%-templates/([^/]+)%.lua$"
    if role and role ~= "preamble" and type(source) == "string" then
      local found = type_of(path, source)
      if found then types[text.trim(found.text)] = found end
    end
  end
  return types
end

return samples
