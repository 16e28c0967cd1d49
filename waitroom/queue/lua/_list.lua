-- Put before every script: looking for a fan in the list of entrants.
--
-- It is ordered by tier, then by the text of the fan id; `index:first` of a chunk is that of its first entrant.
local LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
local ENTRANT = 17 -- bytes: the tier, then the raw fan id

-- The 16 bytes of a fan id, or nil where the text is none.
local function raw_fan(fan)
  if #fan ~= 22 or not string.match(fan, '^[%w_-]+[AQgw]$') then return nil end
  local raw = {}
  for at = 1, #fan, 4 do
    local bits = 0
    for i = at, at + 3 do
      local letter = i <= #fan and string.sub(fan, i, i) or 'A'
      bits = bits * 64 + string.find(LETTERS, letter, 1, true) - 1
    end
    raw[#raw + 1] = struct.pack('>I3', bits)
  end
  return string.sub(table.concat(raw), 1, ENTRANT - 1)
end

-- Whether one text stands behind another, byte by byte: Lua's own order is that of the server's language.
local function is_behind(one, other)
  for i = 1, #one do
    local here, there = string.byte(one, i), string.byte(other, i)
    if here ~= there then return here > there end
  end
  return false
end

-- The index of the last chunk that does not begin behind this `tier fan`.
local function chunk_for(entrant, chunks)
  local low, high = 0, chunks - 1
  while low < high do
    local middle = math.ceil((low + high) / 2)
    local is_later = is_behind(redis.call('HGET', ENTRANTS, int(middle) .. ':first') or '', entrant)
    if is_later then high = middle - 1 else low = middle end
  end
  return low
end

-- The tier of an entrant of the list, or nil.
local function tier_in_list(fan)
  local raw, list = raw_fan(fan), redis.call('HMGET', METER, 'chunks', 'highest_tier')
  local looked_at
  for tier = 0, raw and tonumber(list[2] or -1) or -1 do
    local index = chunk_for(int(tier) .. fan, tonumber(list[1]))
    local chunk = index ~= looked_at and redis.call('HGET', ENTRANTS, int(index)) or ''
    local at = string.find(chunk, raw, 1, true)
    -- What stands across two entrants is none.
    while at and at % ENTRANT ~= 2 do at = string.find(chunk, raw, at + 1, true) end
    if at then return int(string.byte(chunk, at - 1)) end
    looked_at = index
  end
  return nil
end
