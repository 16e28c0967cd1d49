-- Keep a support code of a fan, by its id: for a time the organizer's desk finds the fan by it.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved, support, support_due.
-- ARGV[3] fan
-- ARGV[4] moves      how often the fan had moved when the pass was signed
-- ARGV[5] code       its id
-- ARGV[6] held       what the pass says besides, `tier:score:joined at ms`
-- ARGV[7] lasts_ms
-- Reply: {'missing'} | {'other_epoch'} | {'moved'} the pass holds no more | {'unknown'} | {'kept', ends at ms}
-- Repeated with the same code: the same. With another one: the earlier code finds nobody.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

if is_moved_away(fan, ARGV[4]) then return { 'moved' } end
if standing(room, fan)[1] == 'unknown' then return { 'unknown' } end
local ends_ms = now_ms + tonumber(ARGV[7])
keep_note(SUPPORT, SUPPORT_DUE, ARGV[5], fan, ARGV[6], ends_ms)
return { 'kept', int(ends_ms) }
