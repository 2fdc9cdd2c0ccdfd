/** Numbers per scope in the answer, after: allowed, minute, hour, day, month. */
export const ANSWER_HEAD = 5;
export const ANSWER_PER_SCOPE = 5;

/**
 * One call against all limits of a tenant and a subscription, in one step. KEYS: theirs. ARGV: the time, then for
 * each: rate per ms, burst, limit per minute, hour, day, month (-1: none), milliseconds to live; day and its count,
 * month and its count as the caller knows them, for a Redis that has lost its own. Months are numbered as
 * year * 12 + month, from Redis' clock by the usual conversion of days to a civil date.
 * Nothing is written when one limit refuses. Answer: 1 or 0, the four windows' numbers, and for each scope the
 * thousandths of calls left in its rate and the four counts.
 */
export const TAKE = `
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local day = math.floor(now / 86400000)
local z = day + 719468
local era = math.floor(z / 146097)
local doe = z - era * 146097
local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
local month = (yoe + era * 400) * 12 + math.floor((5 * doy + 2) / 153) + 2
local index = { math.floor(now / 60000), math.floor(now / 3600000), day, month }

local stored = redis.call('MGET', KEYS[1], KEYS[2])
local scopes = {}
local allowed = 1
for s = 1, 2 do
  local at = 1 + (s - 1) * 11
  local rate, burst = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local state = stored[s] and cmsgpack.unpack(stored[s])
  local tokens, used = burst, { 0, 0, 0, 0 }
  if state and rate >= 0 then
    tokens = math.min(burst, state[1] + math.max(0, now - state[2]) * rate)
  end
  for w = 1, 4 do
    if state and state[2 + w] == index[w] then used[w] = state[6 + w] end
  end
  if not state or state[5] ~= index[3] then
    if tonumber(ARGV[at + 8]) == index[3] then used[3] = tonumber(ARGV[at + 9]) end
  end
  if not state or state[6] ~= index[4] then
    if tonumber(ARGV[at + 10]) == index[4] then used[4] = tonumber(ARGV[at + 11]) end
  end
  if rate >= 0 and tokens < 0.999999 then allowed = 0 end
  for w = 1, 4 do
    local limit = tonumber(ARGV[at + 2 + w])
    if limit >= 0 and used[w] >= limit then allowed = 0 end
  end
  scopes[s] = { tokens, used, rate, at }
end

local answer = { allowed, index[1], index[2], index[3], index[4] }
for s = 1, 2 do
  local tokens, used, rate, at = unpack(scopes[s])
  local ttl = tonumber(ARGV[at + 7])
  if allowed == 1 and ttl > 0 then
    if rate >= 0 then tokens = tokens - 1 end
    for w = 1, 4 do
      if tonumber(ARGV[at + 2 + w]) >= 0 then used[w] = used[w] + 1 end
    end
    local state = { tokens, now, index[1], index[2], index[3], index[4], used[1], used[2], used[3], used[4] }
    redis.call('SET', KEYS[s], cmsgpack.pack(state), 'PX', ttl)
  end
  answer[#answer + 1] = math.floor(tokens * 1000)
  for w = 1, 4 do answer[#answer + 1] = used[w] end
end
return answer
`;

/** A call that never reached an operator gives its quota back. KEYS as above; ARGV: day, month. */
export const GIVE_BACK = `
for s = 1, 2 do
  local stored = redis.call('GET', KEYS[s])
  if stored then
    local state = cmsgpack.unpack(stored)
    local changed = false
    for w = 3, 4 do
      if state[2 + w] == tonumber(ARGV[w - 2]) and state[6 + w] > 0 then
        state[6 + w] = state[6 + w] - 1
        changed = true
      end
    end
    if changed then redis.call('SET', KEYS[s], cmsgpack.pack(state), 'KEEPTTL') end
  end
end
return 1
`;
