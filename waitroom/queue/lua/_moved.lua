-- Put before every script: how often a fan moved to another device, so that the pass of the old one is refused.
--
-- The score of a fan of `:moved` is the moment of the last move, made to rise, times 1,000, plus how often: so edges
-- read who has moved since they looked. A pass tells how often its fan had moved when it was signed.
local MOST_MOVES = 999
local MOVED_STANDING = { 'moved', '', '', '', '', '', '' }

local function moves_of(fan)
  return tonumber(redis.call('ZSCORE', MOVED, fan) or 0) % (MOST_MOVES + 1)
end

local function write_moves(fan, moves)
  local last_ms = tonumber(redis.call('HGET', METER, 'last_moved_ms') or 0)
  local moment_ms = math.max(last_ms + 1, now_ms)
  redis.call('HSET', METER, 'last_moved_ms', int(moment_ms))
  redis.call('ZADD', MOVED, moment_ms * (MOST_MOVES + 1) + moves, fan)
end

-- Whether the place was moved away from the pass that tells `moves`; '' for no pass at all. After a loss the pass
-- that tells more than the room knows is believed: it is signed.
local function is_moved_away(fan, moves)
  if not moves or moves == '' then return false end
  local known = moves_of(fan)
  if tonumber(moves) > known then write_moves(fan, math.min(tonumber(moves), MOST_MOVES)) end
  return tonumber(moves) < known
end
