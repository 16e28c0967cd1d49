-- Put before every script: s, the measured share of turns that are claimed.
--
-- Turns are counted in cohorts of ten seconds of room time. A cohort counts once all its turns are at least one
-- claim window old, so that a turn not yet claimed is no no-show. s lies between 1/2 and 1, and is 1 at first.
local COHORT_MS = 10000
local MOST_REMEMBERED = 5000 -- beyond, the past is halved, so that s follows a changing crowd

-- Count a claim of a turn that was given at this room time.
local function count_claim(room, given_ms)
  local cohort = math.floor(given_ms / COHORT_MS)
  local folded_to = tonumber(redis.call('HGET', METER, 'folded_to') or 0)
  if cohort < folded_to then
    redis.call('HINCRBYFLOAT', METER, 'claimed_old', 1)
  else
    redis.call('HINCRBY', METER, 'claimed:' .. cohort, 1)
  end
  count_age(room, given_ms)
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
    halve_ages()
  end
  redis.call('HSET', METER, 'folded_to', to, 'given_old', given, 'claimed_old', claimed)
  if given < FEWEST_TURNS then return end
  room.share = math.max(0.5, math.min(1, claimed / given))
  room.measured_share = room.share
  redis.call('HSET', METER, 'share', room.share)
end
