-- Take a checkout's report: the governor and the snapshot read it.
--
-- Uses room, meter, health.
-- ARGV[3] reporter    which checkout reports
-- ARGV[4] report      JSON object: latency_ms, errors, in_use; the time is added here
-- ARGV[5] seats_left  or '' when the reporter does not know
-- Reply: {'missing'} | {'noted'}
local KEPT_SECONDS = 86400
if redis.call('EXISTS', ROOM) == 0 then return { 'missing' } end
redis.call('HSET', HEALTH, ARGV[3], int(now_ms) .. ' ' .. ARGV[4])
redis.call('EXPIRE', HEALTH, KEPT_SECONDS)
if ARGV[5] ~= '' then redis.call('HSET', METER, 'seats_left', ARGV[5]) end
return { 'noted' }
