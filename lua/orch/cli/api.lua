--- The public API as types.lua declares it: read, so that it can be shown and compared.
--
-- A declaration is { name = "orch.ask" | "findings:top" | "orch.reply", kind = "function"
-- | "method" | "class" | "alias", text = lines; params, returns, fields = lists of
-- { name, type, optional, text }; class = what it belongs to; hidden }.  A function and
-- what it returns may have one name.

local lpeg = require "lpeg"
local P, R, S, V = lpeg.P, lpeg.R, lpeg.S, lpeg.V
local C, Cc, Cg, Ct = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct

local api = {}

-- ── one line ────────────────────────────────────────────────────────────────

local blank = P " " ^ 0
local word = R("az", "AZ", "09", "__") ^ 1
local path = word * (P "." * word) ^ 0

-- A type, which may have spaces where an operator or a bracket asks for more.
local type_of = P {
  V "union",
  union = V "one" * (blank * "|" * blank * V "one") ^ 0,
  one = (V "fun" + V "group" + V "quoted" + path) * V "suffix" ^ 0,
  suffix = P "[]" + "?" + V "generic",
  generic = "<" * V "inside" ^ 0 * ">",
  group = "(" * V "inside" ^ 0 * ")" + "{" * V "inside" ^ 0 * "}",
  fun = "fun" * V "group" * (":" * blank * V "list") ^ -1,
  list = V "union" * ("," * blank * V "union") ^ 0,
  quoted = '"' * (1 - P '"') ^ 0 * '"',
  inside = V "group" + V "generic" + V "quoted" + (1 - S "(){}<>"),
}

local key = C("[" * (1 - P "]") ^ 1 * "]" + path + "...")
local optional = "?" * Cc(true) + Cc(false)
local rest = blank * Cg(C(P(1) ^ 0), "text")
local type_part = blank * Cg(C(type_of), "type")
local named = Ct(Cg(key, "name") * Cg(optional, "optional") * type_part * rest)
local returned = Ct(type_part * (blank * Cg(C(word), "name")) ^ -1 * rest)
local declared = Ct("function " * Cg(C(word), "class") * Cg(C(S ".:"), "mark")
  * Cg(C(word), "name") * "(" * Cg(C((1 - P ")") ^ 0), "arguments") * ")" * blank * "end"
  * -1)

--- What *grammar* reads in what a tag *says*.
local function parse(grammar, says)
  return grammar:match(says) or error("types.lua: cannot read '" .. says .. "'", 0)
end

-- ── the whole file ──────────────────────────────────────────────────────────

local Reader = {}
Reader.__index = Reader

function Reader:begin()
  self.text, self.params, self.returns, self.hidden = {}, {}, {}, false
end

function Reader:add(declaration)
  declaration.text, declaration.hidden = self.text, self.hidden
  self.list[#self.list + 1] = declaration
  local is_class = declaration.kind == "class"
  if is_class then self.list.classes[declaration.name] = declaration end
  self:begin()
  return declaration
end

local tags = {}

function tags.class(self, said)
  self.class = self:add { name = said:match "^[%w_.]+", kind = "class", fields = {} }
end

function tags.alias(self, said)
  self.alias = self:add { name = said:match "^[%w_.]+", kind = "alias", fields = {} }
end

--- The description of a field may stand in the lines before it.
function tags.field(self, said)
  local field = parse(named, said)
  if self.text[1] then
    field.text = table.concat(self.text, " ")
    self:begin()
  end
  table.insert(self.class.fields, field)
end

function tags.param(self, said)
  self.params[#self.params + 1] = parse(named, said)
end

tags["return"] = function(self, said)
  self.returns[#self.returns + 1] = parse(returned, said)
end

function tags.package(self) self.hidden = true end

--- `function findings:top(n) end` belongs to the class whose variable is `findings`.
function Reader:declare(found)
  local class = self.variables[found.class]
  local is_orch = class.name == "orch"
  local own = is_orch and "orch" or class.name == "orch.reply_types" and "orch.reply"
    or found.class
  self:add { name = own .. found.mark .. found.name, short = found.name,
    kind = found.mark == ":" and "method" or "function", class = class,
    arguments = found.arguments, params = self.params, returns = self.returns }
end

function Reader:line(line)
  local tag, said = line:match "^%-%-%-@(%a+) ?(.*)$"
  local choice, why = line:match '^%-%-%-| (%S+)%s*#?%s*(.*)$'
  local variable = line:match "^local ([%w_]+) = {}$"
  local found = declared:match(line)
  if tag then
    if tags[tag] then tags[tag](self, said) end
  elseif choice then
    table.insert(self.alias.fields, { name = choice, type = "", text = why })
  elseif variable then
    self.variables[variable] = self.class
  elseif found then
    self:declare(found)
  elseif line:find "^%-%-%- " then
    table.insert(self.text, line:sub(5))
  else
    self:begin()
  end
end

--- Read the declarations of *source*: a list in their order; `.classes` by name.
function api.read(source)
  local reader = setmetatable({ list = { classes = {} }, variables = {} }, Reader)
  reader:begin()
  for line in source:gmatch "([^\n]*)\n" do reader:line(line) end
  return reader.list
end

-- ── for people ──────────────────────────────────────────────────────────────

--- What a declaration says first, up to a colon or the like.
local function in_short(declaration)
  local text = table.concat(declaration.text, " ")
  return text:match "^(.-)[.:;]%f[%s\0]" or text
end

--- `orch.ask(role, fields) -> orch.reply`
local function signature(declaration)
  if not declaration.params then return declaration.name end
  local types = {}
  for i, one in ipairs(declaration.returns) do types[i] = one.type end
  return ("%s(%s)%s"):format(declaration.name, declaration.arguments,
    types[1] and " -> " .. table.concat(types, ", ") or "")
end

--- *title* and a line for each of *list*: what left(one) gives, then right(one, column).
local function section(title, list, left, right)
  local width, lines = 0, {}
  for _, one in ipairs(list) do width = math.max(width, #left(one)) end
  for i, one in ipairs(list) do
    local name = left(one)
    local column = width > 0 and width + 2 or 0
    local line = "  " .. name .. (" "):rep(column - #name) .. right(one, column + 2)
    lines[i] = line:gsub("%s+$", "")
  end
  return lines[1] and ("\n\n%s:\n%s"):format(title, table.concat(lines, "\n")) or ""
end

local function overview(title, list)
  return section(title, list, function(one) return one.name end, in_short)
end

local function values(title, list)
  return section(title, list, function(one)
    return (one.name or "") .. (one.optional and "?" or "")
  end, function(one, column)
    if one.type == "" or one.text == "" then return one.type .. one.text end
    return ("%s\n%s%s"):format(one.type, (" "):rep(column + 2), one.text)
  end)
end

--- The functions among *all* that belong to *class*.
local function members(all, class)
  local list = {}
  for _, one in ipairs(all) do
    if one.class == class and not one.hidden then list[#list + 1] = one end
  end
  return list
end

--- All of it, a line each.
function api.overview(all)
  local own, replies = all.classes["orch"], all.classes["orch.reply_types"]
  local objects = {}
  for _, one in ipairs(all) do
    local told = one.kind == "class" and one.text[1] and one ~= own and one ~= replies
    if told then objects[#objects + 1] = one end
  end
  return 'local orch = require "orch"' .. overview("functions", members(all, own))
    .. section("reply types and kinds of items, orch.reply", replies.fields,
      function(one) return one.name end, function(one) return one.text end)
    .. overview("made with", members(all, replies))
    .. overview("what they take and return", objects)
    .. "\n\norch-lua help api NAME tells more of one of them."
end

--- One declaration.
function api.show(all, declaration)
  local text = table.concat(declaration.text, "\n")
  local shown = signature(declaration) .. (text ~= "" and "\n\n" .. text or "")
  if declaration.params then
    return shown .. values("takes", declaration.params)
      .. values("returns", declaration.returns)
  end
  return shown .. values(declaration.kind == "alias" and "one of" or "fields",
    declaration.fields) .. overview("methods", members(all, declaration))
end

--- The names by which *one* can be asked for, the surest first.
local function names_of(one)
  return { one.name, one.short and one.class.name .. "." .. one.short or one.name,
    (one.name:gsub(":", ".")), one.short or one.name:match "[^.]+$" }
end

--- What *asked*, the user's word, names: a list of declarations; and all words there are.
function api.find(all, asked)
  local known, best, found = {}, math.huge, {}
  for _, one in ipairs(all) do
    local names = one.hidden and {} or names_of(one)
    for sure, name in ipairs(names) do
      known[#known + 1] = name
      if name == asked and sure < best then best, found = sure, {} end
      if name == asked and sure == best and found[#found] ~= one then
        found[#found + 1] = one
      end
    end
  end
  return found, known
end

return api
