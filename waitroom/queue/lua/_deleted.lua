-- Put before every script: the end of a room.
local DELETED_SECONDS = 30 * 86400

-- Delete the room with everything in it; its epoch stays known as deleted.
local function bury(epoch)
  for _, key in ipairs(KEYS) do
    if key ~= DELETED then redis.call('UNLINK', key) end
  end
  redis.call('HSET', DELETED, epoch, int(now_ms))
  redis.call('EXPIRE', DELETED, DELETED_SECONDS)
end
