-- Lower or raise the governor's factor by one step, however many edges propose it.
--
-- Uses room, meter, changes.
-- ARGV[3] seen_ms      when the step was made that the proposal follows: '0' before the first
-- ARGV[4] interval_ms  between two steps at least
-- ARGV[5] factor       of the planned rate, above 0, at most 1
-- ARGV[6] why          the reason: latency, errors or saturation; '' at the whole rate
-- Reply: {'missing'} | {'other_epoch'} | {'governed', factor} | {'standing', factor} another step came before
-- Repeated: standing.
local LOG_LENGTH_CHANGES = 100000
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

local seen_ms = redis.call('HGET', METER, 'governed_at_ms') or '0'
local since_ms = now_ms - tonumber(seen_ms)
local is_too_soon = since_ms >= 0 and since_ms < tonumber(ARGV[4])
if seen_ms ~= ARGV[3] or is_too_soon then return { 'standing', exact(room.governed or 1) } end

redis.call('XADD', CHANGES, 'MAXLEN', '~', LOG_LENGTH_CHANGES, '*', 'at_ms', now_ms, 'who', 'governor', 'governed',
  cjson.encode({ exact(room.governed or 1), ARGV[5], ARGV[6] }))
redis.call('HSET', METER, 'governed', ARGV[5], 'governed_at_ms', int(now_ms), 'governed_why', ARGV[6])
follow_rate(read_room())
return { 'governed', ARGV[5] }
