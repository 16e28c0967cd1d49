-- Move the next few hundred entrants from the lobby into the line, at the places that the draw gave them.
--
-- Uses room, meter, lobby, waiting, ended, turns.
-- ARGV[3] key_hash  SHA-256 of the draw key that the scores were made with, hex
-- ARGV[4] index     of the move, or '' to learn which is next
-- ARGV[5..] score, fan  pairs: 512 a move, fewer in the last one
-- Reply: {'missing'} | {'other_epoch'} | {'not_pinned'} | {'other_key', pinned hash} | {'next', index, moves}
--   | {'drawn'} all entrants are in the line
-- Repeated, or with any index but the next: moves nobody and says which is next.
local ENTRANTS_A_MOVE = 512 -- a larger one would hold up everybody else for longer
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local meter = redis.call('HMGET', METER, 'key_hash', 'drawn_chunks', 'count')
if not meter[1] then return { 'not_pinned' } end
if meter[1] ~= ARGV[3] then return { 'other_key', meter[1] } end
if room.drawn then return { 'drawn' } end
local moves = math.ceil(tonumber(meter[3]) / ENTRANTS_A_MOVE)
if ARGV[4] == '' or ARGV[4] ~= meter[2] then return { 'next', meter[2], int(moves) } end

-- Who left after the freeze, or entered while the store was away, stays in the list of entrants and gets no place.
local has_ended = redis.call('HLEN', ENDED) + redis.call('HLEN', TURNS) > 0
local PAIRS = 3000 -- a call takes at most 7,000 values
for first = 5, #ARGV, 2 * PAIRS do
  local places, fans = {}, {}
  for i = first, math.min(first + 2 * PAIRS, #ARGV + 1) - 1, 2 do
    local fan = ARGV[i + 1]
    fans[#fans + 1] = fan
    if not (has_ended and redis.call('HEXISTS', ENDED, fan) + redis.call('HEXISTS', TURNS, fan) > 0) then
      places[#places + 1] = ARGV[i]
      places[#places + 1] = fan
    end
  end
  if #places > 0 then redis.call('ZADD', WAITING, unpack(places)) end
  redis.call('ZREM', LOBBY, unpack(fans))
end

local done = redis.call('HINCRBY', METER, 'drawn_chunks', 1)
if done < moves then return { 'next', int(done), int(moves) } end
redis.call('HSET', METER, 'drawn', 1)
redis.call('HDEL', METER, 'gatherer', 'gatherer_until_ms')
return { 'drawn' }
