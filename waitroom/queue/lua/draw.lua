-- Move the next few hundred entrants from the lobby into the line, at the places that the draw gave them.
--
-- Uses room, meter, lobby, waiting, ended, turns.
-- ARGV[3] key_hash  SHA-256 of the draw key that the scores were made with, hex
-- ARGV[4] moved     how many entrants have been moved before, or '' to learn it
-- ARGV[5] places    one after another, 16 digits of the score and the 22 characters of the fan id each: at most 3,000,
--   and better fewer, since everybody else waits meanwhile
-- Reply: {'missing'} | {'other_epoch'} | {'not_pinned'} | {'other_key', pinned hash} | {'next', moved, count of all}
--   | {'drawn'} all entrants are in the line
-- Repeated, or behind any number but the one that was moved: moves nobody and says how many were.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local meter = redis.call('HMGET', METER, 'key_hash', 'drawn_entrants', 'count')
if not meter[1] then return { 'not_pinned' } end
if meter[1] ~= ARGV[3] then return { 'other_key', meter[1] } end
if room.drawn then return { 'drawn' } end
if ARGV[4] == '' or ARGV[4] ~= meter[2] then return { 'next', meter[2], meter[3] } end

-- Who left after the freeze, or entered while the store was away, stays in the list of entrants and gets no place.
local has_ended = redis.call('HLEN', ENDED) + redis.call('HLEN', TURNS) > 0
local SCORE, PLACE = 16, 38
local places, fans = {}, {}
for at = 1, #ARGV[5], PLACE do
  local fan = string.sub(ARGV[5], at + SCORE, at + PLACE - 1)
  fans[#fans + 1] = fan
  if not (has_ended and redis.call('HEXISTS', ENDED, fan) + redis.call('HEXISTS', TURNS, fan) > 0) then
    places[#places + 1] = string.sub(ARGV[5], at, at + SCORE - 1)
    places[#places + 1] = fan
  end
end
if #places > 0 then redis.call('ZADD', WAITING, unpack(places)) end
if #fans > 0 then redis.call('ZREM', LOBBY, unpack(fans)) end

local moved = redis.call('HINCRBY', METER, 'drawn_entrants', #fans)
if moved < tonumber(meter[3]) then return { 'next', int(moved), meter[3] } end
redis.call('HSET', METER, 'drawn', 1)
redis.call('HDEL', METER, 'gatherer', 'gatherer_until_ms')
return { 'drawn' }
