--- Slices: the parts of a task that different workers can edit at once, because no path
--- is in two of them.

local lpeg = require "lpeg"
local text = require "orch.text"
local P, R, S, C, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cg, lpeg.Ct

local slices = {}

local LONGEST = 2000           -- bytes of what a worker says of one slice

-- ── what a slice is ─────────────────────────────────────────────────────────

--- A slice is the list of its paths; `.what` says what it is, if somebody did.
local Slice = { __name = "slice" }

function Slice:__tostring() return table.concat(self, ", ") end

function Slice:__brief()
  return tostring(self), self.what and ("%s - %s"):format(self, self.what), "slice"
end

local Slices = { __name = "slices" }

function Slices:__brief()
  local lines = {}
  for i, slice in ipairs(self) do
    lines[i] = "- " .. tostring(slice) .. (slice.what and " - " .. slice.what or "")
  end
  return table.concat(self.paths, ", "), table.concat(lines, "\n"), "slices"
end

--- What a script gives for one slice: a path, a list of paths, a place of a reply.
local function new_slice(given, number)
  local paths = type(given) == "table" and not given.path and given or { given }
  local what = type(given) == "table" and given.what or nil
  local slice = setmetatable({ what = what }, Slice)
  for i, path in ipairs(paths) do
    if type(path) == "table" then path = path.path end
    if type(path) ~= "string" or not path:find "%S" then
      return nil, ("slice %d must be a path or a list of paths, got %s"):format(number,
        type(path) == "string" and "an empty one" or "a " .. type(path))
    end
    slice[i] = path
  end
  if #slice == 0 then return nil, ("slice %d has no path"):format(number) end
  return slice
end

-- ── what keeps them apart ───────────────────────────────────────────────────

--- *path* by its words alone; links are for whoever can look.
local function normal(path)
  local parts, root = {}, path:sub(1, 1) == "/"
  for part in path:gmatch "[^/]+" do
    if part == ".." and parts[1] and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." and not (part == ".." and root) then
      parts[#parts + 1] = part
    end
  end
  return (root and "/" or "") .. table.concat(parts, "/")
end

--- Whether the folder *outer* holds *inner*; both normal.
local function holds(outer, inner)
  if outer == "" then return inner:sub(1, 1) ~= "/" and inner:sub(1, 2) ~= ".." end
  local folder = outer:sub(-1) == "/" and outer or outer .. "/"
  return inner:sub(1, #folder) == folder
end

local function overlap(a, b)
  if a.normal == b.normal then
    return ("'%s' is in two slices: two workers would edit it at once"):format(a.path)
  elseif holds(a.normal, b.normal) then
    return ("'%s' holds '%s' of another slice: two workers would edit it at once")
      :format(a.path, b.path)
  end
end

local function check(list, options)
  local entries = {}
  for i, slice in ipairs(list) do
    for _, path in ipairs(slice) do
      local entry = { path = path, slice = i, normal = options.resolve(path) }
      for _, other in ipairs(entries) do
        local problem = other.slice ~= i
          and (overlap(entry, other) or overlap(other, entry))
        if problem then return problem end
      end
      entries[#entries + 1] = entry
      local outer = options.within and options.resolve(options.within)
      if outer and entry.normal ~= outer and not holds(outer, entry.normal) then
        return ("the slice '%s' lies outside of '%s'"):format(path, options.within)
      end
    end
  end
end

--- The slices of *list*, in which each is a path, a list of paths or a slice.  The result
-- is a list of lists of paths; `.paths` holds all of them.  options: resolve = function
-- (path) -> the path without links; within = the path in which all must lie.  Return nil
-- and a sentence if two share a path or one contains another's.
function slices.new(list, options)
  if type(list) ~= "table" then
    return nil, ("slices are a list of paths, got a %s"):format(type(list))
  end
  local new = setmetatable({ paths = {} }, Slices)
  for i, given in ipairs(list) do
    local slice, wrong = new_slice(given, i)
    if not slice then return nil, wrong end
    new[i] = slice
    table.move(slice, 1, #slice, #new.paths + 1, new.paths)
  end
  local problem = check(new, { resolve = options and options.resolve or normal,
    within = options and options.within })
  if problem then return nil, problem end
  return new
end

-- ── as a worker names them ──────────────────────────────────────────────────

local blank = S " \t"
local dash = blank ^ 0 * (P "—" + "–") + blank ^ 1 * "-" * #blank + ":" * #blank
local comma = blank ^ 0 * (P "," + "+") * blank ^ 0 + blank ^ 1 * "and" * blank ^ 1
local lines = ":" * R "09" ^ 1 * ("-" * R "09" ^ 1) ^ -1 * #(blank + "," + ":" + -1)
local bare = C((1 - (blank + S ",`*" + dash + lines)) ^ 1)
local path = ("`" * C((1 - S "`\n") ^ 1) * "`" + bare) * lines ^ -1
local bold = P "**" ^ -1
local entry = Ct(bold * Cg(Ct(path * (comma * path) ^ 0), "paths") * bold
  * (dash * blank ^ 0 * Cg(C(P(1) ^ 1), "what")) ^ -1 * blank ^ 0 * -1)

--- The kind of list items that a scout answers with.
slices.item = {
  lines = { "- path - what it is; or: path, path - what they are" },
  samples = { "src/parse.c, src/parse.h - the parser", "src/write.c - the writer" },
  read = function(said)
    local found = #said <= LONGEST and entry:match(text.one_line(said))
    if not found then
      return nil, "is not 'path - what it is': '" .. text.shorten(said, 60) .. "'"
    end
    local slice = found.paths
    slice.what = found.what
    return slice
  end,
  collect = slices.new,
}

return slices
