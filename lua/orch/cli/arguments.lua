--- Splits the command line: options of orch-lua, the script or subcommand, and its words.
--
-- Pure: words in, a table out.

local globals = require "orch.cli.globals"
local text = require "orch.text"

local arguments = {}

local by_word, words_known = {}, {}
for _, option in ipairs(globals) do
  by_word[option.name] = option
  if not option.hidden then words_known[#words_known + 1] = option.name end
  if option.short then by_word[option.short] = option end
end

local function unknown(word)
  local near = text.nearest(word, words_known)
  return ("unknown option '%s': %s"):format(word, near
    and ("did you mean '%s'?"):format(near) or "orch-lua --help lists the options")
end

-- Take the value of *option* from its own word or from the next one.
local function value_of(option, word, inline, next_word)
  local value = inline or next_word
  if value == nil or not inline and value == "--" then
    return nil, ("'%s' needs a value: %s %s"):format(word, word, option.value)
  end
  return value
end

-- Is *word* the value of the option of the script that stands before it?  A word such as
-- `-q` or `--jobs` never is: `--option=--jobs` says so where it is meant.
local function global_at(word)
  local name, inline = word:match "^(%-%-[^=]+)=(.*)$"
  return by_word[name or word], name or word, inline
end

--- Split *words*.  raw[NAME] says that all words after the subcommand NAME are its own.
-- Return { target = script, subcommand or pattern, or nil; globals = { key = value };
-- words = the target's own }, or nil and a message.
function arguments.split(words, raw)
  local found = { globals = {}, words = {} }
  local own, at = found.words, 1
  local function keep(from) table.move(words, from, #words, #own + 1, own) end

  while words[at] do
    local word = words[at]
    local option, name, inline = global_at(word)
    if word == "--" then
      if not found.target then found.target, at = words[at + 1], at + 1 end
      keep(at + 1)
      return found
    elseif option and option.value then
      local value, message = value_of(option, name, inline, words[at + 1])
      if not value then return nil, message end
      local kept, wrong = option.take(value, found.globals)
      if kept == nil then return nil, ("%s: %s"):format(name, wrong) end
      found.globals[option.key] = kept
      at = at + (inline and 0 or 1)
    elseif option then
      if inline then return nil, ("'%s' takes no value: write %s"):format(word, name) end
      found.globals[option.key] = true
    elseif found.target then
      own[#own + 1] = word
    elseif word:find "^%-." then
      return nil, unknown(name)
    else
      found.target = word
      if raw and raw[word] then
        keep(at + 1)
        return found
      end
    end
    at = at + 1
  end
  return found
end

--- The names that no script may give to an option of its own.
function arguments.reserved()
  local names = {}
  for i, option in ipairs(globals) do names[i] = option.name:sub(3) end
  return names
end

--- The lines of help for the options of orch-lua.
function arguments.help()
  local shown, left, width, lines = {}, {}, 0, {}
  for _, option in ipairs(globals) do
    if not option.hidden then shown[#shown + 1] = option end
  end
  for i, option in ipairs(shown) do
    left[i] = (option.short and option.short .. ", " or "    ") .. option.name
      .. (option.value and " " .. option.value or "")
    width = math.max(width, #left[i] <= 26 and #left[i] or 0)
  end
  for i, option in ipairs(shown) do
    local gap = #left[i] > width and "\n" .. (" "):rep(width + 4)
      or (" "):rep(width - #left[i] + 2)
    lines[i] = "  " .. left[i] .. gap .. option.help
  end
  return table.concat(lines, "\n")
end

return arguments
