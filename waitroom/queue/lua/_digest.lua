-- Put before every script: SHA-256 (FIPS 180-4), since Redis itself offers scripts nothing above SHA-1.
local ROUND_CONSTANTS = '428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be'
  .. '550c7dc372be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da983e5152'
  .. 'a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e'
  .. '92722c85a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa07019a4c1161e376c082748774c34b0bcb5391c0cb3'
  .. '4ed8aa4a5b9cca4f682e6ff3748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2'
local FIRST_STATE = '6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19'
local bxor, band, bnot, ror, rshift, tobit = bit.bxor, bit.band, bit.bnot, bit.ror, bit.rshift, bit.tobit

local function words_of(hex)
  local words = {}
  for word in string.gmatch(hex, '%x%x%x%x%x%x%x%x') do words[#words + 1] = tonumber(word, 16) end
  return words
end

local function schedule(text, at)
  local words = {}
  for i = 1, 16 do
    local a, b, c, d = string.byte(text, at + 4 * i - 4, at + 4 * i - 1)
    words[i] = ((a * 256 + b) * 256 + c) * 256 + d
  end
  for i = 17, 64 do
    local x, y = words[i - 15], words[i - 2]
    local s0 = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
    local s1 = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
    words[i] = tobit(words[i - 16] + s0 + words[i - 7] + s1)
  end
  return words
end

local function compress(state, words, constants)
  local a, b, c, d, e, f, g, h = unpack(state)
  for i = 1, 64 do
    local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
    local choice = bxor(band(e, f), band(bnot(e), g))
    local t1 = h + s1 + choice + constants[i] + words[i]
    local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
    local majority = bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, tobit(d + t1), c, b, a, tobit(t1 + s0 + majority)
  end
  for i, word in ipairs({ a, b, c, d, e, f, g, h }) do state[i] = tobit(state[i] + word) end
end

-- The hash of a text below 256 MB, hex.
local function sha256(text)
  local padded = text .. '\128' .. string.rep('\0', (55 - #text) % 64 + 4)
  for shift = 24, 0, -8 do padded = padded .. string.char(band(rshift(#text * 8, shift), 255)) end
  local state, constants = words_of(FIRST_STATE), words_of(ROUND_CONSTANTS)
  for at = 1, #padded, 64 do compress(state, schedule(padded, at), constants) end
  for i, word in ipairs(state) do state[i] = bit.tohex(word) end
  return table.concat(state)
end
