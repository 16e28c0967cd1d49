-- Put before every script: the bucket that turns are given from.
--
-- R = new users a minute, s = the measured share of turns that are claimed, d = one second's worth = max(1, R/60).
-- The bucket is refilled at R/(60 s) and holds d/s at most.
local GAP_US = 5000000 -- after so long without a look at the bucket it starts empty

local function burst(room)
  return math.max(1, room.new_users_per_minute / 60)
end

-- Refill the bucket up to this moment at `per_minute`; time that runs backwards gives nothing.
local function settle_tokens(room, per_minute)
  local elapsed_us = now_us - (room.tokens_at_us or 0)
  local tokens = room.tokens or 0
  if elapsed_us > GAP_US then
    tokens = room.tokens_at_us and 0 or burst(room)
  elseif elapsed_us > 0 then
    tokens = tokens + elapsed_us * per_minute / 60000000 / room.share
  end
  room.tokens = math.min(tokens, burst(room) / room.share)
  room.tokens_at_us = now_us
  redis.call('HSET', METER, 'tokens', room.tokens, 'tokens_at_us', now_us)
end
