--- The environment of a child: a stated allow-list and fixed locale, pager and colour;
--- never everything, so that no secret of the user's shell reaches a worker by accident.

local core = require "orch.core"

local environment = {}

local PASSED = {
  "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ",
  "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
  "XDG_RUNTIME_DIR",
  "ORCH_STATE_DIR", "ORCH_RUN", "ORCH_WORKER",
}

local FIXED = {
  LANG = "C.UTF-8", LC_ALL = "C.UTF-8", TERM = "dumb", NO_COLOR = "1",
  PAGER = "cat", GIT_PAGER = "cat", GH_PAGER = "cat", GIT_TERMINAL_PROMPT = "0",
}

--- Names by which a program that talks to a server is told how to reach and trust it.
environment.network = {
  "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
  "http_proxy", "https_proxy", "all_proxy", "no_proxy",
  "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
}

local DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

local function compose(own, pass)
  local outside = core.environment()
  local set = { PATH = DEFAULT_PATH }
  for _, names in ipairs { PASSED, pass } do
    for _, name in ipairs(names) do set[name] = outside[name] or set[name] end
  end
  for name, value in pairs(FIXED) do set[name] = value end
  for name, value in pairs(own) do set[name] = value or nil end
  local list = {}
  for name, value in pairs(set) do list[#list + 1] = name .. "=" .. value end
  table.sort(list)
  return list
end

local plain                    -- the list for a child that asks for nothing of its own

--- Return { "NAME=value", ... } in order of names: the allowed names, those in the list
-- *pass* as well, the fixed ones, and *own* (name -> value; false takes a name away).
-- The list is not the caller's to change.
function environment.of_child(own, pass)
  if own or pass then return compose(own or {}, pass or {}) end
  plain = plain or compose({}, {})
  return plain
end

return environment
