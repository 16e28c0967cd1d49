-- Put before every script: the room's keys, the moment, and the room as it stands.
--
-- KEYS are the same for every script, in the order of `Keys.all()`; a script names in its header those it uses.
-- ARGV[1] clock   microseconds since 1970 that a test passes, or '' for the server's TIME
-- ARGV[2] epoch   the room's epoch as the caller knows it, or '' where any will do
local ROOM, METER, LOBBY, WAITING = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ADMITTED, ACTIVE, ENDED, ENTRANTS = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local HEALTH, CHANGES, ADMISSIONS, TURNS = KEYS[9], KEYS[10], KEYS[11], KEYS[12]

local BAND = 2 ^ 48 -- the drawn lobby lies below, arrivals after the freeze above
local TIER = 2 ^ 50

local now_us = tonumber(ARGV[1])
if not now_us then
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now_ms = math.floor(now_us / 1000)

-- Replies are strings: Lua's own conversion would cut a score to 14 digits.
local function int(number)
  return string.format('%.0f', number)
end

local ROOM_FIELDS = { 'epoch', 'lobby_at', 'lobby_closes_at', 'release_at', 'closes_at', 'paused', 'sold_out',
  'new_users_per_minute', 'total_active_users', 'session_minutes', 'claim_minutes' }
local METER_FIELDS = { 'frozen_at_us', 'drawn', 'last_arrival_us', 'watermark', 'tokens', 'tokens_at_us', 'room_ms',
  'share', 'free_from_us', 'entry_seen_us' }

-- The room's settings and meter as one table of numbers, or nil when there is no such room.
local function read_room()
  local values = redis.call('HMGET', ROOM, unpack(ROOM_FIELDS))
  if not values[1] then return nil end
  local room = { epoch = values[1] }
  for i = 2, #ROOM_FIELDS do room[ROOM_FIELDS[i]] = tonumber(values[i]) end
  local meter = redis.call('HMGET', METER, unpack(METER_FIELDS))
  for i = 1, #METER_FIELDS do room[METER_FIELDS[i]] = tonumber(meter[i]) end
  room.is_paused, room.is_sold_out = room.paused == 1, room.sold_out == 1
  room.claim_ms = room.claim_minutes * 60000
  room.session_ms = room.session_minutes * 60000
  room.lobby_closes_at = room.lobby_closes_at or room.release_at
  room.room_ms, room.share = room.room_ms or 0, room.share or 1
  return room
end

-- Close the lobby for good when its time has come: no clock opens it again.
local function latch_freeze(room)
  if room.frozen_at_us or not room.lobby_closes_at or now_ms < room.lobby_closes_at then return end
  room.frozen_at_us = now_us
  redis.call('HSET', METER, 'frozen_at_us', now_us)
end

local function phase_of(room)
  if room.closes_at and now_ms >= room.closes_at then return 'closed' end
  if not room.release_at then return 'open' end
  if not room.frozen_at_us then
    if now_ms < (room.lobby_at or 0) then return 'scheduled' end
    return 'lobby'
  end
  if room.drawn and now_ms >= room.release_at then return 'open' end
  return 'drawing'
end

-- End a fan's one turn, wherever it stands, and keep the reason.
local function end_turn(fan, reason)
  redis.call('HDEL', TURNS, fan)
  redis.call('HSET', ENDED, fan, reason)
  redis.call('HINCRBY', METER, reason, 1)
end

-- A turn is `given at ms : room time at that ms : enter at ms : expires ms : session`, empty where not yet so.
local function read_turn(fan)
  local text = redis.call('HGET', TURNS, fan)
  if not text then return nil end
  local given, room_ms, enter, expires, session = string.match(text, '^(%d+):(%d+):(%d*):(%d*):(.*)$')
  return { given_ms = tonumber(given), room_ms = tonumber(room_ms), enter_ms = tonumber(enter),
    expires_ms = tonumber(expires), session = session }
end

local function write_turn(fan, turn)
  redis.call('HSET', TURNS, fan, table.concat({ int(turn.given_ms), int(turn.room_ms),
    turn.enter_ms and int(turn.enter_ms) or '', turn.expires_ms and int(turn.expires_ms) or '',
    turn.session or '' }, ':'))
end
