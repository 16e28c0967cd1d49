-- Put before every script: the room as it stands.
local ROOM_NUMBERS = { 'lobby_at', 'lobby_closes_at', 'release_at', 'closes_at', 'paused', 'sold_out',
  'new_users_per_minute', 'total_active_users', 'session_minutes', 'claim_minutes', 'rate_set_at_ms' }
local ROOM_TEXTS = { 'epoch', 'plan', 'rate_set_by', 'codes' }
local METER_NUMBERS = { 'frozen_at_us', 'drawn', 'last_arrival_us', 'watermark', 'tokens', 'tokens_at_us', 'room_us',
  'share', 'free_from_us', 'entry_seen_us', 'taken_from_us', 'taken_to_us', 'rate_in_force', 'governed', 'nothing_left',
  'recovering_until_ms', 'least_share', 'drawn_entrants' }

local function read_fields(room, key, names, convert)
  for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do
    if value then room[names[i]] = convert(value) end
  end
end

-- The room's settings and meter as one table, or nil when there is no such room.
local function read_room()
  local room = {}
  read_fields(room, ROOM, ROOM_TEXTS, tostring)
  if not room.epoch then return nil end
  read_fields(room, ROOM, ROOM_NUMBERS, tonumber)
  read_fields(room, METER, METER_NUMBERS, tonumber)
  room.is_paused = room.paused == 1
  room.is_sold_out = room.sold_out == 1 or room.nothing_left == 1
  room.is_recovering = now_ms < (room.recovering_until_ms or 0)
  room.claim_ms = math.floor(room.claim_minutes * 60000 + 0.5)
  room.session_ms = math.floor(room.session_minutes * 60000 + 0.5)
  room.lobby_closes_at = room.lobby_closes_at or room.release_at
  room.room_us, room.measured_share, room.share = room.room_us or 0, room.share, room.share or 1
  room.room_ms = math.floor(room.room_us / 1000)
  read_rate(room)
  return room
end
