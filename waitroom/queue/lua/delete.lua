-- Delete the room and everything in it; its epoch stays known as deleted, so that no edge restores it.
--
-- Uses all.
-- Reply: {'missing'} | {'other_epoch'} | {'deleted', epoch}
-- Repeated: missing.
local epoch = redis.call('HGET', ROOM, 'epoch')
if not epoch then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= epoch then return { 'other_epoch' } end
bury(epoch)
return { 'deleted', epoch }
