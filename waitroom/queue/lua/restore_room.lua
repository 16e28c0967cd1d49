-- Put a room back after a loss, from what an edge has kept, and begin its recovery.
--
-- Uses room, meter, deleted.
-- ARGV[2] epoch          of the room that was lost
-- ARGV[3] version        of its settings, as the edge knows them
-- ARGV[4] watermark      as the edge knows it, '0' before the first turn
-- ARGV[5] recovering_ms  for how long no turn is given, while fans present their passes
-- ARGV[6] settings       how many of the following pairs belong to the room; the others belong to the meter
-- ARGV[7..] field, value  pairs
-- Reply: {'deleted'} | {'other_epoch'} another room has the name | {'standing', recovering until ms or ''}
--   | {'restored', recovering until ms}
-- Repeated: standing. While the room recovers, the edge with the higher (version, watermark) wins.
if redis.call('HEXISTS', DELETED, ARGV[2]) == 1 then return { 'deleted' } end
local room = read_room()
if room and room.epoch ~= ARGV[2] then return { 'other_epoch' } end
if room then
  local until_ms = room.is_recovering and int(room.recovering_until_ms) or ''
  local version, known = tonumber(redis.call('HGET', ROOM, 'version')), tonumber(ARGV[3])
  local is_newer = known > version or (known == version and tonumber(ARGV[4]) > (room.watermark or 0))
  if until_ms == '' or not is_newer then return { 'standing', until_ms } end
end

local recovering_until_ms = room and room.recovering_until_ms or now_ms + tonumber(ARGV[5])
local first_of_meter = 7 + 2 * tonumber(ARGV[6])
for i = 7, #ARGV, 2 do redis.call('HSET', i < first_of_meter and ROOM or METER, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', METER, 'recovering_until_ms', int(recovering_until_ms))
redis.call('HDEL', METER, 'snapshot')
return { 'restored', int(recovering_until_ms) }
