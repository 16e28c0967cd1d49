-- Give a batch of fans their standing, once each: new ones go to the lobby or behind the line.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, turns, admissions.
-- ARGV[3..] fan, tier  pairs; a fan id is 22 characters of base64url, tiers are 0 to 7
-- Reply: {'missing'} | {'other_epoch'} | {'joined', standing...} with one entry a fan in the order given:
--   a standing (see _standing.lua), or {'not_open', opens at ms} | {'closed'} where a new fan is not taken.
-- Repeated: a fan already known gets the standing answer.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

latch_freeze(room)
local phase = phase_of(room)

-- Take a new fan in; returns the answer, or nil when the fan stands in the line and its place is still to be read.
local function add(fan, tier)
  if phase == 'scheduled' then return { 'not_open', int(room.lobby_at) } end
  if phase == 'closed' then return { 'closed' } end
  redis.call('HINCRBY', METER, 'joined', 1)
  if phase == 'lobby' then
    redis.call('ZADD', LOBBY, tier, fan)
    return { 'lobby', '', '', '', '', '' }
  end
  local arrival_us = math.max((room.last_arrival_us or -1) + 1, now_us - room.frozen_at_us)
  room.last_arrival_us = arrival_us
  redis.call('ZADD', WAITING, tier * TIER + BAND + arrival_us, fan)
  return nil
end

local answers = {}
for i = 3, #ARGV, 2 do
  local found = standing(room, ARGV[i])
  if found[1] == 'unknown' then found = add(ARGV[i], tonumber(ARGV[i + 1])) end
  -- The places are read at the end: these fans may yet get their turn.
  if found and found[1] ~= 'waiting' then answers[i] = found end
end
if room.last_arrival_us then redis.call('HSET', METER, 'last_arrival_us', room.last_arrival_us) end

-- An idle room gives the turn at once, and to all who wait: nobody is overtaken.
if may_admit(room) then
  settle_tokens(room)
  local waiting, due = redis.call('ZCARD', WAITING), turns_due(room)
  if waiting > 0 and waiting <= due then give_turns(room, waiting) end
end

local reply = { 'joined' }
for i = 3, #ARGV, 2 do
  reply[#reply + 1] = answers[i] or standing(room, ARGV[i])
end
return reply
