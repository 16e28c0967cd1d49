-- Put before every script: notes about fans, found by the id of a code for a time; one a fan, the newest.
--
-- `notes` is a hash of `id` to `fan:...` and of `@fan` to the id, `due` the ids by their end.
local MOST_NOTES = 50000 -- beyond, the note that ends first goes
local DROPPED_AT_ONCE = 20

local function drop_note(notes, due, id)
  local fan = string.match(redis.call('HGET', notes, id) or '', '^[^:]+')
  redis.call('HDEL', notes, id)
  redis.call('ZREM', due, id)
  if fan and redis.call('HGET', notes, '@' .. fan) == id then redis.call('HDEL', notes, '@' .. fan) end
end

-- Keep a note until `ends_ms`; the fan's earlier one, and some whose time is over, go.
local function keep_note(notes, due, id, fan, text, ends_ms)
  local earlier = redis.call('HGET', notes, '@' .. fan)
  if earlier then drop_note(notes, due, earlier) end
  for _, over in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'LIMIT', 0, DROPPED_AT_ONCE)) do
    drop_note(notes, due, over)
  end
  if redis.call('ZCARD', due) >= MOST_NOTES then drop_note(notes, due, redis.call('ZRANGE', due, 0, 0)[1]) end
  redis.call('HSET', notes, id, fan .. ':' .. text, '@' .. fan, id)
  redis.call('ZADD', due, ends_ms, id)
end

-- The fan of a note and what it says, or nil when there is none or its time is over.
local function read_note(notes, due, id)
  local ends_ms = tonumber(redis.call('ZSCORE', due, id) or 0)
  if ends_ms <= now_ms then return nil end
  return string.match(redis.call('HGET', notes, id) or '', '^([^:]+):(.*)$')
end
