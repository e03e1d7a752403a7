--- What kind of text a file is, and its code without comments and strings.

local lpeg = require "lpeg"
local B, P, R, S = lpeg.B, lpeg.P, lpeg.R, lpeg.S
local C, Cb, Cg, Cmt, Cs = lpeg.C, lpeg.Cb, lpeg.Cg, lpeg.Cmt, lpeg.Cs

local languages = {}

local KINDS = {
  c = "c h cc cpp cxx hpp hh", diff = "diff patch", html = "html htm",
  javascript = "js mjs cjs jsx ts tsx",
  json = "json", jsonl = "jsonl ndjson", lua = "lua",
  make = "mk", markdown = "md markdown", python = "py pyi", shell = "sh bash ksh",
  text = "txt rst tex adoc org", yaml = "yaml yml",
  other = "go rs java rb php pl css toml ini cfg conf csv tsv xml sql cmake vim el r jl",
}

local NAMES = {
  makefile = "make", gnumakefile = "make", readme = "text", license = "text",
  changelog = "text", dockerfile = "other", ["cmakelists.txt"] = "other",
}

local kind_of_extension = {}
for kind, extensions in next, KINDS do
  for extension in extensions:gmatch "%S+" do kind_of_extension[extension] = kind end
end

local TITLES = {
  c = "C", diff = "a patch", html = "HTML", javascript = "JavaScript", json = "JSON",
  jsonl = "JSON lines", lua = "Lua", make = "a makefile", markdown = "Markdown",
  python = "Python", shell = "a shell script", text = "text", yaml = "YAML",
}

--- The kind of the file *path* whose text begins with *bytes*; "other" for any text, and
-- whether the name alone says that it is text.
function languages.kind(path, bytes)
  local name = path:match("[^/]*$"):lower()
  local kind = NAMES[name] or kind_of_extension[name:match "%.([%w_]+)$"]
  if kind then return kind, true end
  local shebang = bytes:match "^#![^\n]*"
  if not shebang then return "other", false end
  if shebang:find "python" then return "python", true end
  if shebang:find "lua" then return "lua", true end
  if shebang:find "node" then return "javascript", true end
  return shebang:find "%f[%w][bdk]?a?sh%f[%W]" and "shell" or "other", true
end

--- What people call a kind.
function languages.title(kind, path)
  return TITLES[kind] or (path:match "%.([%w_]+)$" or "text") .. " file"
end

local function blank(s)
  return (s:gsub("[^\n]", " "))
end

-- What stands in the place of a string's bytes, so that they are neither code nor space.
-- The quotes stay: a call with a literal can be told from one with a name.
local FILLER = "\1"

local function fill(s)
  return (s:gsub("[^\n]", FILLER))
end

local function fill_inside(s)
  if #s < 2 then return s end
  return s:sub(1, 1) .. fill(s:sub(2, -2)) .. s:sub(-1)
end

local newline, escaped = P "\n", P "\\" * P(1)
local to_line_end = (1 - newline) ^ 0

local function between(open, close)
  return P(open) * (1 - P(close)) ^ 0 * (P(close) + -1)
end

local function quoted(quote)
  return P(quote) * (escaped + 1 - S(quote .. "\n")) ^ 0 * P(quote) ^ -1
end

local function view(comment, literal)
  return Cs((comment / blank + literal / fill_inside + 1) ^ 0)
end

local c_like = P "//" * to_line_end + between("/*", "*/")

local long_open = "[" * Cg(P "=" ^ 0, "level") * "["
local function same(_, _, a, b) return a == b end
local long_close = Cmt("]" * C(P "=" ^ 0) * "]" * Cb "level", same)
local long = C(long_open * (1 - long_close) ^ 0 * (P "]" * P "=" ^ 0 * "]" + -1))

-- A shell's double quotes hold substitutions that have quotes of their own, up to a
-- depth.  What is opened and never closed reaches to the end, as it does for a shell: no
-- part of this can fail, so that nothing is read a second time.
local SUBSTITUTIONS = 4
local single = "'" * (1 - P "'") ^ 0 * P "'" ^ -1

local function double_with(group)
  return '"' * (escaped + "$" * group + (1 - P '"')) ^ 0 * P '"' ^ -1
end

local group = "(" * (escaped + single + (1 - P ")")) ^ 0 * P ")" ^ -1
for _ = 2, SUBSTITUTIONS do
  group = "(" * (escaped + double_with(group) + single + group + (1 - P ")")) ^ 0
    * P ")" ^ -1
end
local shell_string = double_with(group) + single
local shell_comment = (B(S " \t\n;(") + -B(1)) * "#" * to_line_end

local VIEWS = {
  c = view(c_like, quoted '"' + quoted "'"),
  javascript = view(c_like, quoted '"' + quoted "'" + between("`", "`")),
  lua = view("--" * (long / 0 + to_line_end), quoted '"' + quoted "'" + long / 1),
  python = view("#" * to_line_end,
    between('"""', '"""') + between("'''", "'''") + quoted '"' + quoted "'"),
  shell = Cs((escaped + shell_comment / blank + shell_string / fill_inside + 1) ^ 0),
  yaml = view((B(S " \t\n") + -B(1)) * "#" * to_line_end, quoted '"' + quoted "'"),
}

-- The text of here-documents is no code, and its apostrophes are no quotes.
local function without_here_documents(code)
  local out, stop = {}, nil
  for line, ending in code:gmatch "([^\n]*)(\n?)" do
    if stop then
      out[#out + 1] = fill(line) .. ending
      if line:match "^\t*(.*)$" == stop then stop = nil end
    else
      out[#out + 1] = line .. ending
      stop = line:match "<<%-?%s*['\"\\]?([%a_][%w_]*)"
    end
  end
  return table.concat(out)
end

--- Whether the end of a line of code is inside of a string.
function languages.ends_in_string(line)
  return line:sub(-1) == FILLER
end

--- The bytes of a file, place by place, with comments made spaces and the insides of
-- strings filled; nil for a kind that has no such view.
function languages.code(kind, bytes)
  if kind == "shell" then bytes = without_here_documents(bytes) end
  return VIEWS[kind] and VIEWS[kind]:match(bytes)
end

-- In Markdown: inline code, addresses in links and HTML tags.
local fence = (P " " ^ -3) * C(P "```" + "~~~")
local inline = between("`", "`") + P "](" * (1 - S ")\n") ^ 0
  + "<" * (R("az", "AZ") + "/") * (1 - S ">\n") ^ 0 * ">"
local prose_line = Cs((inline / fill + 1) ^ 0)

--- The lines of a document that people read as sentences, others emptied; nil for code.
function languages.prose(kind, lines)
  if kind == "text" then return lines end
  if kind ~= "markdown" then return nil end
  local out, open = {}, nil
  for i, line in ipairs(lines) do
    local mark = fence:match(line)
    out[i] = ""
    if open and mark == open then
      open = nil
    elseif not open and mark then
      open = mark
    elseif not open then
      out[i] = prose_line:match(line)
    end
  end
  return out
end

return languages
