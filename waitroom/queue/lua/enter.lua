-- Spend the token id of a fan, once, and start the session.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns.
-- ARGV[3] fan      whose admission token the caller has verified
-- ARGV[4] session  the caller's name for the session, at most 64 characters: the same one may ask again
-- Reply: {'missing'} | {'other_epoch'} | {'entered', expires at ms} | {'early', ms to wait} | {'spent'}
--   | {'over', reason}
-- Repeated with the same session: the same answer; with another: spent.
-- A fan whose turn is not over and who has no slot claimed one before a loss, or while the store was away: the token
-- proves it, and the fan gets the slot, be it above the ceiling.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan, session = ARGV[3], ARGV[4]

local function take_back()
  local score = redis.call('ZSCORE', WAITING, fan)
  local tier = not score and tier_in_lobby(room, fan)
  local turn = read_turn(fan)
    or { given_ms = now_ms, room_ms = room.room_ms, tier = tonumber(tier or 0), session = '' }
  if score then turn.tier = math.floor(tonumber(score) / TIER) end
  turn.enter_ms, turn.expires_ms = now_ms, now_ms + room.claim_ms
  local was_in_line = redis.call('ZREM', WAITING, fan) == 1 or tier
  local had_turn = redis.call('ZREM', ADMITTED, fan) == 1
  -- Once frozen the list of entrants stands: `draw` gives no place to who has a turn.
  if not room.frozen_at_us then redis.call('ZREM', LOBBY, fan) end
  count_in('restored', 'claimed')
  if not had_turn then count_in('given') end
  if not (had_turn or was_in_line) then count_in('joined') end
  return turn
end

local expires_ms = redis.call('ZSCORE', ACTIVE, fan)
if not expires_ms then
  local reason = redis.call('HGET', ENDED, fan)
  if reason then return { 'over', reason } end
end
local turn = expires_ms and read_turn(fan) or take_back()
if turn.session ~= '' and turn.session == session then return { 'entered', int(tonumber(expires_ms)) } end
if turn.session ~= '' then return { 'spent' } end
if now_ms < turn.enter_ms then return { 'early', int(turn.enter_ms - now_ms) } end

turn.session = session
write_turn(fan, turn)
redis.call('ZADD', ACTIVE, now_ms + room.session_ms, fan)
redis.call('HINCRBY', METER, 'entered', 1)
return { 'entered', int(now_ms + room.session_ms) }
