-- Spend the token id of an active fan, once, and start the session.
--
-- Uses room, meter, admitted, active, ended, turns, waiting, lobby.
-- ARGV[3] fan
-- ARGV[4] session  the caller's name for the session, at most 64 characters: the same one may ask again
-- Reply: {'missing'} | {'other_epoch'} | {'entered', expires at ms} | {'early', ms to wait} | {'spent'}
--   | {'over', reason} | {'unknown'}
-- Repeated with the same session: the same answer; with another: spent.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan, session = ARGV[3], ARGV[4]

local expires_ms = redis.call('ZSCORE', ACTIVE, fan)
if not expires_ms then
  local state = standing(room, fan)[1]
  if redis.call('HEXISTS', ENDED, fan) == 1 then return { 'over', state } end
  return { 'unknown' }
end
local turn = read_turn(fan)
if turn.session ~= '' and turn.session == session then return { 'entered', int(tonumber(expires_ms)) } end
if turn.session ~= '' then return { 'spent' } end
if now_ms < turn.enter_ms then return { 'early', int(turn.enter_ms - now_ms) } end

turn.session = session
write_turn(fan, turn)
redis.call('ZADD', ACTIVE, now_ms + room.session_ms, fan)
redis.call('HINCRBY', METER, 'entered', 1)
return { 'entered', int(now_ms + room.session_ms) }
