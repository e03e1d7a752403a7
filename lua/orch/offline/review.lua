--- The offline reviewer: real defects in the artefact, with place, evidence and fix.

local defects = require "orch.offline.defects"
local files = require "orch.offline.files"

local review = {}

local MOST = 40                -- findings in a reply
local MOST_OF_A_KIND = 5       -- of one kind in one file
local RANK = { critical = 1, high = 2, medium = 3, low = 4 }

-- Which families a lens sees, by the beginnings of its words.  A lens without one of
-- these words sees everything.
local LENSES = {
  { families = "safety correctness",
    words = "security secure safe risk failure danger vulnerab robust" },
  { families = "clarity style",
    words = "clarity clear structure style consisten readab wording audience accessib" },
}

--- The families that *lens* looks for, most wanted first; nil for all.
local function families_of(lens)
  local families, n = {}, 0
  for word in lens:lower():gmatch "%a+" do
    for _, entry in ipairs(LENSES) do
      for start in entry.words:gmatch "%a+" do
        if word:sub(1, #start) == start then
          for family in entry.families:gmatch "%a+" do
            n = n + 1
            families[family] = families[family] or n
          end
        end
      end
    end
    if word:find "^correct" or word:find "^complete" then return nil end
  end
  return n > 0 and families or nil
end

--- How wanted a defect is through the lens; nil for what it hides: all that is neither
-- of its families nor severe.
local function wanted(defect, families)
  if not families or defect.severity == "critical" then return 0 end
  if families[defect.family] then return families[defect.family] end
  return defect.severity == "high" and 100 or nil
end

local function add(findings, defect, file, hit, count)
  findings[#findings + 1] = {
    defect = defect, path = file.path, line = hit.line, order = #findings,
    title = defects.title(defect, hit, count), evidence = hit.evidence, fix = defect.fix,
  }
end

--- The findings of one defect in one file; return how many were too many to list.
local function look_at(file, defect, findings)
  local hits = defects.find(defect, file)
  if #hits == 0 then return 0 end
  if defect.once then
    add(findings, defect, file, hits[1], #hits)
    return 0
  end
  for i = 1, math.min(#hits, MOST_OF_A_KIND) do add(findings, defect, file, hits[i]) end
  return math.max(0, #hits - MOST_OF_A_KIND)
end

local function rank(findings, families)
  table.sort(findings, function(a, b)
    local x, y = wanted(a.defect, families), wanted(b.defect, families)
    if x ~= y then return x < y end
    x, y = RANK[a.defect.severity], RANK[b.defect.severity]
    if x ~= y then return x < y end
    return a.order < b.order
  end)
end

local function write(findings, out)
  if #findings == 0 then
    out[#out + 1] = "FINDINGS: none"
    return
  end
  out[#out + 1] = "FINDINGS:"
  for i = 1, math.min(#findings, MOST) do
    local finding = findings[i]
    local place = files.place(finding.path, finding.line)
    out[#out + 1] = ("%d. [%s] %s %s")
      :format(i, finding.defect.severity, place, finding.title)
    out[#out + 1] = "   Evidence: " .. finding.evidence
    out[#out + 1] = "   Fix: " .. finding.fix
  end
end

--- Review what the brief names -> the reply | nil, why it cannot be done.
function review.run(desk)
  local targets, message = desk:targets()
  if not targets then return nil, message end
  local found = files.collect(desk.core, desk.root, targets)
  if #found == 0 then
    return nil, "there is no text to review. " .. files.account(found)
  end
  local families = families_of(desk.brief.lens)
  local findings, more, looked_for = {}, 0, 0
  for _, defect in ipairs(defects.all) do
    if wanted(defect, families) then
      looked_for = looked_for + 1
      for _, file in ipairs(found) do more = more + look_at(file, defect, findings) end
    end
  end
  rank(findings, families)
  more = more + math.max(0, #findings - MOST)
  local unlisted = more > 0 and (" %d more findings are not listed."):format(more) or ""
  local out = {
    ("%s Looked for %d kinds of mechanical defect and judged nothing else.%s")
      :format(files.account(found), looked_for, unlisted),
    "",
  }
  write(findings, out)
  return table.concat(out, "\n") .. "\n"
end

return review
