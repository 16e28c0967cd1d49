-- Say how it stands with one fan, or with the holder of a pass: then learn from it how often the fan has moved.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved.
-- ARGV[3] fan
-- ARGV[4] moves  how often the fan had moved when the pass was signed, '' without a pass
-- Reply: {'missing'} | {'other_epoch'} | {'standing', standing} (see _standing.lua), with the state `moved` for a pass that
--   holds no more
-- Repeated: the same; nothing is written but moves that the room did not know.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
if is_moved_away(ARGV[3], ARGV[4]) then return { 'standing', MOVED_STANDING } end
return { 'standing', standing(room, ARGV[3]) }
