-- KEYS: entry, lease. ARGV: fence, term in milliseconds, note. Answers 1, or 0 where another has the lease.
local lease = redis.pcall('GET', KEYS[2])
if type(lease) == 'string' and string.match(lease, '^%d+') ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[1] .. ':' .. ARGV[3], 'PX', ARGV[2])
end
return 1
