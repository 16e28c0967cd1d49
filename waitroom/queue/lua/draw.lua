-- Move the next some hundred entrants of the lobby into the line, at the places that the draw gave them.
--
-- Uses room, meter, lobby, waiting, ended, turns.
-- ARGV[3] key_hash  SHA-256 of the draw key that the scores were made with, hex
-- ARGV[4] moved     how many entrants have been moved before, or '' to learn it
-- ARGV[5] places    one after another, 7 bytes of the score, big-endian, and the 22 characters of the fan id each: at
--   most 3,000, and better fewer, since everybody else waits meanwhile
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
local function without_ended(places)
  local fans, left = {}, {}
  for i = 2, #places, 2 do fans[i / 2] = places[i] end
  local ended, turns = redis.call('HMGET', ENDED, unpack(fans)), redis.call('HMGET', TURNS, unpack(fans))
  for i, fan in ipairs(fans) do
    if not (ended[i] or turns[i]) then
      left[#left + 1] = places[2 * i - 1]
      left[#left + 1] = fan
    end
  end
  return left
end

local places = { struct.unpack('>' .. string.rep('I7c22', #ARGV[5] / 29), ARGV[5]) }
-- Behind the values it tells where it stopped.
places[#places] = nil
local count = #places / 2
local has_ended = redis.call('HLEN', ENDED) + redis.call('HLEN', TURNS) > 0
if has_ended and count > 0 then places = without_ended(places) end
if #places > 0 then redis.call('ZADD', WAITING, unpack(places)) end
-- As many, not the same: who is still to be moved is read from the list (see _lobby.lua).
if count > 0 then redis.call('ZREMRANGEBYRANK', LOBBY, 0, int(count - 1)) end

local moved = redis.call('HINCRBY', METER, 'drawn_entrants', int(count))
if moved < tonumber(meter[3]) then return { 'next', int(moved), meter[3] } end
redis.call('HSET', METER, 'drawn', 1)
redis.call('HDEL', METER, 'gatherer', 'gatherer_until_ms')
return { 'drawn' }
