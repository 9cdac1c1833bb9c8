-- KEYS: entry, lease. ARGV: fence, value, life in milliseconds. Answers 1, or 0 where the entry is as new, or its life is over.
local fence = tonumber(ARGV[1])
-- The fence says when the lease was granted, unless the clock was set back since.
local left = math.floor(ARGV[3] - (now - math.min(fence, now)) / 1000)
local written
if read(KEYS[1]) < fence and left > 0 then
  written = redis.pcall('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', string.format('%.0f', left))
end
-- Also where there is no memory for the entry: nobody has to wait for it.
if read(KEYS[2]) == fence then
  redis.call('DEL', KEYS[2])
end
if written and written.err then
  return written
end
return written and 1 or 0
