-- How well merging tells one defect in two wordings from two defects, on labelled pairs.
--
-- merge_pairs/half_a.txt and half_b.txt hold pairs in the words of a reply: a line
-- `# same: what it is about` or `# different: ...`, then two findings.  Tune on half A;
-- half B says what the tuning is worth, so nobody looks at its mistakes one by one.

local findings = require "orch.findings"
local reply = require "orch.reply"

local PRECISION, RECALL = 0.95, 0.85

local folder = debug.getinfo(1, "S").source:match "^@(.*/)[^/]*$" .. "merge_pairs/"

local function parse(pair)
  local read, problem = reply.findings.grammar(table.concat(pair.lines, "\n"))
  local count = read and #read.findings
  assert(count == 2, ("%s: %s"):format(pair.about, problem or count .. " findings"))
  pair.first, pair.second = read.findings[1], read.findings[2]
  return pair
end

--- The pairs of half "a" or "b": { { same =, about =, first =, second = }, ... }.
local function read_half(half)
  local list = {}
  for line in io.lines(("%shalf_%s.txt"):format(folder, half)) do
    local label, about = line:match "^# (%l+): (.*)$"
    if label then
      assert(label == "same" or label == "different", line)
      list[#list + 1] = { same = label == "same", about = about, lines = { "FINDINGS:" } }
    else
      table.insert(list[#list].lines, line)
    end
  end
  for _, pair in ipairs(list) do parse(pair) end
  return list
end

local function joins(first, second)
  local merged = findings.merge({ { label = "W1", findings = { first } },
    { label = "W2", findings = { second } } }, { numbering = findings.numbering() })
  return #merged == 1
end

--- The 95 % Wilson interval of *right* out of *all*.
local function wilson(right, all)
  local z = 1.959964
  local share, spread = right / all, z * z / all
  local middle = (share + spread / 2) / (1 + spread)
  local width = math.sqrt(share * (1 - share) * spread + spread * spread / 4)
  return middle - width / (1 + spread), middle + width / (1 + spread)
end

local function measure(list)
  local found = { joined = 0, right = 0, same = 0 }
  for _, pair in ipairs(list) do
    local joined = joins(pair.first, pair.second)
    found.same = found.same + (pair.same and 1 or 0)
    found.joined = found.joined + (joined and 1 or 0)
    found.right = found.right + (joined and pair.same and 1 or 0)
  end
  found.precision, found.recall = found.right / found.joined, found.right / found.same
  return found
end

local function tell(half, list, found)
  local function in_words(what, right, all)
    return ("%s %.3f (%d of %d, %.3f to %.3f)"):format(what, right / all, right, all,
      wilson(right, all))
  end
  print(("merging, half %s, %d pairs: %s, %s"):format(half, #list,
    in_words("precision", found.right, found.joined),
    in_words("recall", found.right, found.same)))
end

describe("merging labelled pairs", function()
  local halves = { a = read_half "a", b = read_half "b" }

  it("is measured on at least 200 pairs, of both labels in both halves", function()
    assert.is_true(#halves.a + #halves.b >= 200)
    for _, list in pairs(halves) do
      local same = measure(list).same
      assert.is_true(same >= 50 and #list - same >= 50)
    end
  end)

  it("joins seldom what is two and mostly what is one", function()
    local found = {}
    for _, half in ipairs { "a", "b" } do
      found[half] = measure(halves[half])
      tell(half:upper(), halves[half], found[half])
    end

    assert.is_true(found.b.precision >= PRECISION)
    assert.is_true(found.b.recall >= RECALL)
  end)

  it("does not depend on which reviewer is first", function()
    for _, list in pairs(halves) do
      for _, pair in ipairs(list) do
        assert.equal(joins(pair.first, pair.second), joins(pair.second, pair.first))
      end
    end
  end)
end)
