-- Put before every script: the bucket that turns are given from.
--
-- R = new users a minute, s = the measured share of turns that are claimed, d = one second's worth = max(1, R/60).
-- A bucket refilled at R/(60 s), depth d/s, while active + s * admitted < the ceiling.
local GAP_US = 5000000 -- after so long without a look at the bucket it starts empty
local MOST_TURNS = 500 -- a call
local LOG_LENGTH = 200000

-- Refill the bucket up to this moment; time that runs backwards gives nothing.
local function settle_tokens(room)
  local elapsed_us = now_us - (room.tokens_at_us or 0)
  local tokens = room.tokens or 0
  if elapsed_us > GAP_US then
    tokens = room.tokens_at_us and 0 or burst(room)
  elseif elapsed_us > 0 then
    tokens = tokens + elapsed_us * room.new_users_per_minute / 60000000 / room.share
  end
  room.tokens = math.min(tokens, burst(room) / room.share)
  room.tokens_at_us = now_us
  redis.call('HSET', METER, 'tokens', room.tokens, 'tokens_at_us', now_us)
end

-- How many turns may be given now.
local function turns_due(room)
  if room.new_users_per_minute <= 0 then return 0 end
  local active, admitted = redis.call('ZCARD', ACTIVE), redis.call('ZCARD', ADMITTED)
  local free = math.ceil((room.total_active_users - active) / room.share - admitted)
  return math.max(0, math.min(math.floor(room.tokens), free, MOST_TURNS))
end

-- Give the head of the line its turn; returns how many got one.
local function give_turns(room, count)
  local head = redis.call('ZRANGE', WAITING, 0, count - 1, 'WITHSCORES')
  local given = #head / 2
  if given == 0 then return 0 end
  local deadlines, turns = {}, {}
  local record = int(now_ms) .. ':' .. int(room.room_ms) .. ':::'
  for i = 1, #head, 2 do
    deadlines[i], deadlines[i + 1] = room.room_ms + room.claim_ms, head[i]
    turns[i], turns[i + 1] = head[i], record
  end
  redis.call('ZREMRANGEBYRANK', WAITING, 0, given - 1)
  redis.call('ZADD', ADMITTED, unpack(deadlines))
  redis.call('HSET', TURNS, unpack(turns))
  room.tokens = room.tokens - given
  room.watermark = math.max(room.watermark or 0, tonumber(head[#head]))
  redis.call('HSET', METER, 'tokens', room.tokens, 'watermark', room.watermark)
  redis.call('HINCRBY', METER, 'given', given)
  redis.call('HINCRBY', METER, 'given:' .. math.floor(room.room_ms / 10000), given)
  redis.call('XADD', ADMISSIONS, 'MAXLEN', '~', LOG_LENGTH, '*', 'at_ms', now_ms, 'turns', given, 'first', head[2],
    'last', head[#head], 'per_minute', room.new_users_per_minute, 'share', room.share)
  return given
end
