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
local METER_FIELDS = { 'frozen_at_us', 'drawn', 'last_arrival_us', 'watermark', 'tokens', 'tokens_at_us', 'room_us',
  'share', 'free_from_us', 'entry_seen_us', 'taken_from_us', 'taken_to_us' }

-- The room's settings and meter as one table of numbers, or nil when there is no such room.
local function read_room()
  local values = redis.call('HMGET', ROOM, unpack(ROOM_FIELDS))
  if not values[1] then return nil end
  local room = { epoch = values[1] }
  for i = 2, #ROOM_FIELDS do room[ROOM_FIELDS[i]] = tonumber(values[i]) end
  local meter = redis.call('HMGET', METER, unpack(METER_FIELDS))
  for i = 1, #METER_FIELDS do room[METER_FIELDS[i]] = tonumber(meter[i]) end
  room.is_paused, room.is_sold_out = room.paused == 1, room.sold_out == 1
  room.claim_ms = math.floor(room.claim_minutes * 60000 + 0.5)
  room.session_ms = math.floor(room.session_minutes * 60000 + 0.5)
  room.lobby_closes_at = room.lobby_closes_at or room.release_at
  room.room_us, room.share = room.room_us or 0, room.share or 1
  room.room_ms = math.floor(room.room_us / 1000)
  return room
end
