-- Options: what a script declares, what the user gives, and what both may get wrong.

local options = require "orch.options"

local REVIEW = {
  artefact = { "the file or folder to work on" },
  lens = { "what the reviewer looks for", "correctness" },
  top = { "how many findings to fix", 5, min = 1, max = 20 },
  pace = { "how fast", 1.5 },
  fast = { "skip the slow part", false },
  colour = { "use colour", true },
  lenses = { "what to look for", { "clarity", "risks" }, min = 2, max = 3 },
  check = { "a command that must pass", optional = true },
  max_rounds = { "how often", optional = true, min = 1 },
  files = { "what to read", optional = true, list = true },
}

local ABOUT = { script = "review_fix", reserved = { "agent", "dry-run" } }

local function parse(...)
  return options.parse(REVIEW, { "--artefact", "a.c", ... }, ABOUT)
end

local function refusal(...)
  local opt, message = parse(...)
  assert.is_nil(opt)
  return message
end

local function mistake(declared)
  local ok, message = pcall(options.parse, declared, {}, ABOUT)
  assert.is_false(ok)
  return message
end

describe("options", function()
  it("take the default of what is not given", function()
    local opt = parse()

    assert.equal("correctness", opt.lens)
    assert.equal(5, opt.top)
    assert.is_false(opt.fast)
    assert.is_true(opt.colour)
    assert.same({ "clarity", "risks" }, opt.lenses)
    assert.is_nil(opt.check)
    assert.is_nil(opt.files)
  end)

  it("take a value as the next word or after an equals sign", function()
    local opt = parse("--lens", "style", "--check=make -C a=b test")

    assert.equal("style", opt.lens)
    assert.equal("make -C a=b test", opt.check)
  end)

  it("make numbers of what has a number as default or a bound", function()
    local opt = parse("--top", "7", "--pace=-2.5e1", "--max-rounds", "3")

    assert.equal("integer", math.type(opt.top))
    assert.equal(-25.0, opt.pace)
    assert.equal(3, opt.max_rounds)
  end)

  it("take a negative number as the next word", function()
    assert.equal(-3, parse("--pace", "-3").pace)
  end)

  it("switch a flag on and off", function()
    local opt = parse("--fast", "--no-colour")

    assert.is_true(opt.fast)
    assert.is_false(opt.colour)
  end)

  it("make a list of commas, of repetition, and of both", function()
    assert.same({ "a", "b" }, parse("--lenses", "a,b").lenses)
    assert.same({ "a", "b", "c" }, parse("--lenses", " a , b,", "--lenses=c").lenses)
    assert.same({ "x" }, parse("--files", "x").files)
  end)

  it("make a list of numbers of a list with numbers as default", function()
    local opt = options.parse({ sizes = { "how big", { 1, 2 } } }, { "--sizes", "3,4" })

    assert.same({ 3, 4 }, opt.sizes)
  end)

  it("give each run its own copy of a default list", function()
    parse().lenses[1] = "changed"

    assert.equal("clarity", parse().lenses[1])
  end)

  it("do not tell dashes from underscores", function()
    local opt = parse("--max_rounds", "2")

    assert.equal(2, opt.max_rounds)
    assert.equal(2, opt["max-rounds"])
    assert.equal(1, options.parse({ ["dry-days"] = { "days", 1 } }, {}).dry_days)
  end)

  it("may be declared empty", function()
    assert.same({}, options.parse({}, {}))
  end)
end)

describe("the user is told", function()
  it("what is missing, and what it is for", function()
    local opt, message = options.parse(REVIEW, {}, ABOUT)

    assert.is_nil(opt)
    assert.equal("review_fix needs --artefact: the file or folder to work on", message)
  end)

  it("all that is missing at once", function()
    local _, message = options.parse({ a = { "the one" }, b = { "the other" } }, {})

    assert.equal("the script needs --a: the one; and --b: the other", message)
  end)

  it("which option is unknown and the nearest one", function()
    assert.equal("unknown option '--lense'; did you mean '--lens'?",
      refusal("--lense", "x"))
    assert.equal("unknown option '--max-round'; did you mean '--max-rounds'?",
      refusal "--max-round=3")
    assert.equal("unknown option '--agnt'; did you mean '--agent'?", refusal "--agnt")
  end)

  it("which options there are when none is near", function()
    assert.matches("^unknown option '%-%-zzzzzzzzz'; review_fix takes %-%-artefact, ",
      refusal "--zzzzzzzzz")
    local _, message = options.parse({}, { "--zzzzzzzzz" })
    assert.equal("unknown option '--zzzzzzzzz'; the script takes no options", message)
  end)

  it("that a value is missing", function()
    assert.equal("--lens needs a value: what the reviewer looks for", refusal "--lens")
    assert.equal("--lens needs a value: what the reviewer looks for",
      refusal("--lens", "--fast"))
  end)

  it("that a required value is empty", function()
    local _, message = options.parse(REVIEW, { "--artefact", "" }, ABOUT)

    assert.equal("--artefact is empty: the file or folder to work on", message)
  end)

  it("which type is wrong", function()
    assert.equal("--top must be a whole number, not 'five': how many findings to fix",
      refusal("--top", "five"))
    assert.equal("--top must be a whole number, not '2.5': how many findings to fix",
      refusal("--top", "2.5"))
    assert.equal("--pace must be a number, not '1e999': how fast",
      refusal("--pace", "1e999"))
    assert.equal("--fast takes no value; write --fast or --no-fast", refusal "--fast=yes")
  end)

  it("which bound is broken", function()
    assert.equal("--top must be 1 to 20, not 21: how many findings to fix",
      refusal("--top", "21"))
    assert.equal("--max-rounds must be at least 1, not 0: how often",
      refusal("--max-rounds", "0"))
    assert.equal("--lenses must have 2 to 3 items, not 1: what to look for",
      refusal("--lenses", "a"))
  end)

  it("that a word is stray or an option is given twice", function()
    assert.equal("stray word 'src'; an option is given as --name value", refusal "src")
    assert.equal("stray word '--'; an option is given as --name value", refusal "--")
    assert.equal("--lens is given twice", refusal("--lens", "a", "--lens", "b"))
    assert.equal("unknown option '-t'", refusal("-t"):match "^[^;]+")
  end)
end)

describe("the script is told on its own line", function()
  it("which option it reads without having declared it", function()
    local opt = parse()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() return opt.artefcat end)

    assert.matches("there is no option 'artefcat'; did you mean 'artefact'%?", message)
    assert.matches(("options_spec.lua:%d:"):format(line), message)
  end)

  it("which option it writes without having declared it", function()
    local opt = parse()
    opt.check = "make"

    assert.equal("make", opt.check)
    assert.has_error(function() opt.chekc = "make" end,
      "there is no option 'chekc'; did you mean 'check'?")
  end)

  it("which of its declarations is wrong", function()
    assert.matches("option 'a' must be { help, default }", mistake { a = "help" })
    assert.matches("option 'a' must be { help, default }", mistake { a = {} })
    assert.matches("'a' has an unknown field 'optionl'; .* did you mean 'optional'%?",
      mistake { a = { "help", optionl = true } })
    assert.matches("option 'a' is a list, but its default is a string",
      mistake { a = { "help", "x", list = true } })
    assert.matches("option 'a' has a bound, but only numbers and lists have one",
      mistake { a = { "help", "x", max = 3 } })
    assert.matches("a default that breaks its bounds: it must be at most 3, not 4",
      mistake { a = { "help", 4, max = 3 } })
    assert.matches("option 'a' cannot have a function as its default",
      mistake { a = { "help", print } })
    assert.matches("'1' cannot be the name of an option", mistake { { "help" } })
    assert.matches("option 'a_b' is declared twice",
      mistake { ["a-b"] = { "help" }, a_b = { "help" } })
    assert.matches("option 'no_fast' cannot be told from the flag 'fast' switched off",
      mistake { fast = { "help", true }, no_fast = { "help", "x" } })
    assert.matches("options are declared in a table", mistake "artefact")
  end)

  it("which name is an option of orch-lua itself", function()
    assert.matches("option 'agent' is an option of orch%-lua itself",
      mistake { agent = { "help" } })
    assert.matches("option 'dry_run' is an option of orch%-lua",
      mistake { dry_run = { "help" } })
  end)

  it("and the line is that of the declaration", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() options.parse({ a = 1 }, {}) end)

    assert.matches(("options_spec.lua:%d: option 'a'"):format(line), message)
  end)
end)

describe("help", function()
  it("shows the header, then the required options, then the others", function()
    local text = options.help("Review an artefact.", {
      artefact = { "the file or folder to work on" },
      check = { "a command that must pass", optional = true },
      colour = { "use colour", true },
      lenses = { "what to look for", { "clarity", "risks" } },
      top = { "how many findings to fix", 5 },
    })

    assert.equal([[
Review an artefact.

Options:
  --artefact TEXT   the file or folder to work on (required)
  --check TEXT      a command that must pass (optional)
  --no-colour       use colour (on unless switched off)
  --lenses A,B,...  what to look for (default: clarity,risks)
  --top NUMBER      how many findings to fix (default: 5)
]], text)
  end)

  it("breaks long lines", function()
    local text = options.help("", { a = { ("word "):rep(30) } })

    for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
  end)

  it("says that there are no options", function()
    assert.equal("Hello.\n\nThis script takes no options.\n", options.help("Hello.", {}))
  end)

  it("takes the header from the first lines with three dashes", function()
    local source = "#!/usr/bin/env orch-lua\n-- A licence.\n\n"
      .. "--- Review it.\n---\n---   More. \r\nlocal x\n--- not this"

    assert.equal("Review it.\n\n  More.", options.header(source))
    assert.equal("", options.header "local x\n--- not this\n")
    assert.equal("Only.", options.header "\xEF\xBB\xBF--- Only.")
  end)
end)
