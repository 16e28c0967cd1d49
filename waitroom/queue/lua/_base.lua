-- Put before every script: the room's keys and the moment.
--
-- KEYS are the same for every script, in the order of `Keys.all()`; a script names in its header those it uses.
-- ARGV[1] clock   microseconds since 1970 that a test passes, or '' for the server's TIME
-- ARGV[2] epoch   the room's epoch as the caller knows it, or '' where any will do
local ROOM, METER, LOBBY, WAITING = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ADMITTED, ACTIVE, ENDED, ENTRANTS = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local HEALTH, CHANGES, ADMISSIONS, TURNS = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local CODES, DELETED, MOVED, MOVES = KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local MOVES_DUE, SUPPORT, SUPPORT_DUE, LOGO = KEYS[17], KEYS[18], KEYS[19], KEYS[20]
local NETWORKS = KEYS[21]

local BAND = 2 ^ 48 -- the drawn lobby lies below, arrivals after the freeze above
local TIER = 2 ^ 50

local now_us = tonumber(ARGV[1])
if not now_us then
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now_ms = math.floor(now_us / 1000)

-- Replies are strings: Lua's own conversion would cut a score to 14 digits.
local function int(number)
  return string.format('%.0f', number)
end

-- A number that need not be whole, with all its digits.
local function exact(number)
  return string.format('%.17g', number)
end
