-- Put before every script: the moments of entry.
--
-- GCRA at R with a depth of one second's worth, d = max(1, R/60), so that any w seconds hold at most w R/60 + d
-- moments. `free_from_us` is its theoretical arrival time less its tolerance: the first moment that is free.

-- A clock that ran backwards takes `free_from_us` along, so that nobody waits for the lost time twice; the moments
-- that were given before and come again stay taken.
local function settle_entries(room)
  local seen_us = room.entry_seen_us or now_us
  room.free_from_us = room.free_from_us or 0
  if now_us < seen_us then
    local is_past = seen_us > (room.taken_to_us or 0)
    room.taken_from_us = is_past and seen_us or math.min(room.taken_from_us, seen_us)
    room.taken_to_us = math.max(room.taken_to_us or 0, room.free_from_us)
    room.free_from_us = room.free_from_us - (seen_us - now_us)
    redis.call('HSET', METER, 'taken_from_us', room.taken_from_us, 'taken_to_us', room.taken_to_us)
  end
  room.entry_seen_us = now_us
end

local function keep_entries(room)
  redis.call('HSET', METER, 'free_from_us', room.free_from_us, 'entry_seen_us', room.entry_seen_us)
end

-- Reserve the next moment of entry, a whole millisecond.
local function next_entry_ms(room)
  settle_entries(room)
  local interval_us = 60000000 / room.new_users_per_minute
  local entry_us = math.max(now_us, room.free_from_us)
  if room.taken_to_us and entry_us > room.taken_from_us - interval_us and entry_us < room.taken_to_us then
    room.free_from_us = room.taken_to_us
    entry_us = room.taken_to_us
  end
  local entry_ms = math.ceil(entry_us / 1000)
  local tolerance_us = (burst(room) - 1) * interval_us
  room.free_from_us = math.max(room.free_from_us, entry_ms * 1000 - tolerance_us) + interval_us
  keep_entries(room)
  return entry_ms
end

-- Carry unused moments over from one rate to another, at their number; a shut tap leaves none.
local function settle_entry_rate(room, before, after)
  settle_entries(room)
  if before <= 0 then
    room.free_from_us = math.max(room.free_from_us, now_us)
  elseif after > 0 and room.free_from_us <= now_us then
    local most = math.max(1, math.min(before, after) / 60) - 1
    local unused = math.min((now_us - room.free_from_us) * before / 60000000, most)
    room.free_from_us = now_us - unused * 60000000 / after
  end
  keep_entries(room)
end
