-- Put before every script: s, the measured share of turns that are claimed, and how many claims are still to come.
--
-- Turns are counted in cohorts of ten seconds of room time. A cohort counts once all its turns are at least one
-- claim window old, so that a turn not yet claimed is no no-show. s lies between 1/2 and 1, and is 1 at first.
-- Claims are counted by the age of their turn as well, in twentieths of the claim window.
local COHORT_MS = 10000
local FEWEST_TURNS = 20
local MOST_REMEMBERED = 5000 -- beyond, the past is halved, so that s follows a changing crowd
local AGES = {}
for age = 1, 20 do AGES[age] = 'claimed_at:' .. age end

-- Count a claim of a turn that was given at this room time.
local function count_claim(room, given_ms)
  local cohort = math.floor(given_ms / COHORT_MS)
  local folded_to = tonumber(redis.call('HGET', METER, 'folded_to') or 0)
  if cohort < folded_to then
    redis.call('HINCRBYFLOAT', METER, 'claimed_old', 1)
  else
    redis.call('HINCRBY', METER, 'claimed:' .. cohort, 1)
  end
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

-- Take the cohorts that have come of age into the measure.
local function fold_cohorts(room)
  local values = redis.call('HMGET', METER, 'folded_to', 'given_old', 'claimed_old')
  local from, given, claimed = tonumber(values[1] or 0), tonumber(values[2] or 0), tonumber(values[3] or 0)
  local to = math.floor((room.room_ms - room.claim_ms) / COHORT_MS)
  if to <= from then return end
  for cohort = math.max(from, to - 1000), to - 1 do
    local fields = { 'given:' .. cohort, 'claimed:' .. cohort }
    local counts = redis.call('HMGET', METER, unpack(fields))
    given, claimed = given + tonumber(counts[1] or 0), claimed + tonumber(counts[2] or 0)
    redis.call('HDEL', METER, unpack(fields))
  end
  if given > MOST_REMEMBERED then
    given, claimed = given / 2, claimed / 2
    for age, count in ipairs((claims_by_age())) do redis.call('HSET', METER, AGES[age], count / 2) end
  end
  redis.call('HSET', METER, 'folded_to', to, 'given_old', given, 'claimed_old', claimed)
  if given < FEWEST_TURNS then return end
  room.share = math.max(0.5, math.min(1, claimed / given))
  room.measured_share = room.share
  redis.call('HSET', METER, 'share', room.share)
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
