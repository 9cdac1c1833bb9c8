-- Before each script. What is under a key of ours is NUMBER:REST, a number of microseconds like the server's time. Whatever
-- else is there is as good as nothing: another type, more than we write, a number that is none or a day ahead. What may not
-- be looked at is an error, else nobody would hear that nothing is shared.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local FUTURE = now + 86400000000
local function read(key)
  local length = redis.pcall('STRLEN', key)
  if type(length) ~= 'number' then
    if not string.find(length.err, 'WRONGTYPE', 1, true) then
      error(length.err)
    end
    return 0
  end
  if length > 131072 then
    return 0
  end
  local text = redis.call('GET', key)
  local digits = text and string.match(text, '^(%d+):')
  local number = digits and tonumber(digits)
  if not number or number > FUTURE then
    return 0
  end
  return number, string.sub(text, #digits + 2)
end
