--- The text of `--help`: the script's own header and its options.

local declared = require "orch.options.declared"

local help = {}

local COLUMNS = 80
local VALUES = { text = " TEXT", number = " NUMBER", list = " A,B,...", flag = "" }

local function usage_of(spec)
  if spec.kind ~= "flag" then return spec.flag .. VALUES[spec.kind] end
  return spec.default and "--no-" .. spec.flag:sub(3) or spec.flag
end

local function default_of(spec)
  local default = spec.default
  if spec.required then return "required" end
  if default == nil then return "optional" end
  if spec.kind == "flag" then return default and "on unless switched off" or "off" end
  local shown = spec.kind == "list" and table.concat(default, ",") or tostring(default)
  return shown == "" and "default: none" or "default: " .. shown
end

--- Break *words* into lines of at most *width* bytes.
local function wrap(words, width)
  local lines, line = {}, ""
  for word in words:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- The header's text, an empty line, and one entry for each option.
function help.render(header, specs, names)
  local widest = 0
  for _, name in ipairs(names) do widest = math.max(widest, #usage_of(specs[name])) end
  local indent = math.min(widest, 28) + 4
  local out = { header ~= "" and header .. "\n" or nil }
  out[#out + 1] = #names > 0 and "Options:" or "This script takes no options."
  for _, name in ipairs(names) do
    local spec = specs[name]
    local usage = "  " .. usage_of(spec)
    if #usage > indent - 2 then
      out[#out + 1], usage = usage, ""
    end
    local lines = wrap(("%s (%s)"):format(spec.help, default_of(spec)), COLUMNS - indent)
    for _, line in ipairs(lines) do
      out[#out + 1], usage = usage .. (" "):rep(indent - #usage) .. line, ""
    end
  end
  return table.concat(out, "\n") .. "\n"
end

--- The comment that heads a script: its first lines of `---`, without the dashes.
-- A `#!` line, empty lines and plain comments (a licence) may stand before them.
function help.header(source)
  local lines = {}
  local body = source:gsub("^\xEF\xBB\xBF", "")
  for line in (body .. "\n"):gmatch "(.-)\r?\n" do
    local comment = line:match "^%-%-%-%s?(.*)$"
    local may_precede = line:find "^#!" or line:find "^%s*$" or line:find "^%-%-"
    if not comment and (#lines > 0 or not may_precede) then break end
    if comment then lines[#lines + 1] = comment:match "^(.-)%s*$" end
  end
  return table.concat(lines, "\n")
end

--- As `render`, for declarations that may be wrong -> text | nil, what is wrong.
function help.text(header, entries)
  local specs, names = declared.check(entries)
  if not specs then return nil, names end
  return help.render(header, specs, names)
end

return help
