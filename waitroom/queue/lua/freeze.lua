-- Close the lobby when its time has come; from then on joins go behind and the draw may begin.
--
-- Uses room, meter, lobby.
-- Reply: {'missing'} | {'other_epoch'} | {'open', closes at ms or ''} | {'frozen', frozen at ms, fans in the lobby}
-- Repeated: the latched moment stands.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
latch_freeze(room)
if not room.frozen_at_us then
  return { 'open', room.lobby_closes_at and int(room.lobby_closes_at) or '' }
end
return { 'frozen', int(math.floor(room.frozen_at_us / 1000)), int(redis.call('ZCARD', LOBBY)) }
