-- Put before every script: the admission log, in which each entry holds the hash of all before it.
--
-- hash = SHA-256 over `previous hash|n|at_ms|turns|first|last|per_minute|share|by`, the values as stored; before
-- the first entry stands the room's commitment.
local LOG_LENGTH = 200000
local LOG_FIELDS = { 'n', 'at_ms', 'turns', 'first', 'last', 'per_minute', 'share', 'by' }

-- Write down which turns were given now: the scores of the first and the last fan, the rate, the
-- lowest share that they were counted by since the last entry, and who set the rate.
local function log_turns(room, given, first, last)
  local meter = redis.call('HMGET', METER, 'log_entries', 'log_head')
  local number = tonumber(meter[1] or 0) + 1
  local values = { int(number), int(now_ms), int(given), first, last, exact(room.new_users_per_minute),
    exact(room.least_share or 1), room.rate_by }
  local previous = meter[2] or redis.call('HGET', ROOM, 'commitment') or ''
  local head = sha256(previous .. '|' .. table.concat(values, '|'))
  local entry = { 'hash', head }
  for i, name in ipairs(LOG_FIELDS) do
    entry[#entry + 1] = name
    entry[#entry + 1] = values[i]
  end
  redis.call('XADD', ADMISSIONS, 'MAXLEN', '~', LOG_LENGTH, '*', unpack(entry))
  redis.call('HSET', METER, 'log_entries', int(number), 'log_head', head, 'least_share', 1)
  room.least_share = 1
end
