-- Put before every script: turns, which the head of the line gets while the bucket and the ceiling allow.
--
-- Turns are given while active + s * admitted < the ceiling, s being the measured share of turns that are claimed.
local MOST_TURNS = 500 -- a call

-- How many turns may be given now.
local function turns_due(room)
  if room.new_users_per_minute <= 0 then return 0 end
  local due = math.min(math.floor(room.tokens), MOST_TURNS)
  local free = room.total_active_users - redis.call('ZCARD', ACTIVE)
  if redis.call('ZCARD', ADMITTED) + due * room.share > free then
    due = math.min(due, math.ceil((free - claims_to_come(room)) / room.share))
  end
  return math.max(0, due)
end

-- Give the head of the line its turn; returns how many got one.
local function give_turns(room, count)
  local head = redis.call('ZRANGE', WAITING, 0, count - 1, 'WITHSCORES')
  local given = #head / 2
  if given == 0 then return 0 end
  local deadlines, turns = {}, {}
  for i = 1, #head, 2 do
    deadlines[i], deadlines[i + 1] = room.room_ms + room.claim_ms, head[i]
    turns[i], turns[i + 1] = head[i], new_turn(room, head[i + 1])
  end
  redis.call('ZREMRANGEBYRANK', WAITING, 0, given - 1)
  redis.call('ZADD', ADMITTED, unpack(deadlines))
  redis.call('HSET', TURNS, unpack(turns))
  room.tokens = room.tokens - given
  room.watermark = math.max(room.watermark or 0, tonumber(head[#head]))
  redis.call('HSET', METER, 'tokens', room.tokens, 'watermark', room.watermark)
  redis.call('HINCRBY', METER, 'given', given)
  redis.call('HINCRBY', METER, 'given:' .. math.floor(room.room_ms / COHORT_MS), given)
  log_turns(room, given, head[2], head[#head])
  return given
end

-- An idle room gives the turn at once, and to all who wait: nobody is overtaken.
local function give_turns_if_idle(room)
  if not may_admit(room) then return end
  follow_rate(room)
  settle_tokens(room, room.new_users_per_minute)
  local waiting, due = redis.call('ZCARD', WAITING), turns_due(room)
  if waiting > 0 and waiting <= due then give_turns(room, waiting) end
end
