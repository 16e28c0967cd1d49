-- Put before every script: the record of a fan's turn, and its end.

-- End a fan's one turn, wherever it stands, and keep the reason.
local function end_turn(fan, reason)
  redis.call('HDEL', TURNS, fan)
  redis.call('HSET', ENDED, fan, reason)
  redis.call('HINCRBY', METER, reason, 1)
end

-- A turn is `given at ms : room time at that ms : enter at ms : expires ms : tier : session`, empty where not yet so;
-- `tier+n` where it was made longer n times.
local function new_turn(room, score)
  return table.concat({ int(now_ms), int(room.room_ms), '', '', int(math.floor(tonumber(score) / TIER)), '' }, ':')
end

local function read_turn(fan)
  local text = redis.call('HGET', TURNS, fan)
  if not text then return nil end
  local given, room_ms, enter, expires, tier, more, session = string.match(text,
    '^(%d+):(%d+):(%d*):(%d*):(%d+)%+?(%d*):(.*)$')
  return { given_ms = tonumber(given), room_ms = tonumber(room_ms), enter_ms = tonumber(enter),
    expires_ms = tonumber(expires), tier = tonumber(tier),
    more = tonumber(more) or 0, session = session }
end

local function write_turn(fan, turn)
  local more = turn.more and turn.more > 0 and '+' .. int(turn.more) or ''
  redis.call('HSET', TURNS, fan, table.concat({ int(turn.given_ms), int(turn.room_ms),
    turn.enter_ms and int(turn.enter_ms) or '', turn.expires_ms and int(turn.expires_ms) or '', int(turn.tier) .. more,
    turn.session or '' }, ':'))
end
