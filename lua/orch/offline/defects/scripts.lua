--- Defects of Lua and JavaScript that a line or the compiler shows.

local rule = require "orch.offline.defects.rule"

--- Compiled, never run.
local function does_not_compile(file)
  local source = file.bytes:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "")
  local chunk, message = load(source, "=source", "t", {})
  if chunk then return nil end
  local line, said = message:match "^source:(%d+): (.*)$"
  return math.min(tonumber(line) or 1, math.max(#file.lines, 1)), said
end

return {
  { what = "Lua that does not compile", severity = "high", family = "correctness",
    kinds = "lua", fix = "correct the syntax", find = rule.whole(does_not_compile) },

  { what = "command built from a variable", severity = "medium", family = "safety",
    kinds = "lua", fix = "quote what is inserted, or pass it another way",
    find = function(file)
      local hits = rule.lines("%f[%w_]os%.execute%s*%(.-%.%.", "code")(file)
      for _, hit in ipairs(rule.lines("%f[%w_]io%.popen%s*%(.-%.%.", "code")(file)) do
        hits[#hits + 1] = hit
      end
      return hits
    end },

  { what = "debugger statement left in", severity = "medium", family = "correctness",
    kinds = "javascript", fix = "remove it",
    find = rule.lines("^%s*debugger%s*;?%s*$", "code"),
    mend = rule.each_line(function() return false end) },

  { what = "HTML set from a variable", severity = "medium", family = "safety",
    kinds = "javascript", fix = "set textContent, or build the elements",
    find = rule.lines("%.innerHTML%s*%+?=%s*[%a_$]", "code") },
}
