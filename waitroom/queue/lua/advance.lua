-- Advance the room: end what is over, give the turns that are due, store the snapshot.
--
-- Uses room, meter, lobby, waiting, admitted, active, ended, turns, admissions.
-- ARGV[3] interval_us  within it the stored snapshot is returned and nothing is done
-- Reply: {'missing'} | {'other_epoch'} | {'advanced', snapshot, turns given} | {'standing', snapshot}
--   the snapshot is a JSON object of strings and of arrays of strings: see Snapshot.parse
-- Repeated: does nothing within the interval.
local last = redis.call('HMGET', METER, 'advanced_at_us', 'snapshot')
local since_us = now_us - tonumber(last[1] or 0)
local is_fresh = last[2] and since_us >= 0 and since_us < tonumber(ARGV[3])
-- Most looks at a quiet room end here.
if is_fresh and ARGV[2] == '' then return { 'standing', last[2] } end

local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end

if is_fresh then return { 'standing', last[2] } end

latch_freeze(room)
follow_rate(room)

-- Room time moves by a second at most, never backwards, not while paused or recovering: an outage lapses nobody.
if not room.is_paused and not room.is_recovering and phase_of(room) == 'open' and last[1] then
  room.room_us = room.room_us + math.max(0, math.min(since_us, 1000000))
  room.room_ms = math.floor(room.room_us / 1000)
  redis.call('HSET', METER, 'room_us', room.room_us)
end

local function end_due(set, now, reason)
  local fans = redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, MOST_TURNS)
  for _, fan in ipairs(fans) do
    redis.call('ZREM', set, fan)
    end_turn(fan, reason)
  end
end
end_due(ADMITTED, room.room_ms, 'lapsed')
end_due(ACTIVE, now_ms, 'expired')
fold_cohorts(room)

local given = 0
if may_admit(room) then
  settle_tokens(room, room.new_users_per_minute)
  local due = turns_due(room)
  if due > 0 then given = give_turns(room, due) end
end

measure_speed(last[1] and since_us or 0)
redis.call('HSET', METER, 'advanced_at_us', now_us)
local snapshot = take_snapshot(room)
redis.call('HSET', METER, 'snapshot', snapshot)
return { 'advanced', snapshot, int(given) }
