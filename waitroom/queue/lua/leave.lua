-- Give the place up, from any state.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, turns.
-- ARGV[3] fan
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason} | {'unknown'}
-- Repeated: the first reason stands.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

local reason = redis.call('HGET', ENDED, fan)
if reason then return { 'over', reason } end
latch_freeze(room)
if redis.call('ZSCORE', LOBBY, fan) then
  -- Once frozen the list of entrants stands: the leave is noted here and `draw` gives no place.
  if not room.frozen_at_us then redis.call('ZREM', LOBBY, fan) end
elseif redis.call('ZREM', WAITING, fan) + redis.call('ZREM', ADMITTED, fan) + redis.call('ZREM', ACTIVE, fan) == 0 then
  return { 'unknown' }
end
end_turn(fan, 'left')
return { 'over', 'left' }
