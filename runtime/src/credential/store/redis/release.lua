-- KEYS: entry, lease. ARGV: fence. Answers nothing.
if read(KEYS[2]) == tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[2])
end
