-- End tokens before their time: one fan's turn wherever it stands, or all of the room that nobody has entered with yet.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns.
-- ARGV[3] fan     or '' for the room
-- ARGV[4] cursor  of the room's turns, '0' to begin; not used for a fan
-- Reply: {'missing'} | {'other_epoch'} | {'over', reason} of the fan | {'unknown'} | {'revoked', tokens, next cursor}
--   the cursor is '0' when all have been looked at
-- Repeated: the first reason stands; what was revoked is not counted again.
local LOOKED_AT = 500
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

-- The fan shops no more, and no pass brings the turn back.
local function revoke(fan)
  for _, set in ipairs({ WAITING, ADMITTED, ACTIVE }) do redis.call('ZREM', set, fan) end
  -- Once frozen the list of entrants stands; `draw` gives no place to whose turn is over.
  if not room.frozen_at_us then redis.call('ZREM', LOBBY, fan) end
  end_turn(fan, 'expired')
end

if ARGV[3] ~= '' then
  local state = standing(room, ARGV[3])[1]
  if state == 'unknown' then return { 'unknown' } end
  local reason = redis.call('HGET', ENDED, ARGV[3])
  if not reason then revoke(ARGV[3]) end
  return { 'over', reason or 'expired' }
end

local scanned = redis.call('HSCAN', TURNS, ARGV[4], 'COUNT', LOOKED_AT)
local revoked = 0
for i = 1, #scanned[2], 2 do
  local turn = read_turn(scanned[2][i])
  if turn and turn.enter_ms and turn.session == '' then
    revoke(scanned[2][i])
    revoked = revoked + 1
  end
end
return { 'revoked', int(revoked), scanned[1] }
