--- Defects of JSON and YAML.

local lpeg = require "lpeg"
local files = require "orch.offline.files"
local rule = require "orch.offline.defects.rule"
local C, Cmt, P, S, V = lpeg.C, lpeg.Cmt, lpeg.P, lpeg.S, lpeg.V

-- Names whose JSON has comments by custom.
local function has_comments(path)
  return path:find "tsconfig[^/]*%.json$" or path:find "%.vscode/"
    or path:find "%.eslintrc"
end

local function parse_error(file)
  if has_comments(file.path) or not file.bytes:find "%S" then return nil end
  local value, message = file.decode(file.bytes)
  if value ~= nil or not message then return nil end
  local line = tonumber(message:match "line (%d+)") or 1
  return math.max(1, math.min(line, #file.lines)), message
end

local function bad_records(file)
  return rule.lines(function(line)
    local value, message = true, nil
    if line:find "%S" then value, message = file.decode(line) end
    return value == nil and (message or true)
  end)(file)
end

local space = S " \t\r\n" ^ 0
local text = '"' * ("\\" * P(1) + (1 - S '"\\')) ^ 0 * '"'

--- A comma before a closing bracket, outside of strings; mended if the rest is right.
local function without_trailing_commas(file)
  local comma = P "," * #(space * S "]}")
  local changed = lpeg.Cs((text + comma / "" + 1) ^ 0):match(file.bytes)
  if changed == file.bytes or file.decode(changed) == nil then
    return nil, "it takes a decision"
  end
  return changed
end

--- Keys that occur twice in one object, as { line =, detail = }.
local function repeated_keys(file)
  local hits, stack = {}, {}
  local function open() stack[#stack + 1] = {} return true end
  local function close() stack[#stack] = nil return true end
  local function key(_, position, name)
    local keys = stack[#stack]
    if keys and keys[name] then
      local line = select(2, file.bytes:sub(1, position - 1):gsub("\n", "")) + 1
      hits[#hits + 1] = { line = line, detail = name }
    elseif keys then
      keys[name] = true
    end
    return true
  end
  local grammar = P {
    (V "key" + text + V "open" + V "close" + 1) ^ 0,
    key = Cmt(C(text) * #(space * ":"), key) / 0,
    open = Cmt("{", open), close = Cmt("}", close),
  }
  if parse_error(file) or has_comments(file.path) then return hits end
  grammar:match(file.bytes)
  return hits
end

return {
  { what = "JSON that does not parse", severity = "high", family = "correctness",
    kinds = "json", fix = "correct the syntax",
    find = rule.whole(parse_error), mend = without_trailing_commas },

  { what = "key that is there twice", severity = "high", family = "correctness",
    kinds = "json", fix = "keep one: readers differ in which they take",
    find = repeated_keys },

  { what = "line that is no JSON", severity = "high", family = "correctness",
    kinds = "jsonl", fix = "correct or remove the line", find = bad_records },

  { what = "tab in the indentation of YAML", severity = "high", family = "correctness",
    kinds = "yaml", fix = "indent with spaces", once = true,
    find = rule.lines "^ *\t",
    mend = function(file, hits)
      local changes = {}
      for _, hit in ipairs(hits) do
        local indentation, rest = file.lines[hit.line]:match "^([ \t]*)(.*)$"
        changes[hit.line] = indentation:gsub("\t", "  ") .. rest
      end
      return files.join(file, changes)
    end },
}
