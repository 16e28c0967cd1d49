-- Put before every script: the rate and the ceiling in force, and why.
--
-- The newest decision holds: what was set by hand at `rate_set_at_ms`, or the last step of the plan that has come.
-- The governor's factor (above 0, at most 1) lowers that rate, never the ceiling.
-- A plan is `at ms:new users a minute:total active users` for each step, in the order of time, with spaces between.
local function read_rate(room)
  room.rate_by = room.rate_set_by or ''
  local number = 0
  for at_ms, per_minute, ceiling in string.gmatch(room.plan or '', '(%d+):([^:]+):(%d+)') do
    number = number + 1
    if tonumber(at_ms) <= now_ms and tonumber(at_ms) > (room.rate_set_at_ms or 0) then
      room.new_users_per_minute, room.total_active_users = tonumber(per_minute), tonumber(ceiling)
      room.rate_by = 'plan ' .. number
    end
  end
  room.planned_per_minute = room.new_users_per_minute
  if room.governed and room.governed < 1 then
    room.new_users_per_minute = room.new_users_per_minute * room.governed
    room.rate_by = 'governor'
  end
end

-- Whether turns may be given now.
local function may_admit(room)
  return phase_of(room) == 'open' and not (room.is_paused or room.is_sold_out or room.is_recovering)
end

-- Take a rate that has changed since the last look into the bucket and the moments of entry. The time since that look
-- counts at the lower of both rates: never above what was due.
local function follow_rate(room)
  local before, after = room.rate_in_force or room.new_users_per_minute, room.new_users_per_minute
  if before ~= after then
    if may_admit(room) then settle_tokens(room, math.min(before, after)) end
    settle_entry_rate(room, before, after)
  end
  if room.rate_in_force ~= after then redis.call('HSET', METER, 'rate_in_force', exact(after)) end
end
