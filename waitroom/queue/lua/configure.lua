-- Make a room, or change its settings; writes the change log and bumps the version.
--
-- Uses room, meter, lobby, changes.
-- ARGV[2] epoch     of a new room; otherwise as everywhere
-- ARGV[3] expected  the version that the caller has seen, or '' to make the room
-- ARGV[4] who       made the change
-- ARGV[5..] field, value  pairs, checked by the caller
-- Reply: {'missing'} | {'other_epoch'} | {'exists', version} | {'stale', version} | {'configured', version}
-- Repeated: exists, or stale.
local LOG_LENGTH_CHANGES = 100000
-- `rate_by_hand` is the version that a hand set them from: the same figures again end a step of the plan, too.
local RATE_FIELDS = { new_users_per_minute = true, total_active_users = true, rate_by_hand = true }
local expected, who = ARGV[3], ARGV[4]
local room = read_room()
local version = redis.call('HGET', ROOM, 'version')
if expected == '' and room then return { 'exists', version } end
if expected ~= '' then
  if not room then return { 'missing' } end
  if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
  if expected ~= version then return { 'stale', version } end
  latch_freeze(room)
end

local entry = { 'at_ms', now_ms, 'who', who }
local changes_rate = not room
for i = 5, #ARGV, 2 do
  -- Without a release nobody would be drawn: fans came in since the caller looked.
  local takes_release = room and ARGV[i] == 'release_at' and ARGV[i + 1] == ''
  if takes_release and redis.call('EXISTS', LOBBY) == 1 then return { 'stale', version } end
  local before = redis.call('HGET', ROOM, ARGV[i]) or ''
  if before ~= ARGV[i + 1] then
    changes_rate = changes_rate or RATE_FIELDS[ARGV[i]]
    entry[#entry + 1] = ARGV[i]
    entry[#entry + 1] = cjson.encode({ before, ARGV[i + 1] })
  end
end
if room and may_admit(room) then settle_tokens(room, room.new_users_per_minute) end
local new_version = int(tonumber(version or 0) + 1)
redis.call('HSET', ROOM, 'version', new_version, unpack(ARGV, 5))
redis.call('XADD', CHANGES, 'MAXLEN', '~', LOG_LENGTH_CHANGES, '*', 'version', new_version, unpack(entry))
if not room then redis.call('HSET', ROOM, 'epoch', ARGV[2], 'created_at', now_ms) end
-- What is set by hand holds until the next step of the plan; a plan that is there from the start holds from the start.
if changes_rate then redis.call('HSET', ROOM, 'rate_set_at_ms', room and now_ms or 0, 'rate_set_by', who) end

local changed = read_room()
if not room then latch_freeze(changed) end
follow_rate(changed)
-- Room time begins anew from here when the room goes on.
if room and room.is_paused then redis.call('HSET', METER, 'advanced_at_us', now_us) end
-- The next advance takes a fresh snapshot, so that a change is seen at once.
redis.call('HDEL', METER, 'snapshot')
return { 'configured', new_version }
