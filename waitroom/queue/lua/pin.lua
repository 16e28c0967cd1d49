-- Pin what the draw is made of, once: from here on the seed is public and the order is decided.
--
-- Uses room, meter.
-- ARGV[3] root      of the entrants, hex, as gathered
-- ARGV[4] seed      hex
-- ARGV[5] beacon    the beacon's value, hex, or '' without one
-- ARGV[6] key_hash  SHA-256 of the draw key, hex
-- ARGV[7] round     of the beacon, or '' without one
-- Reply: {'missing'} | {'other_epoch'} | {'not_gathered'} | {'no_beacon'} the room has one, and nobody waived it
--   | {'pinned', key hash, beacon, seed}
-- Repeated, or by another edge: the first pin stands.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local meter = redis.call('HMGET', METER, 'root', 'chunks', 'key_hash')
if not meter[1] or meter[1] ~= ARGV[3] then return { 'not_gathered' } end
if not meter[3] then
  local rule = redis.call('HMGET', ROOM, 'beacon', 'beacon_waived')
  local has_beacon = (rule[1] or '') ~= ''
  if has_beacon and ARGV[5] == '' then
    if rule[2] ~= '1' then return { 'no_beacon' } end
    redis.call('HSET', METER, 'waived_at_ms', now_ms)
  end
  if ARGV[5] ~= '' then redis.call('HSET', METER, 'beacon_round', ARGV[7] or '') end
  redis.call('HSET', METER, 'key_hash', ARGV[6], 'seed', ARGV[4], 'beacon', ARGV[5], 'drawn_entrants', 0)
  if meter[2] == '0' then redis.call('HSET', METER, 'drawn', 1) end
end
local pinned = redis.call('HMGET', METER, 'key_hash', 'beacon', 'seed')
return { 'pinned', pinned[1], pinned[2], pinned[3] }
