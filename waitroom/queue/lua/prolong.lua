-- Give a fan who has the turn more time to take it: two minutes from now at least, ten times a turn.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved.
-- ARGV[3] fan
-- ARGV[4] moves  how often the fan had moved when the pass was signed, '' for any
-- Reply: {'missing'} | {'other_epoch'} | {'moved'} | {'used_up'} | {'standing', standing} (see _standing.lua)
-- Repeated at the same moment: the same. A window shorter than two minutes runs anew. Of who has no turn, or has taken it,
-- nothing changes.
local MORE_MS = 120000
local MOST_TIMES = 10
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

if is_moved_away(fan, ARGV[4]) then return { 'moved' } end
local deadline = tonumber(redis.call('ZSCORE', ADMITTED, fan) or nil)
if not deadline then return { 'standing', standing(room, fan) } end
if deadline <= room.room_ms then
  redis.call('ZREM', ADMITTED, fan)
  end_turn(fan, 'lapsed')
  return { 'standing', standing(room, fan) }
end
local wanted = room.room_ms + math.min(MORE_MS, room.claim_ms)
if wanted > deadline then
  local turn = read_turn(fan)
  if turn.more >= MOST_TIMES then return { 'used_up' } end
  turn.more = turn.more + 1
  write_turn(fan, turn)
  redis.call('ZADD', ADMITTED, wanted, fan)
end
return { 'standing', standing(room, fan) }
