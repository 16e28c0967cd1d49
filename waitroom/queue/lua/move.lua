-- Offer a fan's place to another device, by a code that is known here by its id alone.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, moved, moves, moves_due.
-- ARGV[3] fan
-- ARGV[4] moves    how often the fan had moved when the pass was signed
-- ARGV[5] code     its id
-- ARGV[6] held     what the pass says besides, `tier:score:joined at ms`
-- ARGV[7] lasts_ms
-- Reply: {'missing'} | {'other_epoch'} | {'moved'} the pass holds no more | {'over', reason} | {'unknown'}
--   | {'exhausted'} moved too often | {'offered', ends at ms}
-- Repeated with the same code: the same. With another one: the earlier code is worth nothing.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
local fan = ARGV[3]

if is_moved_away(fan, ARGV[4]) then return { 'moved' } end
local found = standing(room, fan)
if found[1] == 'unknown' then return { 'unknown' } end
if redis.call('HEXISTS', ENDED, fan) == 1 then return { 'over', found[1] } end
if moves_of(fan) >= MOST_MOVES then return { 'exhausted' } end
local ends_ms = now_ms + tonumber(ARGV[7])
keep_note(MOVES, MOVES_DUE, ARGV[5], fan, ARGV[6] .. '::', ends_ms)
return { 'offered', int(ends_ms) }
