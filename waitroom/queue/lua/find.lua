-- Find a fan by a support code; writes nothing.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved, support, support_due.
-- ARGV[3] code  its id
-- Reply: {'missing'} | {'other_epoch'} | {'unknown'} | {'found', fan, tier, score, joined at ms, moves, turn, standing}
--   turn is {given at ms, times prolonged, enter at ms or '', 1 for who has entered}, or empty
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan, text = read_note(SUPPORT, SUPPORT_DUE, ARGV[3])
if not fan then return { 'unknown' } end
local tier, score, joined_ms = string.match(text, '^(%d+):([^:]+):(%d+)$')
local turn, told = read_turn(fan), {}
if turn then
  local has_entered = turn.session ~= '' and '1' or ''
  told = { int(turn.given_ms), int(turn.more), turn.enter_ms and int(turn.enter_ms) or '', has_entered }
end
return { 'found', fan, tier, score, joined_ms, int(moves_of(fan)), told, standing(room, fan) }
