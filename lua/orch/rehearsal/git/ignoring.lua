--- Which files git does not want to see: .gitignore and the like, as far as it is simple.

local ignoring = {}
ignoring.__index = ignoring

-- A wildcard pattern as a Lua pattern for a whole path.
local function translate(glob)
  local out, i = {}, 1
  while i <= #glob do
    local c = glob:sub(i, i)
    local class, after = glob:match("^(%[[^%]]+%])()", i)
    if glob:sub(i, i + 2) == "**/" then
      out[#out + 1] = ".-"
      i = i + 3
    elseif glob:sub(i, i + 1) == "**" then
      out[#out + 1] = ".*"
      i = i + 2
    elseif class then
      out[#out + 1] = (class:gsub("^%[!", "[^"))
      i = after
    else
      if c == "\\" then i, c = i + 1, glob:sub(i + 1, i + 1) end
      out[#out + 1] = c == "*" and "[^/]*" or c == "?" and "[^/]"
        or (c:gsub("%p", "%%%0"))
      i = i + 1
    end
  end
  return "^" .. table.concat(out) .. "$"
end

local known = {}     -- the rules of a text: patterns are the same in many worlds

local function rules_of(text)
  if known[text] then return known[text] end
  local rules = {}
  for line in text:gmatch "[^\n]+" do
    line = line:gsub("%s+$", "")
    local negated, glob = line:match "^(!?)(.*)$"
    local body = glob:gsub("/$", "")
    if glob ~= "" and glob:sub(1, 1) ~= "#" then
      rules[#rules + 1] = {
        keeps = negated == "!", folder = glob:sub(-1) == "/",
        whole = body:find "/" ~= nil, pattern = translate((body:gsub("^/", ""))),
      }
    end
  end
  known[text] = rules
  return rules
end

--- What *store* ignores, by its settings and by the .gitignore files of its work tree.
function ignoring.new(store)
  local self = setmetatable({ store = store, files = {}, tops = {} }, ignoring)
  local config = store.files:read(store.folder .. "/config") or ""
  local extra = config:match '\n%s*excludesfile%s*=%s*"?([^\n"]+)'
  for _, path in ipairs { extra or false, store.folder .. "/info/exclude" } do
    local text = path and store.files:read(path)
    if text then self.tops[#self.tops + 1] = rules_of(text) end
  end
  return self
end

local function rules_in(self, folder)
  if self.files[folder] == nil then
    local text = self.store.files:read(("%s/%s.gitignore"):format(self.store.top, folder))
    self.files[folder] = text and rules_of(text) or false
  end
  return self.files[folder]
end

-- What *rules* say of *path* below their folder: true, false, or nil for nothing.
local function judge(rules, path, is_folder)
  local said
  for _, rule in ipairs(rules or {}) do
    local name = rule.whole and path or path:match "[^/]*$"
    if (is_folder or not rule.folder) and name:find(rule.pattern) then
      said = not rule.keeps
    end
  end
  return said
end

--- Whether the rules name *path* itself; the folders above it are the caller's matter.
function ignoring:names(path, is_folder)
  local said = nil
  for _, rules in ipairs(self.tops) do
    local word = judge(rules, path, is_folder)
    if word ~= nil then said = word end
  end
  local from = 1
  repeat
    local word = judge(rules_in(self, path:sub(1, from - 1)), path:sub(from), is_folder)
    if word ~= nil then said = word end
    from = path:match("^[^/]*/()", from)
  until not from
  return said == true
end

--- Whether *path* is ignored, by itself or with a folder that it lies in.
function ignoring:covers(path, is_folder)
  for stop in path:gmatch "()/" do
    if self:names(path:sub(1, stop - 1), true) then return true end
  end
  return self:names(path, is_folder)
end

local function walk(self, prefix, all, list)
  local files, top = self.store.files, self.store.top
  for _, name in ipairs(files:list(top .. "/" .. prefix) or {}) do
    local path = prefix .. name
    local found = name ~= ".git" and files:stat(top .. "/" .. path)
    if not found or not all and self:names(path, found.type == "folder") then
      found = nil
    end
    if found and found.type == "folder" then
      local nested = files:existing(top .. "/" .. path .. "/.git")
      if not nested then walk(self, path .. "/", all, list) end
    elseif found and (found.type == "file" or found.type == "link") then
      list[#list + 1] = path
    end
  end
  return list
end

--- The files below *folder* ("" or ending with "/") of the work tree that are not
-- ignored; with *all* the others as well.
function ignoring:walk(folder, all)
  return walk(self, folder, all, {})
end

return ignoring
