-- Put a room back after a loss, from what an edge has kept, and begin its recovery.
--
-- Uses all.
-- ARGV[2] epoch          of the room that was lost
-- ARGV[3] version        of its settings, as the edge knows them
-- ARGV[4] stage          of its draw: 0 in the lobby, 1 frozen, 2 pinned
-- ARGV[5] watermark      as the edge knows it, '0' before the first turn
-- ARGV[6] made_ms        when the room was made
-- ARGV[7] recovering_ms  for how long no turn is given, while fans present their passes
-- ARGV[8] settings       how many of the following pairs belong to the room; the others belong to the meter
-- ARGV[9..] field, value  pairs
-- Reply: {'deleted'} | {'other_epoch'} another room has the name | {'standing', recovering until ms or ''}
--   | {'restored', recovering until ms}
-- Repeated: standing. While the room recovers, the edge with the higher (version, stage, watermark) wins, and the room
-- that was made last.
if redis.call('HEXISTS', DELETED, ARGV[2]) == 1 then return { 'deleted' } end
local room = read_room()
if room and room.epoch ~= ARGV[2] then
  local is_older = tonumber(redis.call('HGET', ROOM, 'created_at') or 0) < tonumber(ARGV[6])
  if not (room.is_recovering and is_older) then return { 'other_epoch' } end
  -- It was deleted before the loss, and an edge that did not know so came first.
  bury(room.epoch)
  room = nil
end

local function is_newer()
  local stage = redis.call('HEXISTS', METER, 'key_hash') == 1 and 2 or room.frozen_at_us and 1 or 0
  local known = { tonumber(redis.call('HGET', ROOM, 'version')), stage, room.watermark or 0 }
  for i, value in ipairs(known) do
    local offered = tonumber(ARGV[i + 2])
    if offered ~= value then return offered > value end
  end
  return false
end

if room and not (room.is_recovering and is_newer()) then
  return { 'standing', room.is_recovering and int(room.recovering_until_ms) or '' }
end
local recovering_until_ms = room and room.recovering_until_ms or now_ms + tonumber(ARGV[7])
local first_of_meter = 9 + 2 * tonumber(ARGV[8])
for i = 9, #ARGV, 2 do redis.call('HSET', i < first_of_meter and ROOM or METER, ARGV[i], ARGV[i + 1]) end
-- What was claimed after the edge's last look has its moments of entry before the recovery ends: none comes twice.
local free_from_us = tonumber(redis.call('HGET', METER, 'free_from_us') or 0)
redis.call('HSET', METER, 'free_from_us', int(math.max(free_from_us, recovering_until_ms * 1000)),
  'recovering_until_ms', int(recovering_until_ms))
recount()
redis.call('HDEL', METER, 'snapshot')
return { 'restored', int(recovering_until_ms) }
