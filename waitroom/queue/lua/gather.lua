-- Store the next chunk of the frozen lobby's list of entrants, under a lease, with the Merkle frontier behind it.
--
-- The same lease then keeps the moving of the pinned draw to one edge; while the draw waits for its pin nobody holds it.
--
-- Uses room, meter, lobby, entrants.
-- ARGV[3] owner      who gathers: a random id of the edge's run
-- ARGV[4] lease_ms   for how long nobody else may
-- ARGV[5] index      of the chunk, or '' to take the lease and learn where to go on
-- ARGV[6] entrants   packed: 17 bytes each, the tier and the raw fan id
-- ARGV[7] hash       Merkle root of the chunk, hex
-- ARGV[8] frontier   opaque text from which another edge can go on
-- ARGV[9] root       of the whole list, hex, with the last chunk; '' before
-- ARGV[10] count     of entrants so far
-- ARGV[11] first     entrant of the chunk: the tier's digit and the fan id
-- Reply: {'missing'} | {'other_epoch'} | {'open'} not frozen yet, or recovering | {'busy'} another holds the lease
--   | {'next', index, frontier, count} | {'gathered', root, count, chunks}
-- Repeated, or with any index but the next: stores nothing and says where to go on.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
-- After a loss the fans of the lobby come back before they are listed.
if not room.frozen_at_us or room.is_recovering then return { 'open' } end

local meter = redis.call('HMGET', METER, 'root', 'count', 'chunks', 'frontier', 'gatherer', 'gatherer_until_ms',
  'key_hash')
local root, count, chunks, frontier = meter[1], meter[2] or '0', meter[3] or '0', meter[4] or ''
if root and (room.drawn or not meter[7]) then return { 'gathered', root, count, chunks } end
local remains_ms = tonumber(meter[6] or 0) - now_ms
-- A lease that lasts longer than any is one from before the clock ran backwards.
if meter[5] and meter[5] ~= ARGV[3] and remains_ms > 0 and remains_ms <= tonumber(ARGV[4]) then return { 'busy' } end
redis.call('HSET', METER, 'gatherer', ARGV[3], 'gatherer_until_ms', now_ms + tonumber(ARGV[4]))
if root then return { 'gathered', root, count, chunks } end

if ARGV[5] == '' or ARGV[5] ~= chunks then return { 'next', chunks, frontier, count } end
if ARGV[6] ~= '' then
  redis.call('HSET', ENTRANTS, ARGV[5], ARGV[6], ARGV[5] .. ':hash', ARGV[7], ARGV[5] .. ':first', ARGV[11])
  redis.call('HSET', METER, 'highest_tier', string.byte(ARGV[6], -ENTRANT))
  chunks = int(tonumber(chunks) + 1)
end
redis.call('HSET', METER, 'chunks', chunks, 'frontier', ARGV[8], 'count', ARGV[10])
if ARGV[9] == '' then return { 'next', chunks, ARGV[8], ARGV[10] } end
-- The root is public from this moment on: the beacon's round follows from it.
redis.call('HSET', METER, 'root', ARGV[9], 'root_at_ms', now_ms)
redis.call('HDEL', METER, 'frontier', 'gatherer', 'gatherer_until_ms')
return { 'gathered', ARGV[9], ARGV[10], chunks }
