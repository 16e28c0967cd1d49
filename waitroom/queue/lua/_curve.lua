-- Put before every script: the line in some hundred pairs of a score and the fans ahead of it.
local EXACT = 20 -- the first places are exact
local STEP = 0.1 -- later pairs are at most a tenth of their rank apart
-- Among few fans chance spreads them less evenly: half the step keeps places within 5 % there, too.
local FEW, STEP_AMONG_FEW = 200, 0.05

local function step_from(rank)
  if rank < EXACT then return 1 end
  return math.max(1, math.floor(rank * (rank < FEW and STEP_AMONG_FEW or STEP)))
end

-- The ranks that the curve holds: the first ones, then ever wider, and both sides of each tier and band edge.
local function curve_ranks(waiting)
  local ranks, rank = {}, 0
  while rank < waiting - 1 do
    ranks[#ranks + 1] = rank
    rank = rank + step_from(rank)
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

-- Whoever comes into the line or leaves it is counted, so while all of this is as it was the line is.
local LINE_COUNTS = { 'joined', 'given', 'finished', 'left', 'expired', 'restored', 'last_arrival_us' }

-- The curve as it was read last, while nobody has come or gone since; otherwise read anew.
local function standing_curve(room, meter)
  local counts = { int(redis.call('ZCARD', WAITING)), int(room.drawn_entrants or 0) }
  for i, name in ipairs(LINE_COUNTS) do counts[i + 2] = meter[name] or '' end
  local line = table.concat(counts, ' ')
  if redis.call('HGET', METER, 'curve_line') == line then return redis.call('HGET', METER, 'curve') end
  local pairs_ = curve()
  redis.call('HSET', METER, 'curve_line', line, 'curve', pairs_)
  return pairs_
end
