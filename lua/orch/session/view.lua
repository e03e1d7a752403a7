--- What of a transcript is shown: a valid UTF-8 text within a budget of tokens, with its
--- head, its tail and the exact count of what lies between.

local text = require "orch.text"

local view = {}

local BYTES_A_TOKEN = 4        -- the estimate that Codex's tools use as well
local REST = 3                 -- bytes of a character that may still be incomplete

function view.tokens(bytes)
  return (bytes + BYTES_A_TOKEN - 1) // BYTES_A_TOKEN
end

--- The first *n* bytes at most, ending with a whole character.
local function head(read, offset, n)
  local bytes = read(offset, n + REST)
  if #bytes <= n then return text.utf8(bytes, true) end
  local cut = n
  while cut > 0 and cut > n - REST and bytes:byte(cut + 1) & 0xC0 == 0x80 do
    cut = cut - 1
  end
  return (text.utf8(bytes:sub(1, cut), true)), cut
end

--- The last *n* bytes at most before *finish*, beginning with a whole character.
local function tail(read, finish, n, final)
  local bytes = read(finish - n, n)
  local skip = 0
  while skip < REST and skip < #bytes and bytes:byte(skip + 1) & 0xC0 == 0x80 do
    skip = skip + 1
  end
  local shown, used = text.utf8(bytes:sub(skip + 1), final)
  return shown, #bytes - skip, skip + used
end

--- Show the bytes from *offset* to *finish* that read(offset, n) gives, in at most
-- *max_tokens*.  Unless *final*, an incomplete character at the end waits for its rest.
-- Return the text and the offset behind what was told.
function view.show(read, offset, finish, max_tokens, final)
  local budget = max_tokens * BYTES_A_TOKEN
  if finish - offset <= budget then
    local shown, used = text.utf8(read(offset, finish - offset), final)
    return shown, offset + used
  end
  local first, first_bytes = head(read, offset, budget // 2)
  local last, last_bytes, used = tail(read, finish, budget - budget // 2, final)
  local left_out = finish - offset - first_bytes - last_bytes
  local marker = ("\n[... %d bytes (about %d tokens) left out ...]\n")
    :format(left_out, view.tokens(left_out))
  return first .. marker .. last, finish - (budget - budget // 2) + used
end

return view
