-- Take a place over by a code, once: the pass of the device that offered it holds no more.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved, moves, moves_due.
-- ARGV[3] code  its id
-- ARGV[4] by    the caller's own mark, so that a repeated call is answered again; '' for none
-- Reply: {'missing'} | {'other_epoch'} | {'refused'} not offered, used, or its time is over
--   | {'taken', fan, tier, score, joined at ms, moves, standing} with what the pass said (score a number or 'lobby')
-- Repeated with the same mark, while the code lasts and the fan has not moved on: the same.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan, text = read_note(MOVES, MOVES_DUE, ARGV[3])
if not fan then return { 'refused' } end
local tier, score, joined_ms, by, taken = string.match(text, '^(%d+):([^:]+):(%d+):([^:]*):(%d*)$')

local moves = moves_of(fan)
if taken == '' then
  moves = math.min(moves + 1, MOST_MOVES)
  write_moves(fan, moves)
  local held = table.concat({ fan, tier, score, joined_ms, ARGV[4], int(moves) }, ':')
  redis.call('HSET', MOVES, ARGV[3], held)
elseif ARGV[4] == '' or ARGV[4] ~= by or tonumber(taken) ~= moves then
  return { 'refused' }
end
return { 'taken', fan, tier, score, joined_ms, int(moves), standing(room, fan) }
