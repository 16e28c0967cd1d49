-- Delete the room and everything in it; its epoch stays known as deleted, so that no edge restores it.
--
-- Uses all.
-- Reply: {'missing'} | {'other_epoch'} | {'deleted', epoch}
-- Repeated: missing.
local KEPT_SECONDS = 30 * 86400
local epoch = redis.call('HGET', ROOM, 'epoch')
if not epoch then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= epoch then return { 'other_epoch' } end
for _, key in ipairs(KEYS) do
  if key ~= DELETED then redis.call('UNLINK', key) end
end
redis.call('HSET', DELETED, epoch, int(now_ms))
redis.call('EXPIRE', DELETED, KEPT_SECONDS)
return { 'deleted', epoch }
