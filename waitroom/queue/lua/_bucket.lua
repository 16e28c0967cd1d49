-- Put before every script: the bucket that turns are given from.
--
-- R = new users a minute, s = the share of turns that are claimed, as paced, d = one second's worth = max(1, R/60).
-- The bucket is refilled at R/(60 s) and holds d/s at most.
--
-- The pace: claims come unevenly, and a moment of entry that nobody takes is lost. So some claims are kept in hand,
-- with moments that are still to come: 120/sqrt(R) seconds' worth, for what varies within minutes grows with sqrt(R).
-- With fewer in hand, turns go up to a quarter faster than the measured s asks; with more slower, at R at least.
local GAP_US = 5000000 -- after so long without a look at the bucket it starts empty
local FASTEST = 0.25
local IN_HAND_US, LEAST_IN_HAND_US, MOST_IN_HAND_US = 120000000, 2000000, 20000000

local function burst(room)
  return math.max(1, room.new_users_per_minute / 60)
end

-- The measured share divided by the pace, between 1/2 and 1; 1 while nothing is measured.
local function paced_share(room)
  if not room.measured_share then return 1 end
  local wanted_us = IN_HAND_US / math.sqrt(math.max(room.new_users_per_minute, 1))
  wanted_us = math.max(LEAST_IN_HAND_US, math.min(wanted_us, MOST_IN_HAND_US))
  local in_hand_us = math.max(0, (room.free_from_us or 0) - now_us)
  local pace = 1 + FASTEST * (1 - in_hand_us / wanted_us)
  if pace <= room.measured_share then return 1 end
  return math.max(0.5, room.measured_share / pace)
end

-- Refill the bucket up to this moment at `per_minute`; time that runs backwards gives nothing.
local function settle_tokens(room, per_minute)
  local elapsed_us = now_us - (room.tokens_at_us or 0)
  local tokens, share = room.tokens or 0, paced_share(room)
  if elapsed_us > GAP_US then
    tokens = room.tokens_at_us and 0 or burst(room)
  elseif elapsed_us > 0 then
    tokens = tokens + elapsed_us * per_minute / 60000000 / share
  end
  room.tokens = math.min(tokens, burst(room) / share)
  room.tokens_at_us = now_us
  -- The admission log tells the lowest share that turns were counted by since its last entry.
  room.least_share = math.min(room.least_share or 1, elapsed_us == 0 and 1 or share)
  redis.call('HSET', METER, 'tokens', room.tokens, 'tokens_at_us', now_us, 'least_share', room.least_share)
end
