-- KEYS: entry, lease. Answers nothing, or version, value, milliseconds.
local version, value = read(KEYS[1])
if version == 0 then
  return nil
end
return { string.format('%.0f', version), value, redis.call('PTTL', KEYS[1]) }
