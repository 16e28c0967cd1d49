-- Take presale codes into the room, as ids that only the ring's holder can make from a code; writes the change log.
--
-- Uses room, codes, changes.
-- ARGV[3] who      brings them
-- ARGV[4] tier     that the codes give, 0 to 7
-- ARGV[5] uses     of each, or '' for any number
-- ARGV[6..] code   ids; none to count alone
-- Reply: {'missing'} | {'other_epoch'} | {'kept', new ones, codes in all}
-- Repeated: a code that is there already stays as it is, and nothing is logged.
local LOG_LENGTH_CHANGES = 100000
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local new = 0
for i = 6, #ARGV do new = new + redis.call('HSETNX', CODES, ARGV[i], ARGV[4] .. ':' .. ARGV[5]) end
if new > 0 then
  redis.call('XADD', CHANGES, 'MAXLEN', '~', LOG_LENGTH_CHANGES, '*', 'version', redis.call('HGET', ROOM, 'version'),
    'at_ms', now_ms, 'who', ARGV[3], 'codes_made', cjson.encode({ new = new, tier = ARGV[4], uses = ARGV[5] }))
end
return { 'kept', int(new), int(redis.call('HLEN', CODES)) }
