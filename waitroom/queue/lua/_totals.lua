-- Put before every script: totals that agree with who is where, also when the store has lost fans or counts.
--
-- Always: joined = fans in the lobby, the line and inside + fans whose turn is over; entered <= claimed <= given.

-- Count one more in each of these totals.
local function count_in(...)
  for _, total in ipairs({ ... }) do redis.call('HINCRBY', METER, total, 1) end
end

-- After a loss: whose turn is over stays counted; everybody else counts from when the room knows them again.
local function recount()
  local over = redis.call('HMGET', METER, 'finished', 'expired', 'lapsed', 'left')
  for i = 1, 4 do over[i] = tonumber(over[i] or 0) end
  local active, admitted = redis.call('ZCARD', ACTIVE), redis.call('ZCARD', ADMITTED)
  local claimed = over[1] + over[2] + active
  local given = claimed + over[3] + admitted
  local joined = given + over[4] + redis.call('ZCARD', LOBBY) + redis.call('ZCARD', WAITING)
  -- The turns given so far are no speed of the line.
  redis.call('HSET', METER, 'entered', int(claimed), 'claimed', int(claimed), 'given', int(given),
    'measured_given', int(given), 'joined', int(joined))
end
