-- A host's set, its beat and the bell together. KEYS hosts set; ARGV host run beat set_ms set channel
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and string.match(old, '^[^|]+') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[6], 'h ' .. ARGV[1])
return 1
