-- Take a checkout's report: the governor and the snapshot read it.
--
-- Uses room, meter, health.
-- ARGV[3] reporter       which checkout reports
-- ARGV[4] report         JSON object: latency_ms, requests, errors, in_use, pool; the time is added here
-- ARGV[5] seats_left     not sold yet, those in carts among them; '' when the reporter does not know
-- ARGV[6] seats_a_buyer  sold so far a paid order, or '' when nothing is sold
-- Reply: {'missing'} | {'other_epoch'} | {'noted', recovering until ms or ''}
local KEPT_SECONDS = 86400
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

redis.call('HSET', HEALTH, ARGV[3], int(now_ms) .. ' ' .. ARGV[4])
redis.call('EXPIRE', HEALTH, KEPT_SECONDS)
-- Nothing left is what the last report says that knows: seats that return open the room again.
if ARGV[5] ~= '' then
  redis.call('HSET', METER, 'seats_left', ARGV[5], 'nothing_left', ARGV[5] == '0' and 1 or 0)
end
if ARGV[6] ~= '' then redis.call('HSET', METER, 'seats_a_buyer', ARGV[6]) end
return { 'noted', room.is_recovering and int(room.recovering_until_ms) or '' }
