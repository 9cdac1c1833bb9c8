-- KEYS: entry, lease. ARGV: newer than (not a number where no entry will do), term in milliseconds.
local newer_than = tonumber(ARGV[1])
if newer_than and newer_than > FUTURE then
  newer_than = 0 -- The clock was set back since: what is there is newer.
end
local version, value = read(KEYS[1])
if newer_than and version > newer_than then
  return { 'newer', string.format('%.0f', version), value, redis.call('PTTL', KEYS[1]) }
end
local holder, note = read(KEYS[2])
local remaining = redis.call('PTTL', KEYS[2])
if holder > 0 and remaining > 0 then
  return { 'held', string.format('%.0f', holder), remaining, note }
end
local fence = string.format('%.0f', math.max(now, version + 1, (newer_than or 0) + 1))
redis.call('SET', KEYS[2], fence .. ':', 'PX', ARGV[2])
return { 'granted', fence }
