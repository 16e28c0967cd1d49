-- Keep the picture that is to be the room's logo, beside the one in force and no others.
--
-- Uses room, meter, logo.
-- ARGV[3] in_force  hash of the picture that the settings name, or ''
-- ARGV[4] hash      of the new picture, or '' for none
-- ARGV[5] picture   its bytes
-- Reply: {'missing'} | {'other_epoch'} | {'kept'}
-- Repeated: the same.
local room = read_room()
if not room then return { 'missing' } end
if ARGV[2] ~= '' and ARGV[2] ~= room.epoch then return { 'other_epoch' } end
for _, hash in ipairs(redis.call('HKEYS', LOGO)) do
  if hash ~= ARGV[3] and hash ~= ARGV[4] then redis.call('HDEL', LOGO, hash) end
end
if ARGV[4] ~= '' then redis.call('HSET', LOGO, ARGV[4], ARGV[5]) end
return { 'kept' }
