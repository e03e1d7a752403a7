--- What looks like a secret that was written into a file.  Evidence shows its beginning
-- only: a report must not spread what it warns of.

local SHOWN = 4

local function hide(line, secret)
  local first, last = line:find(secret, 1, true)
  return line:sub(1, first - 1) .. secret:sub(1, SHOWN) .. "..." .. line:sub(last + 1)
end

local PLACEHOLDERS = {
  "example", "sample", "dummy", "change", "your", "test", "xxx", "placeholder", "secret",
  "password", "redacted", "%.%.%.", "[<>${}%%*]", "^%d+$", "%s",
}

local function is_placeholder(value)
  value = value:lower()
  for _, pattern in ipairs(PLACEHOLDERS) do
    if value:find(pattern) then return true end
  end
  return false
end

--- The head of a key alone may be a constant of a program that reads keys.
local function has_key(_, file, n)
  return (file.lines[n + 1] or ""):find("^%s*[\"']?" .. ("[%w+/]"):rep(32)) ~= nil
    or file.lines[n]:find("KEY%-%-%-%-%-\\n" .. ("[%w+/]"):rep(16)) ~= nil
end

--- Find what *patterns* capture; accept(secret, file, n) may refuse it.
local function secrets(patterns, accept)
  return function(file)
    local hits = {}
    for n, line in ipairs(file.lines) do
      for _, pattern in ipairs(patterns) do
        local secret = line:match(pattern)
        if secret and accept(secret, file, n) then
          hits[#hits + 1] = { line = n, evidence = hide(line, secret) }
          break
        end
      end
    end
    return hits
  end
end

local TOKENS = {
  "%f[%w](AKIA[%u%d]" .. ("[%u%d]"):rep(15) .. ")%f[^%w]",
  "%f[%w](gh[opsu]_" .. ("%w"):rep(36) .. "%w*)",
  "%f[%w](xox[abprs]%-[%w%-]" .. ("[%w%-]"):rep(15) .. "[%w%-]*)",
  "%f[%w](sk%-[%w_%-]*" .. ("[%w_%-]"):rep(20) .. ")%f[^%w_%-]",
  "%f[%w](AIza" .. ("[%w_%-]"):rep(35) .. ")",
}

local ASSIGNED = {}
for _, name in ipairs { "[Pp][Aa][Ss][Ss][Ww][Oo]?[Rr]?[Dd]", "[Ss][Ee][Cc][Rr][Ee][Tt]",
  "[Aa][Pp][Ii][_-]?[Kk][Ee][Yy]", "[Tt][Oo][Kk][Ee][Nn]" } do
  ASSIGNED[#ASSIGNED + 1] = name .. "[\"']?%s*[:=]+%s*[\"']([^\"']+)[\"']"
end

return {
  { what = "private key in a file", severity = "critical", family = "safety",
    fix = "replace the key, and keep the new one out of the repository",
    find = secrets({ "%-%-%-%-%-BEGIN [%u ]-(PRIVATE KEY%-%-%-%-%-)" }, has_key) },

  { what = "what looks like a token", severity = "critical", family = "safety",
    fix = "revoke the token, and read the new one from the environment",
    find = secrets(TOKENS, function(secret)
      return secret:find "%d" and not secret:lower():find "example"
    end) },

  { what = "what looks like a password", severity = "high", family = "safety",
    fix = "change it, and read the new one from the environment",
    find = secrets(ASSIGNED, function(secret)
      local mixed = secret:find "%d" and secret:find "%a"
      return #secret >= 8 and mixed and not is_placeholder(secret)
    end) },
}
