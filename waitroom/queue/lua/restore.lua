-- Put a batch of fans back who hold passes and whom the room has forgotten; never a fan whose turn is over.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns.
-- ARGV[3..] fan, tier, score  triples; the score as signed or as drawn, 'lobby' for a fan who is still to be drawn, or
--   'behind' for one whom the drawn list does not hold
-- Reply: {'missing'} | {'other_epoch'} | {'restored', standing...} (see _standing.lua), one a fan in the order given
-- Repeated: the standing. A fan of the lobby whom the list of entrants missed is answered `lobby`, and comes again with
-- the drawn score once there is one.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
-- Once the lobby is frozen its list may be read at any moment, but while the room recovers.
local is_list_open = not redis.call('HGET', METER, 'root') and (not room.frozen_at_us or room.is_recovering)

-- The score of a fan; who arrives from now on stands behind.
local function place_in_line(tier, score)
  local last_us = room.last_arrival_us or -1
  local arrival_us = score == 'behind' and math.max(last_us + 1, now_us - (room.frozen_at_us or now_us))
    or tonumber(score) % TIER - BAND
  if arrival_us > last_us then
    room.last_arrival_us = arrival_us
    redis.call('HSET', METER, 'last_arrival_us', arrival_us)
  end
  return score == 'behind' and tonumber(tier) * TIER + BAND + arrival_us or score
end

local function put_back(fan, tier, score)
  if score ~= 'lobby' then
    redis.call('ZADD', WAITING, place_in_line(tier, score), fan)
  elseif is_list_open then
    redis.call('ZADD', LOBBY, tier, fan)
  else
    return { 'lobby', '', '', '', '', '', tier }
  end
  count_in('restored', 'joined')
  return nil
end

local answers, reply = {}, { 'restored' }
for i = 3, #ARGV, 3 do
  local found = standing(room, ARGV[i])
  if found[1] == 'unknown' then answers[i] = put_back(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
end
-- The places are read at the end: these fans stand before and behind one another.
for i = 3, #ARGV, 3 do
  reply[#reply + 1] = answers[i] or standing(room, ARGV[i])
end
return reply
