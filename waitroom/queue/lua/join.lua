-- Give a batch of fans their standing, once each: new ones go to the lobby or behind the line.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, entrants, turns, codes, admissions, moved.
-- ARGV[3..] fan, tier, code  triples; a fan id is 22 characters of base64url, tiers are 0 to 7; the code's id, or ''
--   A code's tier stands instead of the given one; with `codes` off it is not looked at.
-- Reply: {'missing'} | {'other_epoch'} | {'joined', standing...} with one entry a fan in the order given:
--   a standing (see _standing.lua), or {'not_open', opens at ms} | {'closed'} | {'code', why} where nobody is taken in
-- Repeated: a fan already known gets the standing answer, and no code is used up.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

latch_freeze(room)
local phase = phase_of(room)

-- The tier that a code gives, using it up; or nil and why not.
local function tier_of_code(code)
  if code == '' then return nil, 'required' end
  local tier, uses = string.match(redis.call('HGET', CODES, code) or '', '^(%d):(%d*)$')
  if not tier then return nil, 'unknown' end
  if uses == '0' then return nil, 'spent' end
  if uses ~= '' then redis.call('HSET', CODES, code, tier .. ':' .. int(tonumber(uses) - 1)) end
  return tier
end

-- Take a new fan in; returns the answer, or nil when the fan stands in the line and its place is still to be read.
local function add(fan, tier, code)
  if phase == 'scheduled' then return { 'not_open', int(room.lobby_at) } end
  if phase == 'closed' then return { 'closed' } end
  if room.codes == 'required' or (room.codes == 'optional' and code ~= '') then
    local code_tier, why = tier_of_code(code)
    if not code_tier then return { 'code', why } end
    tier = tonumber(code_tier)
  end
  redis.call('HINCRBY', METER, 'joined', 1)
  if phase == 'lobby' then
    redis.call('ZADD', LOBBY, tier, fan)
    return { 'lobby', '', '', '', '', '', int(tier) }
  end
  local arrival_us = math.max((room.last_arrival_us or -1) + 1, now_us - room.frozen_at_us)
  room.last_arrival_us = arrival_us
  redis.call('ZADD', WAITING, tier * TIER + BAND + arrival_us, fan)
  return nil
end

local answers, reply = {}, { 'joined' }
for i = 3, #ARGV, 3 do
  local found = standing(room, ARGV[i])
  -- The key of a place that was moved to another device; with its pass one asks otherwise.
  if found[1] ~= 'unknown' and moves_of(ARGV[i]) > 0 then found = MOVED_STANDING end
  if found[1] == 'unknown' then found = add(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]) end
  -- The places are read at the end: these fans may yet get their turn.
  if found and found[1] ~= 'waiting' then answers[i] = found end
end
if room.last_arrival_us then redis.call('HSET', METER, 'last_arrival_us', room.last_arrival_us) end
give_turns_if_idle(room)
for i = 3, #ARGV, 3 do
  reply[#reply + 1] = answers[i] or standing(room, ARGV[i])
end
return reply
