-- Give the place up, from any state but inside: who shops holds a slot until the checkout gives it back.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved.
-- ARGV[3] fan
-- ARGV[4] moves  how often the fan had moved when the pass was signed, '' for any
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason} | {'active', expires at ms} inside | {'unknown'}
--   | {'moved'} the pass holds no more
-- Repeated: the first reason stands.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]
if is_moved_away(fan, ARGV[4]) then return { 'moved' } end

local reason = redis.call('HGET', ENDED, fan)
if reason then return { 'over', reason } end
local turn = read_turn(fan)
if turn and turn.session ~= '' then return { 'active', int(tonumber(redis.call('ZSCORE', ACTIVE, fan))) } end
latch_freeze(room)
if redis.call('ZREM', WAITING, fan) + redis.call('ZREM', ADMITTED, fan) + redis.call('ZREM', ACTIVE, fan) == 0 then
  if not tier_in_lobby(room, fan) then return { 'unknown' } end
  -- Once frozen the list of entrants stands: the leave is noted here and `draw` gives no place.
  if not room.frozen_at_us then redis.call('ZREM', LOBBY, fan) end
end
end_turn(fan, 'left')
return { 'over', 'left' }
