-- KEYS: entry, lease. Answers nothing, or version, value, milliseconds.
local entry = redis.call('GET', KEYS[1])
local colon = entry and string.find(entry, ':', 1, true)
if not colon then
  return nil
end
return { string.sub(entry, 1, colon - 1), string.sub(entry, colon + 1), redis.call('PTTL', KEYS[1]) }
