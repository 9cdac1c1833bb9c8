-- KEYS: entry, lease. ARGV: newer than, term in milliseconds.
-- Whatever else is under these keys is overwritten: a key of another type, a number that is none.
local MAX = 9007199254740992 -- 2^53: beyond it numbers are not exact
local function read(key)
  local text = redis.pcall('GET', key)
  local colon = type(text) == 'string' and string.find(text, ':', 1, true)
  local number = colon and string.match(text, '^%d+:') and tonumber(string.sub(text, 1, colon - 1))
  if not number or number >= MAX then
    return 0
  end
  return number, string.sub(text, colon + 1)
end

local newer_than = tonumber(ARGV[1])
local version, value = read(KEYS[1])
if version > newer_than then
  return { 'newer', string.format('%.0f', version), value, redis.call('PTTL', KEYS[1]) }
end
local holder, note = read(KEYS[2])
if holder > 0 then
  return { 'held', string.format('%.0f', holder), redis.call('PTTL', KEYS[2]), note }
end
if newer_than >= MAX then
  newer_than = 0
end
local time = redis.call('TIME')
local fence = math.max(time[1] * 1000000 + time[2], version + 1, newer_than + 1)
fence = string.format('%.0f', fence)
redis.call('SET', KEYS[2], fence .. ':', 'PX', ARGV[2])
return { 'granted', fence }
