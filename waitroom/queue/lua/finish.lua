-- Give the slot of an active fan back: the business is done.
--
-- Uses room, meter, active, ended, turns.
-- ARGV[3] fan
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason} | {'unknown'} not active and never was
-- Repeated: the first reason stands, no second slot is given back.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

if redis.call('ZREM', ACTIVE, fan) == 1 then end_turn(fan, 'finished') end
local reason = redis.call('HGET', ENDED, fan)
return reason and { 'over', reason } or { 'unknown' }
