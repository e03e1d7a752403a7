-- What the offline agent knows of defects: for each kind a text that has it, one that
-- does not, and, if it is mechanical, what mending makes of it.

local here = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
local support = assert(loadfile(here .. "support.lua", "t", _ENV))()
local defects = require "orch.offline.defects"
local files = require "orch.offline.files"

local function sh(text) return "#!/bin/sh\nset -e\n" .. text end

local TOKEN = "ghp_" .. ("a1"):rep(18)
local KEY = "-----BEGIN RSA PRIVATE " .. "KEY-----\n" .. ("Ab3/"):rep(16) .. "\n"

-- { what, path, dirty, line of the first hit, clean, mended | nil }
local CASES = {
  { "unresolved merge conflict", "a.txt",
    "a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n", 2,
    "Title\n=======\n\nUse << and >>.\n" },
  { "unresolved merge conflict", "a.c",
    "a\n<<<<<<< ours\nb\n=======\nb\n>>>>>>> theirs\nd\n", 2,
    "a << b;\n", "a\nb\nd\n" },
  { "unresolved merge conflict", "a.md", "left\n>>>>>>> theirs\n", 2, ">>> quoted\n" },
  { "text that is not UTF-8", "a.txt", "fine\ncaf\xE9\n", 2, "café, 日本\n" },
  { "NUL byte in a text", "a.md", "a\nb\0c\n", 2, "a\nb\n" },
  { "hidden control characters that reorder text", "a.c", "int a;\nx = \u{202E}1;\n", 2,
    "x = 1; /* \u{2014} */\n", "int a;\nx = 1;\n" },
  { "mixed line endings", "a.txt", "a\nb\r\nc\n", 2, "a\r\nb\r\n", "a\nb\nc\n" },
  { "mixed line endings", "b.txt", "a\r\nb\nc\r\n", 2, "a\nb\n", "a\r\nb\r\nc\r\n" },
  { "indentation that mixes tabs and spaces", "a.c", "{\n  a;\n  {\n \tb;\n", 4,
    "{\n\ta; // x \t y\n/* one\n \ttwo */\n\tb;\n", "{\n  a;\n  {\n        b;\n" },
  { "indentation that mixes tabs and spaces", "b.c", "{\n\ta;\n\tb;\n  \tc;\n", 4,
    "{\n\ta;\n}\n", "{\n\ta;\n\tb;\n\tc;\n" },
  { "indentation that mixes tabs and spaces", "a.py", "if a:\n    b\n    c\n\td\n", 4,
    "if a:\n    b = '''\n\tx'''\n", "if a:\n    b\n    c\n        d\n" },
  { "work left undone", "a.c", "int a;\nint b; // TODO: name it\n", 2,
    '#define TODO 1\nputs("TODO"); /* TODOS, mkstemp(XXXXXX) */\n' },
  { "work left undone", "a.md", "# A\n\nFIXME: say more.\n", 3,
    "Search for `FIXME` marks.\n" },
  { "trailing space", "a.txt", "a\nb \t\nc\n", 2, "a\nb\n", "a\nb\nc\n" },
  { "trailing space", "a.md", "a \nb\n", 1, "a  \nb\n", "a\nb\n" },
  { "trailing space", "a.sh", sh "x='a\n b'  \n", 4, sh "IFS=' \n'\ncat <<END\na \nEND\n",
    sh "x='a\n b'\n" },
  { "trailing space", "a.go", "x := 1 \n", 1, "x := 1\n" },
  { "no newline at the end of the file", "a.txt", "a\r\nb", 2, "a\n", "a\r\nb\r\n" },
  { "several blank lines at the end of the file", "a.txt", "a\n\n \n", 3, "a\n\n",
    "a\n" },
  { "doubled word", "a.md", "# A\n\nIt is is the the end.\n", 3,
    "That that is, had had `to` to be. Baden Baden, the-the, x ← ← y, a.the the.b\n",
    "# A\n\nIt is the end.\n" },
  { "doubled word", "b.md", "This is the\nthe end.\n", 2,
    "# The end\nend of it\n```\nx x\n```\n",
    "This is the\nend.\n" },
  { "doubled word", "c.txt", "This is the\nthe\nend.\n", 2, "One one-off.\n",
    "This is the\nend.\n" },
  { "broken link", "docs/a.md", "See [x](b.md).\n[y]: ../none/c.md\n", 1,
    "[a](../fine.md) [b](/fine.md#x) [c](http://x/y.md) [d](#here) [e](mailto:a@b)\n"
    .. "`[f](none.md)` [g](<../with%20space.md> \"T\")\n"
    .. "```\n[h](none.md)\n```\n[i]: ../fine.md\n" },
  { "missing image", "a.md", "![alt](none.png)\n", 1, "![alt](fine.png)\n" },
  { "link without an address", "a.md", "See [x]().\n", 1, "See [x](fine.md).\n" },
  { "image without a description", "a.md", "![](fine.png)\n", 1,
    "![A picture](fine.png)\n" },
  { "code block that is never closed", "a.md", "a\n```c\nint x;\n", 2,
    "```c\nint x;\n```\n~~~~\n```\n~~~~\n" },
  { "heading that skips a level", "a.md", "# A\n### B\n", 2, "# A\n## B\n### C\n# D\n" },
  { "unsafe call of gets", "a.c", "char b[8];\ngets(b);\n", 2,
    "fgets(b, 8, f); s.gets(b); p->gets(b); /* gets(b) */ char *gets(char *b);\n" },
  { "unsafe call of strcpy", "a.c", "strcpy(a, b);\n", 1,
    'strcpy(a, "x"); // strcpy(a, b)\nputs("strcpy(a, b)"); my_strcpy(a, b);\n' },
  { "unsafe call of strcat", "a.cpp", "strcat(a, f(b));\n", 1, 'strcat(a, "x");\n' },
  { "unsafe call of sprintf", "a.h", "sprintf(a, f, b);\n", 1,
    "snprintf(a, 9, f, b);\n#define sprintf(a, ...) x\nint sprintf(char *a, ...);\n" },
  { "unsafe call of vsprintf", "a.c", "vsprintf(a, f, b);\n", 1,
    "vsnprintf(a, 9, f, b);\n" },
  { "unsafe call of mktemp", "a.c", "mktemp(a);\n", 1, "mkstemp(a);\n" },
  { "unsafe call of tmpnam", "a.c", "tmpnam(a);\n", 1, "tmpfile();\n" },
  { "scanf that reads a word of any length", "a.c", 'sscanf(a, "%d %s", &n, b);\n', 1,
    'sscanf(a, "%d %8s", &n, b); puts("%s");\n' },
  { "format string that is not a literal", "a.c",
    "if (a) printf(name); // printf(name)\n", 1,
    'printf("%s", name); printf(FORMAT); fprintf(f, "x");\n',
    'if (a) printf("%s", name); // printf(name)\n' },
  { "strncat bounded by the whole buffer", "a.c", "strncat(b, s, sizeof(b));\n", 1,
    "strncat(b, s, sizeof(b) - strlen(b) - 1);\n" },
  { "assignment in a condition", "a.c", "if (a->b = c)\n", 1,
    "if (a == b) while ((c = f())) if (a>=b) if (a != b) if (a<=b) if (x = = y)\n" },
  { "condition without a body", "a.c", "if (a);\n  b();\n", 1,
    "if (a) b();\nwhile (f());\n" },
  { "memory lost when realloc fails", "a.c", "p = realloc(p, n);\n", 1,
    "q = realloc(p, n);\n" },
  { "memset of no bytes", "a.c", "memset(p, sizeof x, 0);\n", 1,
    "memset(p, 0, sizeof x);\n" },
  { "shell script that ignores errors", "a.sh", "#!/bin/sh\ncd a\nrm b\n", 1,
    "#!/bin/bash\nset -euo pipefail\ncd a\n", "#!/bin/sh\nset -e\ncd a\nrm b\n" },
  { "shell script that ignores errors", "run", "#!/usr/bin/env bash\n# set -e\na\nb\n", 1,
    "#!/bin/sh\nexec a\n", "#!/usr/bin/env bash\nset -e\n# set -e\na\nb\n" },
  { "arguments that are split: unquoted $@", "a.sh", sh "f $@ # $@\n", 3,
    sh "f \"$@\" '$@' \"$(g \"$@\")\"\n", sh 'f "$@" # $@\n' },
  { "removal of an unquoted variable", "a.sh", sh "rm -rf $x/a ${y} b\n", 3,
    sh "rm -rf \"$x\" 'a $b'\nrm -f $x\nfarm -r $x\n",
      sh 'rm -rf "${x:?}/a" "${y:?}" b\n' },
  { "download that is executed at once", "a.sh", sh "curl -s http://x/y | sudo bash\n", 3,
    sh "curl -s http://x/y | tar x\n# curl x | sh\n" },
  { "permissions for everybody", "a.sh", sh "chmod -R 777 x\n", 3,
    sh "chmod 1777 x; chmod 755 y\n" },
  { "every exception is caught", "a.py", "try:\n  f()\nexcept:\n  g('except:')\n", 3,
    "except ValueError:\n'''\nexcept:\n'''\n",
      "try:\n  f()\nexcept Exception:\n  g('except:')\n" },
  { "evaluation of text as code", "a.py", "x = eval(y)\n", 1,
    "model.eval()\nast.literal_eval(y)\ndef eval(x): pass\n# eval(y)\n" },
  { "evaluation of text as code", "a.js", "x = eval(y);\n", 1,
    "x.eval(y); // eval(y)\n" },
  { "default argument that is shared between calls", "a.py", "def f(a, b=[]):\n", 1,
    "def f(a, b=None):\n  c = []\n" },
  { "comparison with None by ==", "a.py", "if a==None and b != None:\n", 1,
    "if a is None: # a == None\n", "if a is None and b is not None:\n" },
  { "assertion that is always true", "a.py", "assert (a, 'b')\n", 1,
    "assert (a == b)\nassert (a, b) == c\nassert (f(a, b))\n" },
  { "debugger left in", "a.py", "def f():\n    breakpoint()\n", 2, "x = breakpoint\n",
    "def f():\n    pass\n" },
  { "debugger left in", "b.py", "import pdb; pdb.set_trace()\n", 1, "# pdb.set_trace()\n",
    "pass\n" },
  { "YAML that may build any object", "a.py", "yaml.load(f)\n", 1,
    "yaml.safe_load(f)\nyaml.load(f, Loader=yaml.SafeLoader)\n" },
  { "command line given to a shell", "a.py", "run(c, shell=True)\n", 1,
    "run([c], shell=False)\n" },
  { "Lua that does not compile", "a.lua", "local a\nlocal = 1\n", 2,
    "#!/usr/bin/lua\nlocal a\n" },
  { "command built from a variable", "a.lua", "os.execute('rm ' .. x)\n", 1,
    "os.execute 'ls'\n-- os.execute('rm ' .. x)\n" },
  { "debugger statement left in", "a.js", "a();\n  debugger;\nb();\n", 2,
    "// debugger;\n",
    "a();\nb();\n" },
  { "HTML set from a variable", "a.js", "e.innerHTML = name;\n", 1,
    "e.innerHTML = '';\n" },
  { "JSON that does not parse", "a.json", '{\n  "a": [1, 2,],\n}\n', 2, '{"a": ",}"}\n',
    '{\n  "a": [1, 2]\n}\n' },
  { "JSON that does not parse", "b.json", '{\n  "a" 1\n}\n', 2, "[]\n" },
  { "key that is there twice", "a.json", '{"a": {"b": 1},\n "b": 2,\n "a": 3}\n', 3,
    '[{"a": "a"}, {"a": {"a": 1}}]\n' },
  { "line that is no JSON", "a.jsonl", '{"a":1}\n{"a":\n', 2, '{"a":1}\n\n[]\n' },
  { "tab in the indentation of YAML", "a.yaml", "a:\n\tb: 1\n", 2, "a:\n  b: \t1\n",
    "a:\n  b: 1\n" },
  { "private key in a file", "key.txt", "x\n" .. KEY, 2,
    'START = "-----BEGIN RSA PRIVATE KEY-----"\n' },
  { "what looks like a token", "a.py", "t = '" .. TOKEN .. "'\n", 1,
    "t = 'ghp_short'\nmask-sk-a-long-name-of-some-file\n" },
  { "what looks like a password", "a.py", "password = 'hunter42!'\n", 1,
    "password = 'change-me-1'\npassword = os.environ['PASS1word']\npassword = 'abc1'\n" },
}

local OTHERS = {
  ["/p/fine.md"] = "Fine.\n", ["/p/fine.png"] = "png", ["/p/with space.md"] = "Fine.\n",
}

--- The file at *path* with this content, in a world of its own.
local function open(path, content)
  local given = { ["/p/" .. path] = content }
  for name, text in pairs(OTHERS) do given[name] = text end
  return assert(files.read(support.world { files = given }, "/p", "/p/" .. path))
end

local function defect_of(what)
  for _, defect in ipairs(defects.all) do
    if defect.what == what then return defect end
  end
  error("there is no defect '" .. what .. "'")
end

for _, case in ipairs(CASES) do
  local what, path, dirty, line, clean, mended = table.unpack(case)
  local defect = defect_of(what)

  describe(what .. " in " .. path, function()
    it("is found in its line", function()
      local hits = defects.find(defect, open(path, dirty))

      assert.is_true(#hits > 0, "not found")
      assert.equal(line, hits[1].line)
      assert.matches("%S", hits[1].evidence)
    end)

    it("is not found where it is not", function()
      assert.same({}, defects.find(defect, open(path, clean)))
    end)

    if mended then
      it("is mended once and for all", function()
        local file = open(path, dirty)
        local hits = defects.find(defect, file)

        local text = assert(defect.mend(file, hits))

        assert.equal(mended, text)
        assert.same({}, defects.find(defect, files.view(file, text)))
      end)
    else
      it("is not mended without judgement", function()
        local file = open(path, dirty)

        local text = defect.mend and defect.mend(file, defects.find(defect, file))

        assert.is_nil(text)
      end)
    end
  end)
end

describe("the table of defects", function()
  it("has a case here for each entry", function()
    local tested = {}
    for _, case in ipairs(CASES) do tested[case[1]] = true end

    for _, defect in ipairs(defects.all) do assert.is_true(tested[defect.what],
      defect.what) end
  end)

  it("has a mended text here for each mechanical entry", function()
    local mended = {}
    for _,
      case in ipairs(CASES) do mended[case[1]] = mended[case[1]] or case[6] ~= nil end

    for _, defect in ipairs(defects.all) do
      assert.equal(defect.mend ~= nil, mended[defect.what], defect.what)
    end
  end)

  it("says of each entry what it is, how severe, and what to do", function()
    local severities = { critical = true, high = true, medium = true, low = true }
    local families = { safety = true, correctness = true, clarity = true, style = true }
    for _, defect in ipairs(defects.all) do
      assert.is_true(severities[defect.severity], defect.what)
      assert.is_true(families[defect.family], defect.what)
      assert.matches("%S", defect.fix)
    end
  end)

  it("finds an entry by the title of its finding, the longest name first", function()
    for _, defect in ipairs(defects.all) do
      local hit = { line = 1, detail = "x: (y)" }
      assert.equal(defect, defects.by_title(defects.title(defect, hit)))
      assert.equal(defect, defects.by_title(defects.title(defect, hit, 12)))
    end
    assert.is_nil(defects.by_title "trailing spaces are ugly")
    assert.is_nil(defects.by_title "anything else")
  end)

  it("finds nothing in an empty file or one of another kind", function()
    for _, path in ipairs { "a.c", "a.md", "a.sh", "a.py", "a.json", "a.lua", "empty" } do
      local file = open(path, "")
      for _, defect in ipairs(defects.all) do
        assert.same({}, defects.find(defect, file), defect.what .. " in " .. path)
      end
    end
    assert.same({},
      defects.find(defect_of "unsafe call of gets", open("a.txt", "gets(b);\n")))
  end)

  it("survives any bytes in any kind of file", function()
    local bytes = {}
    for i = 0, 2047 do bytes[i + 1] = string.char((i * 167 + i // 13) % 256) end
    local content = table.concat(bytes)
    for _, path in ipairs { "a.c", "a.md", "a.sh", "a.py", "a.json", "a.jsonl", "a.lua",
      "a.js", "a.yaml", "a.txt", "Makefile", "a.diff" } do
      local file = open(path, content)
      for _, defect in ipairs(defects.all) do
        local hits = defects.find(defect, file)
        if defect.mend and #hits > 0 then defect.mend(file, hits) end
        for _, hit in ipairs(hits) do assert.is_truthy(utf8.len(hit.evidence)) end
      end
    end
  end)

  it("finds the hit of a finding by its words, the nearest first, then by its line",
    function()
    local file = open("a.c", "gets(a);\ngets(b);\nx;\ngets(b);\n")
    local defect = defect_of "unsafe call of gets"
    local function line_of(line, evidence)
      local hits = defects.hits_of(defect, file, { line = line, evidence = evidence })
      return hits[1] and hits[1].line, #hits
    end

    assert.same({ 4, 1 }, { line_of(5, "gets(b);") })
    assert.same({ 2, 1 }, { line_of(1, "gets(b);") })
    assert.same({ 1, 1 }, { line_of(1, "some words") })
    assert.same({ nil, 0 }, { line_of(3, "some words") })
  end)

  it("counts all lines as one finding where one stands for all", function()
    local file = open("a.txt", "a \nb\nc \n")
    local finding = { line = 7, evidence = "gone" }

    assert.equal(2, #defects.hits_of(defect_of "trailing space", file, finding))
  end)

  it("does not repeat a secret", function()
    local file = open("a.py", "token = '" .. TOKEN .. "'\n")
    local hit = defects.find(defect_of "what looks like a token", file)[1]

    assert.equal("token = 'ghp_...'", hit.evidence)
  end)

  it("quotes long lines shortened and control sequences not at all", function()
    local file = open("a.txt", "\27[31m" .. ("x"):rep(500) .. " \n")
    local hit = defects.find(defect_of "trailing space", file)[1]

    assert.is_true(#hit.evidence <= 160)
    assert.is_nil(hit.evidence:find("\27", 1, true))
  end)
end)

describe("reading a shell script", function()
  it("reads substitutions that are never closed once, however deep", function()
    local script = sh('x="' .. ("$("):rep(200) .. "\n")

    local file = files.view({ path = "a.sh", kind = "shell" }, script)

    assert.equal(3, #file.code)
  end)
end)
