-- Put before every script: what the snapshot is made of.
local EXACT = 20 -- the first places are exact
local STEP = 0.1 -- later pairs are at most a tenth of their rank apart
local SMOOTHING_US = 20000000

-- Follow the speed of the line: turns a microsecond, smoothed, without the bias of the beginning.
local function measure_speed(elapsed_us)
  local values = redis.call('HMGET', METER, 'given', 'measured_given', 'speed', 'speed_weight')
  local given, before = tonumber(values[1] or 0), tonumber(values[2] or 0)
  local speed, weight = tonumber(values[3] or 0), tonumber(values[4] or 0)
  if elapsed_us <= 0 then return end
  local keep = math.exp(-elapsed_us / SMOOTHING_US)
  speed = speed * keep + (given - before) / elapsed_us * (1 - keep)
  weight = weight * keep + (1 - keep)
  if given == 0 then speed, weight = 0, 0 end
  redis.call('HSET', METER, 'measured_given', given, 'speed', speed, 'speed_weight', weight)
end

-- The ranks that the curve holds: the first ones, then ever wider, and both sides of each tier and band edge.
local function curve_ranks(waiting)
  local ranks, rank = {}, 0
  while rank < waiting - 1 do
    ranks[#ranks + 1] = rank
    rank = rank + (rank < EXACT and 1 or math.max(1, math.floor(rank * STEP)))
  end
  if waiting > 0 then ranks[#ranks + 1] = waiting - 1 end
  local before = 0
  for tier = 0, 7 do
    for _, edge in ipairs({ tier * TIER + BAND, (tier + 1) * TIER }) do
      if before == waiting then break end
      local below = redis.call('ZCOUNT', WAITING, '-inf', '(' .. int(edge))
      if below > before and below < waiting then
        ranks[#ranks + 1] = below - 1
        ranks[#ranks + 1] = below
      end
      before = below
    end
  end
  table.sort(ranks)
  return ranks
end

local function curve()
  local pairs_, seen = {}, -1
  for _, rank in ipairs(curve_ranks(redis.call('ZCARD', WAITING))) do
    if rank > seen then
      local fan = redis.call('ZRANGE', WAITING, rank, rank, 'WITHSCORES')
      pairs_[#pairs_ + 1] = fan[2] .. ':' .. int(rank)
      seen = rank
    end
  end
  return table.concat(pairs_, ' ')
end

local SNAPSHOT_METER = { 'watermark', 'speed', 'speed_weight', 'share', 'root', 'count', 'seed', 'beacon', 'key_hash',
  'frozen_at_us', 'drawn', 'drawn_chunks', 'chunks', 'seats_left', 'joined', 'given', 'claimed', 'entered', 'finished',
  'left', 'lapsed', 'expired' }

-- The room as JSON; all numbers are strings, since cjson would cut them.
local function take_snapshot(room)
  local meter = {}
  for i, value in ipairs(redis.call('HMGET', METER, unpack(SNAPSHOT_METER))) do
    if value then meter[SNAPSHOT_METER[i]] = value end
  end
  return cjson.encode({
    now_ms = int(now_ms), phase = phase_of(room), curve = curve(), settings = redis.call('HGETALL', ROOM),
    meter = meter, lobby = int(redis.call('ZCARD', LOBBY)), waiting = int(redis.call('ZCARD', WAITING)),
    admitted = int(redis.call('ZCARD', ADMITTED)), active = int(redis.call('ZCARD', ACTIVE)),
  })
end
