-- Add joins by the network that they came from, as one edge has counted them since it last did so.
--
-- Uses room, networks.
-- ARGV[3..] network, joins  pairs, at most 500 of them
-- Reply: {'missing'} | {'other_epoch'} | {'counted', networks kept}
-- Repeated: counts twice; so an edge lets a batch go whose reply was lost.
-- The largest are kept: who is dropped as the smallest of too many begins anew. `all` counts those as well.
local MOST_NETWORKS = 10000
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

local all = 0
for i = 3, #ARGV, 2 do
  redis.call('ZINCRBY', NETWORKS, ARGV[i + 1], ARGV[i])
  all = all + tonumber(ARGV[i + 1])
end
redis.call('ZINCRBY', NETWORKS, int(all), 'all')
local surplus = redis.call('ZCARD', NETWORKS) - MOST_NETWORKS - 1
if surplus > 0 then redis.call('ZREMRANGEBYRANK', NETWORKS, 0, surplus - 1) end
return { 'counted', int(redis.call('ZCARD', NETWORKS) - 1) }
