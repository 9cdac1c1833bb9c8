-- KEYS: entry, lease. ARGV: fence, value, life in milliseconds. Answers 1, or 0 where a newer entry is there.
local fence = tonumber(ARGV[1])
local entry = redis.pcall('GET', KEYS[1])
local version = type(entry) == 'string' and tonumber(string.match(entry, '^(%d+):'))
if version and version >= fence and version < 9007199254740992 then
  return 0
end
-- The fence says when the lease was granted, unless the clock was set back since.
local time = redis.call('TIME')
local granted = math.min(fence / 1000, time[1] * 1000 + time[2] / 1000)
local expires = string.format('%.0f', math.floor(granted + ARGV[3]))
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
redis.call('PEXPIREAT', KEYS[1], expires)
local lease = redis.pcall('GET', KEYS[2])
if type(lease) == 'string' and string.match(lease, '^%d+') == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return 1
