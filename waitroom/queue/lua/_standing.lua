-- Put before every script: how it stands with one fan.
--
-- standing(room, fan) -> { state, score, ahead, given at ms, claim by ms, enter at ms }, '' where nothing is so.
local function standing(room, fan)
  local score = redis.call('ZSCORE', WAITING, fan)
  if score then
    return { 'waiting', score, int(redis.call('ZRANK', WAITING, fan)), '', '', '' }
  end
  -- A leave during the draw is noted in `ended` while the lobby still holds the entrant.
  local reason = redis.call('HGET', ENDED, fan)
  if reason then return { reason, '', '', '', '', '' } end
  if redis.call('ZSCORE', LOBBY, fan) then return { 'lobby', '', '', '', '', '' } end
  local deadline = redis.call('ZSCORE', ADMITTED, fan)
  if deadline then
    local claim_by_ms = now_ms + tonumber(deadline) - room.room_ms
    return { 'admitted', '', '0', int(read_turn(fan).given_ms), int(claim_by_ms), '' }
  end
  if redis.call('ZSCORE', ACTIVE, fan) then
    local turn = read_turn(fan)
    return { 'active', '', '0', int(turn.given_ms), '', int(turn.enter_ms) }
  end
  return { 'unknown', '', '', '', '', '' }
end
