-- KEYS: entry, lease. ARGV: fence, term in milliseconds, note.
-- Answers 1, or 0 where another has the lease, or the entry is as new.
local fence = tonumber(ARGV[1])
local holder = read(KEYS[2])
if holder > 0 and holder ~= fence then
  return 0
end
if read(KEYS[1]) >= fence then
  redis.call('DEL', KEYS[2])
  return 0
end
redis.call('SET', KEYS[2], ARGV[1] .. ':' .. ARGV[3], 'PX', ARGV[2])
return 1
