-- Put before every script: what the snapshot is made of.
local SMOOTHING_US = 20000000

-- Follow the speed of the line: turns a microsecond, smoothed, without the bias of the beginning.
local function measure_speed(elapsed_us)
  local values = redis.call('HMGET', METER, 'given', 'measured_given', 'speed', 'speed_weight')
  local given, before = tonumber(values[1] or 0), tonumber(values[2] or 0)
  local speed, weight = tonumber(values[3] or 0), tonumber(values[4] or 0)
  if elapsed_us <= 0 then return end
  local keep = math.exp(-elapsed_us / SMOOTHING_US)
  speed = speed * keep + (given - before) / elapsed_us * (1 - keep)
  weight = weight * keep + (1 - keep)
  if given == 0 then speed, weight = 0, 0 end
  redis.call('HSET', METER, 'measured_given', given, 'speed', speed, 'speed_weight', weight)
end

local SNAPSHOT_METER = { 'watermark', 'speed', 'speed_weight', 'share', 'root', 'count', 'seed', 'beacon', 'key_hash',
  'frozen_at_us', 'drawn', 'drawn_entrants', 'chunks', 'seats_left', 'seats_a_buyer', 'nothing_left', 'governed',
  'governed_at_ms', 'governed_why', 'recovering_until_ms', 'log_entries', 'log_head', 'last_arrival_us', 'room_us',
  'free_from_us', 'entry_seen_us', 'taken_from_us', 'taken_to_us', 'joined', 'given', 'claimed', 'entered', 'finished',
  'left', 'lapsed', 'expired', 'restored', 'root_at_ms', 'beacon_round', 'waived_at_ms', 'last_moved_ms' }

-- The room as JSON; all numbers are strings, since cjson would cut them.
local function take_snapshot(room)
  local meter = {}
  for i, value in ipairs(redis.call('HMGET', METER, unpack(SNAPSHOT_METER))) do
    if value then meter[SNAPSHOT_METER[i]] = value end
  end
  return cjson.encode({
    now_ms = int(now_ms), phase = phase_of(room), curve = standing_curve(room, meter), settings = redis.call('HGETALL', ROOM),
    meter = meter, health = redis.call('HGETALL', HEALTH), per_minute = exact(room.new_users_per_minute),
    planned_per_minute = exact(room.planned_per_minute), ceiling = int(room.total_active_users),
    rate_by = room.rate_by, lobby = int(redis.call('ZCARD', LOBBY)), waiting = int(redis.call('ZCARD', WAITING)),
    admitted = int(redis.call('ZCARD', ADMITTED)), active = int(redis.call('ZCARD', ACTIVE)),
  })
end
