-- Put before every script: who is in the lobby.
--
-- While the drawn entrants move into the line, in the order of the draw, as many of them leave the lobby's set, in its
-- own order, which costs a tenth: so the set tells how many are still to be moved, and the list of entrants who.

-- The tier of a fan of the lobby, or nil. Whoever was moved is known to the line, or has ended: look there first.
local function tier_in_lobby(room, fan)
  local tier = redis.call('ZSCORE', LOBBY, fan)
  if tier or room.drawn or not room.drawn_entrants then return tier end
  return tier_in_list(fan)
end
