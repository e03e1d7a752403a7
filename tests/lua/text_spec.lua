--- Text: what a terminal showed, valid UTF-8, names that were meant, sizes and likeness.

local text = require "orch.text"

--- Whether *s* may be printed: valid UTF-8 without controls but newline and tab.
local function is_clean(s)
  return utf8.len(s) and not s:find "[^\t\n -\x7E\x80-\xFF]"
    and not s:find "\xC2[\x80-\x9F]" and not s:find "\xE2\x80[\xAA-\xAE]"
end

local function random_text(pieces, most)
  local out = {}
  for i = 1, math.random(most) do out[i] = pieces[math.random(#pieces)] end
  return table.concat(out)
end

describe("text.grouped", function()
  it("keeps what has the same key together, in the order of the first", function()
    local groups = text.grouped({ "a1", "b1", "a2", "c", "d" }, function(item)
      return item:match "%a" ~= "c" and item:match "%a" ~= "d" and item:match "%a" or nil
    end)

    assert.same({ { "a1", "a2" }, { "b1" }, { "c" }, { "d" } }, groups)
  end)

  it("names up to three, of more the first and how many", function()
    assert.equal("a", text.and_more { "a" })
    assert.equal("a, b and c", text.and_more { "a", "b", "c" })
    assert.equal("a and 3 more", text.and_more { "a", "b", "c", "d" })
  end)
end)

describe("text.count", function()
  it("is short", function()
    assert.equal("999", text.count(999))
    assert.equal("12.3k", text.count(12345))
    assert.equal("500k", text.count(500000))
    assert.equal("1M", text.count(999999))
    assert.equal("1.2M", text.count(1200000))
  end)
end)

describe("text.utf8", function()
  it("keeps valid text and says how much it took", function()
    local kept, taken = text.utf8 "a – ż – 😀"

    assert.equal("a – ż – 😀", kept)
    assert.equal(#"a – ż – 😀", taken)
  end)

  it("lets an incomplete character at the end wait for its rest", function()
    for stop = 1, 3 do
      local kept, taken = text.utf8("ab" .. ("😀"):sub(1, stop))

      assert.equal("ab", kept)
      assert.equal(2, taken)
    end
  end)

  it("gives up an incomplete character at the end of all", function()
    local kept, taken = text.utf8("ab\xF0\x9F", true)

    assert.equal("ab\u{FFFD}", kept)
    assert.equal(4, taken)
  end)

  it("replaces what can never be a character at once", function()
    assert.equal("\u{FFFD}a", (text.utf8 "\xFFa"))
    assert.equal("\u{FFFD}\u{FFFD}", (text.utf8 "\xC0\x80"))
    assert.equal("\u{FFFD}(", (text.utf8 "\xE2\x82("))
    assert.equal(("\u{FFFD}"):rep(3), (text.utf8 "\xED\xA0\x80"))
    assert.equal(("\u{FFFD}"):rep(4), (text.utf8 "\xF4\x90\x80\x80"))
  end)

  it("gives the same in pieces as in one", function()
    math.randomseed(1)
    local pieces = { "a", "ż", "😀", "\xE2", "\x82", "\xF0\x9F", "\xFF", "\n", "€" }
    for _ = 1, 500 do
      local whole, got, rest = random_text(pieces, 60), {}, ""
      local from = 1
      while from <= #whole do
        local stop = from + math.random(0, 6)
        local given = rest .. whole:sub(from, stop)
        local part, taken = text.utf8(given)
        got[#got + 1], rest, from = part, given:sub(taken + 1), stop + 1
      end
      got[#got + 1] = text.utf8(rest, true)

      assert.equal((text.utf8(whole, true)), table.concat(got))
      assert.truthy(utf8.len(table.concat(got)))
    end
  end)
end)

describe("text.clean", function()
  for given, expected in pairs {
    ["plain\n\ttext"] = "plain\n\ttext",
    ["a\27[31;1mb\27[0mc"] = "abc",
    ["a\27[?25lb\27[>4;2mc"] = "abc",
    ["a\x9B31mb"] = "ab",
    ["a\xC2\x9B31mb"] = "ab",
    ["a\27]0;title\7b"] = "ab",
    ["a\27]52;c;ZXZpbA==\27\\b"] = "ab",
    ["a\27]8;;http://x\27\\link\27]8;;\27\\b"] = "alinkb",
    ["a\x9D0;title\x9Cb"] = "ab",
    ["a\xC2\x9D0;t\xC2\x9Cb"] = "ab",
    ["a\27Pq#1\27\\b\27_Gx\27\\c\27^p\27\\d\27Xs\27\\e"] = "abcde",
    ["a\27]0;never closed\nb"] = "a\nb",
    ["a\27[31"] = "a",
    ["a\27(Bb\27=c\27Md"] = "abcd",
    ["a\0\1\7\11\12\14\127b"] = "ab",
    ["a\u{202E}b\u{2066}c\u{200B}d\u{FEFF}e\u{AD}f"] = "abcdef",
    ["ś\xC5\x9B"] = "śś",
    ["\xC2\27[m\x9B1mx"] = "\u{FFFD}x",
    ["\27\27[31m[31mx"] = "[31mx",
    ["a\r\nb\r\n"] = "a\nb\n",
    ["10%\r50%\r100%\n"] = "100%\n",
    ["10%\r50%\r"] = "50%",
    ["working\r\27[K\ndone"] = "\ndone",
    ["working\27[2K\rdone"] = "done",
    ["working\r       \rdone"] = "done",
    ["a\b \bb"] = "b",
    ["_\bN_\bA"] = "NA",
    ["żó\b\bx"] = "x",
    ["\b\bx"] = "x",
    ["one\27[2Ctwo"] = "one two",
    ["\xFF\xFE"] = "\u{FFFD}\u{FFFD}",
    ["👍🏽 naïve – “ok”"] = "👍🏽 naïve – “ok”",
  } do
    it(("makes %q of %q"):format(expected, given):gsub("[%c\128-\255]", "."), function()
      assert.equal(expected, text.clean(given))
    end)
  end

  it("gives clean text for whatever bytes, and cleaning again changes nothing", function()
    math.randomseed(2)
    local pieces = { "\27", "[", "]", "0;", "m", "\7", "\27\\", "\x9B", "\xC2",
      "\xC2\x9B",
      "\r", "\b", "\n", "\t", "a", "ż", "😀", "\u{202E}", "\xE2\x80", "\xAE", "\0",
        "P", "31" }
    for _ = 1, 3000 do
      local cleaned = text.clean(random_text(pieces, 40))

      assert.truthy(is_clean(cleaned))
      assert.equal(cleaned, text.clean(cleaned))
    end
  end)

  for what, s in pairs {
    colours = "\27[31ma", titles = "\27]0;", returns = "\r", progress = "1%\r",
      back = "a\b",
    junk = "\xC2a", controls = "\x90", arguments = "0;", lines = "\n\r", blanks = " ",
  } do
    it("of 2 MiB of " .. what .. " takes linear time", function()
      local size = 2 * 1024 * 1024
      local begun = os.clock()

      assert.truthy(is_clean(text.clean("\27[" .. s:rep(size // #s))))

      assert.truthy(os.clock() - begun < 3)
    end)
  end

  it("takes linear time for a long line that is taken back", function()
    local begun = os.clock()

    assert.equal("", text.clean(("a"):rep(500000) .. ("\b\bx"):rep(500000) .. "\b"))

    assert.truthy(os.clock() - begun < 3)
  end)
end)

describe("text.nearest", function()
  local names = { "artefact", "lens", "task", "non_goals", "deadline_ms" }

  it("finds the name that was meant", function()
    for given, expected in pairs { artifact = "artefact", Lens = "lens", lans = "lens",
      nongoals = "non_goals", dead = "deadline_ms", atsk = "task", artef = "artefact" } do
      assert.equal(expected, text.nearest(given, names), given)
    end
  end)

  it("finds nothing when nothing is near", function()
    for _, given in ipairs { "x", "", "colour", "le", "verdict", ("y"):rep(100000) } do
      assert.is_nil(text.nearest(given, names))
    end
  end)
end)

describe("small things:", function()
  it("shorten cuts between characters and keeps to the bytes", function()
    assert.equal("abc", text.shorten("abc", 3))
    assert.equal("abcde...", text.shorten("abcdefghi", 8))
    assert.equal("ab", text.shorten("abcdef", 2))
    for bytes = 0, 12 do
      local short = text.shorten("żółwie są", bytes)
      assert.truthy(#short <= bytes and utf8.len(short))
    end
  end)

  it("lines are without their ends, and an end opens no line", function()
    assert.same({ "a", "", "b" }, text.lines "a\r\n\nb\n")
    assert.same({ "a" }, text.lines "a")
    assert.same({}, text.lines "")
    assert.same({ "", "" }, text.lines "\r\n\n")
  end)

  it("indent leaves empty lines empty", function()
    assert.equal("  a\n\n  b\n", text.indent("a\n\nb\n", 2))
    assert.equal("> a", text.indent("a", "> "))
  end)

  it("durations and sizes are said as people do", function()
    assert.same({ "0.3 s", "9.9 s", "12 s", "1 min", "3 min 20 s", "2 h 5 min", "1 h" },
      { text.duration(300), text.duration(9900), text.duration(12000),
        text.duration(59990),
        text.duration(200000), text.duration(7500000), text.duration(3600000) })
    assert.same({ "1 byte", "512 bytes", "1.5 KiB", "16.0 MiB", "1.0 MiB" },
      { text.size(1), text.size(512), text.size(1536), text.size(1 << 24),
        text.size((1 << 20) - 1) })
  end)

  it("similar goes from 0 to 1 on words", function()
    assert.equal(1, text.similar("The length, unchecked", "length unchecked: THE"))
    assert.equal(0, text.similar("one two", "three four"))
    assert.equal(0.5, text.similar("a b", "b c"))
    assert.equal(1, text.similar("", ""))
    assert.equal(0, text.similar("", "x"))
  end)

  it("sorted pairs come in the same order always", function()
    local seen = {}
    for key in text.sorted_pairs { b = 1, a = 2, [2] = 3, [1] = 4, [true] = 5 } do
      seen[#seen + 1] = key
    end

    assert.same({ 1, 2, "a", "b", true }, seen)
  end)

  it("either joins, suggest ends a message", function()
    assert.equal("a, b or c", text.either { "a", "b", "c" })
    assert.equal("a and b", text.either({ "a", "b" }, "and"))
    assert.equal("; did you mean 'lens'?", text.suggest("lense", { "lens", "task" }))
    assert.equal(": expected lens or task", text.suggest("x", { "lens", "task" }))
  end)

  it("trim is linear inside long white space", function()
    local begun = os.clock()

    assert.equal("x" .. (" "):rep(1000000) .. "y",
      text.trim(" x" .. (" "):rep(1000000) .. "y\n"))

    assert.truthy(os.clock() - begun < 1)
  end)
end)
