-- Lengthen the session of a fan with live business; never shortens it.
--
-- Uses room, active, ended.
-- ARGV[3] fan
-- ARGV[4] lasts_ms  for how long from now the slot is needed
-- Reply: {'missing'} | {'other_epoch'} | {'active', expires at ms} | {'over', reason} | {'unknown'}
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

local expires_ms = tonumber(redis.call('ZSCORE', ACTIVE, fan) or nil)
if not expires_ms then
  local reason = redis.call('HGET', ENDED, fan)
  return reason and { 'over', reason } or { 'unknown' }
end
local longer_ms = math.max(expires_ms, now_ms + tonumber(ARGV[4]))
redis.call('ZADD', ACTIVE, longer_ms, fan)
return { 'active', int(longer_ms) }
