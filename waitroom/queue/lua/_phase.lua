-- Put before every script: the freeze of the lobby, and the phase that follows from it, the times and the draw.

-- Close the lobby for good when its time has come: no clock opens it again. After a loss its fans come back first.
-- A room without a release has no lobby: its line is open from the start, first come, first served.
local function latch_freeze(room)
  if room.frozen_at_us or room.is_recovering then return end
  if room.release_at and now_ms < room.lobby_closes_at then return end
  room.frozen_at_us = now_us
  redis.call('HSET', METER, 'frozen_at_us', now_us)
  if room.release_at then return end
  room.drawn = 1
  redis.call('HSET', METER, 'drawn', 1)
end

local function phase_of(room)
  if room.closes_at and now_ms >= room.closes_at then return 'closed' end
  if not room.release_at then return 'open' end
  if not room.frozen_at_us then
    if now_ms < (room.lobby_at or 0) then return 'scheduled' end
    return 'lobby'
  end
  if room.drawn and now_ms >= room.release_at then return 'open' end
  return 'drawing'
end
