-- Take the turn: admitted -> active, once, with a moment of entry.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved.
-- ARGV[3] fan
-- ARGV[4] moves  how often the fan had moved when the pass was signed, '' for any
-- Reply: {'missing'} | {'other_epoch'} | {'claimed', enter at ms, expires ms, given at ms} | {'waiting', ahead}
--   (ahead 0: a full ceiling, the turn is kept; -1: still in the lobby) | {'paused'} | {'closed'}
--   | {'over', reason} | {'unknown'} | {'moved'} the pass holds no more
-- Repeated: the same turn and moment, no second slot.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]
if is_moved_away(fan, ARGV[4]) then return { 'moved' } end

local deadline = tonumber(redis.call('ZSCORE', ADMITTED, fan) or nil)
if not deadline then
  local found = standing(room, fan)
  if found[1] == 'active' then
    local turn = read_turn(fan)
    return { 'claimed', int(turn.enter_ms), int(turn.expires_ms), int(turn.given_ms) }
  end
  if found[1] == 'waiting' then return { 'waiting', found[3] } end
  if found[1] == 'lobby' then return { 'waiting', '-1' } end
  if found[1] == 'unknown' then return { 'unknown' } end
  return { 'over', found[1] }
end
if phase_of(room) == 'closed' then return { 'closed' } end
if room.is_paused then return { 'paused' } end
follow_rate(room)
if deadline <= room.room_ms then
  redis.call('ZREM', ADMITTED, fan)
  end_turn(fan, 'lapsed')
  return { 'over', 'lapsed' }
end
if redis.call('ZCARD', ACTIVE) >= room.total_active_users or room.new_users_per_minute <= 0 then
  -- Who asks in time and finds no free slot has not lapsed: the whole window runs anew.
  redis.call('ZADD', ADMITTED, room.room_ms + room.claim_ms, fan)
  return { 'waiting', '0' }
end

local turn = read_turn(fan)
turn.enter_ms = next_entry_ms(room)
turn.expires_ms = turn.enter_ms + room.claim_ms
redis.call('ZREM', ADMITTED, fan)
redis.call('ZADD', ACTIVE, turn.expires_ms, fan)
write_turn(fan, turn)
redis.call('HINCRBY', METER, 'claimed', 1)
count_claim(room, turn.room_ms)
return { 'claimed', int(turn.enter_ms), int(turn.expires_ms), int(turn.given_ms) }
