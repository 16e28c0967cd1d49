-- Give the slot of a fan back: the business is done.
--
-- Uses room, meter, waiting, admitted, active, ended, turns.
-- ARGV[3] fan
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason}
-- Repeated: the first reason stands, no second slot is given back.
-- A fan whose slot was lost with the store is noted as well, so that no pass brings the finished turn back.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

local reason = redis.call('HGET', ENDED, fan)
if reason then return { 'over', reason } end
for _, set in ipairs({ WAITING, ADMITTED, ACTIVE }) do redis.call('ZREM', set, fan) end
end_turn(fan, 'finished')
return { 'over', 'finished' }
