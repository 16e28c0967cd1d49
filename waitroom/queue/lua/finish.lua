-- Give the slot of a fan back: the business is done.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns.
-- ARGV[3] fan
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason}
-- Repeated: the first reason stands, no second slot is given back.
-- A fan whose slot was lost with the store is noted as well, so that no pass brings the finished turn back; while the
-- room recovers, who has no slot was counted before the loss.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

local reason = redis.call('HGET', ENDED, fan)
if reason then return { 'over', reason } end
local had_slot = redis.call('ZREM', ACTIVE, fan) == 1
local was_known = had_slot or standing(room, fan)[1] ~= 'unknown'
for _, set in ipairs({ WAITING, ADMITTED }) do redis.call('ZREM', set, fan) end
-- Once frozen the list of entrants stands; `draw` gives no place to whose turn is over.
if not room.frozen_at_us then redis.call('ZREM', LOBBY, fan) end
end_turn(fan, 'finished')
if room.is_recovering and not had_slot then
  redis.call('HINCRBY', METER, 'finished', -1)
  if was_known then redis.call('HINCRBY', METER, 'joined', -1) end
elseif not was_known then
  count_in('joined')
end
return { 'over', 'finished' }
