-- Put one chunk of the drawn list of entrants back after a loss, so that every edge can prove the draw again.
--
-- Uses room, meter, entrants.
-- ARGV[3] root      of the whole list, hex: the room must name the same
-- ARGV[4] index     of the chunk
-- ARGV[5] entrants  packed: 17 bytes each, the tier and the raw fan id
-- ARGV[6] hash      Merkle root of the chunk, hex
-- Reply: {'missing'} | {'other_epoch'} | {'other_root'} | {'kept'}
-- Repeated: kept.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
if redis.call('HGET', METER, 'root') ~= ARGV[3] then return { 'other_root' } end
redis.call('HSETNX', ENTRANTS, ARGV[4], ARGV[5])
redis.call('HSETNX', ENTRANTS, ARGV[4] .. ':hash', ARGV[6])
return { 'kept' }
