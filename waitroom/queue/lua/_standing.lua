-- Put before every script: how it stands with one fan.
--
-- standing(room, fan) -> { state, score, ahead, given at ms, claim by ms, enter at ms, tier }, '' where nothing is so.
local function standing(room, fan)
  local score = redis.call('ZSCORE', WAITING, fan)
  if score then
    local tier = int(math.floor(tonumber(score) / TIER))
    return { 'waiting', score, int(redis.call('ZRANK', WAITING, fan)), '', '', '', tier }
  end
  -- A leave during the draw is noted in `ended` while the list still holds the entrant.
  local reason = redis.call('HGET', ENDED, fan)
  if reason then return { reason, '', '', '', '', '', '' } end
  local deadline = redis.call('ZSCORE', ADMITTED, fan)
  if deadline then
    local claim_by_ms = now_ms + tonumber(deadline) - room.room_ms
    local turn = read_turn(fan)
    return { 'admitted', '', '0', int(turn.given_ms), int(claim_by_ms), '', int(turn.tier) }
  end
  if redis.call('ZSCORE', ACTIVE, fan) then
    local turn = read_turn(fan)
    return { 'active', '', '0', int(turn.given_ms), '', int(turn.enter_ms), int(turn.tier) }
  end
  -- Last: who was moved, or entered while the store was away, still stands in the list of entrants.
  local tier = tier_in_lobby(room, fan)
  if tier then return { 'lobby', '', '', '', '', '', tier } end
  return { 'unknown', '', '', '', '', '', '' }
end
