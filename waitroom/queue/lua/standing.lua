-- Say how it stands with one fan; writes nothing.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns.
-- ARGV[3] fan
-- Reply: {'missing'} | {'other_epoch'} | {'standing', standing} (see _standing.lua)
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
return { 'standing', standing(room, ARGV[3]) }
