-- Take a batch of fans into a line and do nothing else: what `join` is compared with.
--
-- KEYS[1] counter  arrivals so far
-- KEYS[2] line     sorted set, fan by arrival
-- ARGV[1..] fan    22 characters of base64url
-- Reply: {'joined', arrival...} with one entry a fan in the order given
-- Repeated: a fan already known keeps the arrival.
local BEHIND_ALL = 8000000000000000

local reply = { 'joined' }
for i = 1, #ARGV do
  local arrival = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if not arrival then
    arrival = string.format('%.0f', BEHIND_ALL + redis.call('INCR', KEYS[1]))
    redis.call('ZADD', KEYS[2], arrival, ARGV[i])
  end
  reply[#reply + 1] = arrival
end
return reply
