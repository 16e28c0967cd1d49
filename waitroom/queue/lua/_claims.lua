-- Put before every script: how many claims are still to come of those who have the turn.
--
-- Claims are counted by the age of their turn, in twentieths of the claim window of room time.
local FEWEST_TURNS = 20 -- fewer measure nothing
local AGES = {}
for age = 1, 20 do AGES[age] = 'claimed_at:' .. age end

local function count_age(room, given_ms)
  local age = math.ceil((room.room_ms - given_ms) / room.claim_ms * #AGES)
  redis.call('HINCRBYFLOAT', METER, AGES[math.max(1, math.min(age, #AGES))], 1)
end

local function claims_by_age()
  local counts, total = redis.call('HMGET', METER, unpack(AGES)), 0
  for age, count in ipairs(counts) do
    counts[age] = tonumber(count or 0)
    total = total + counts[age]
  end
  return counts, total
end

-- Forget half of the past, so that the ages follow a changing crowd.
local function halve_ages()
  for age, count in ipairs((claims_by_age())) do redis.call('HSET', METER, AGES[age], count / 2) end
end

-- How many of those who have the turn now will still claim it: of a turn that was given long ago hardly anybody.
-- With F the share of all turns that is claimed by an age, (s - F) / (1 - F) of those left at that age will come.
local function claims_to_come(room)
  local admitted = redis.call('ZCARD', ADMITTED)
  local counts, total = claims_by_age()
  if room.share >= 1 or total < FEWEST_TURNS or admitted == 0 then return admitted end
  local to_come, before, width_ms = 0, 0, room.claim_ms / #AGES
  for age, count in ipairs(counts) do
    local least = age == #AGES and '-inf' or '(' .. int(room.room_ms + room.claim_ms - age * width_ms)
    local most = age == 1 and '+inf' or int(room.room_ms + room.claim_ms - (age - 1) * width_ms)
    local claimed = room.share * (before + count / 2) / total
    to_come = to_come + redis.call('ZCOUNT', ADMITTED, least, most) * (room.share - claimed) / (1 - claimed)
    before = before + count
  end
  return to_come
end
