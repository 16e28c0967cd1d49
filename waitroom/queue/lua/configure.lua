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
for i = 5, #ARGV, 2 do
  -- Without a release nobody would be drawn: fans came in since the caller looked.
  local takes_release = room and ARGV[i] == 'release_at' and ARGV[i + 1] == ''
  if takes_release and redis.call('EXISTS', LOBBY) == 1 then return { 'stale', version } end
  local before = redis.call('HGET', ROOM, ARGV[i]) or ''
  if before ~= ARGV[i + 1] then
    entry[#entry + 1] = ARGV[i]
    entry[#entry + 1] = cjson.encode({ before, ARGV[i + 1] })
  end
end
local new_version = int(tonumber(version or 0) + 1)
redis.call('HSET', ROOM, 'version', new_version, unpack(ARGV, 5))
redis.call('XADD', CHANGES, 'MAXLEN', '~', LOG_LENGTH_CHANGES, '*', 'version', new_version, unpack(entry))

if not room then
  redis.call('HSET', ROOM, 'epoch', ARGV[2], 'created_at', now_ms)
  latch_freeze(read_room())
else
  if may_admit(room) then settle_tokens(room) end
  settle_entry_rate(room, tonumber(redis.call('HGET', ROOM, 'new_users_per_minute')))
  -- Room time begins anew from here when the room goes on.
  if room.is_paused then redis.call('HSET', METER, 'advanced_at_us', now_us) end
end
-- The next advance takes a fresh snapshot, so that a change is seen at once.
redis.call('HDEL', METER, 'snapshot')
return { 'configured', new_version }
