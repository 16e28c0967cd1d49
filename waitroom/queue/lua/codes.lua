-- Take presale codes into the room, as ids that only the ring's holder can make from a code.
--
-- Uses room, codes.
-- ARGV[3] tier     that the codes give, 0 to 7
-- ARGV[4] uses     of each, or '' for any number
-- ARGV[5..] code   ids
-- Reply: {'missing'} | {'other_epoch'} | {'kept', new ones, codes in all}
-- Repeated: a code that is there already stays as it is.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local new = 0
for i = 5, #ARGV do new = new + redis.call('HSETNX', CODES, ARGV[i], ARGV[3] .. ':' .. ARGV[4]) end
return { 'kept', int(new), int(redis.call('HLEN', CODES)) }
