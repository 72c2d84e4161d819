-- A host's beat, and what it wants to know. KEYS hosts set leader said; ARGV host run allowed_old_run beat set_ms watched
-- Another run's beat is replaced only where it is the old run that the caller allows.
local old = redis.call('HGET', KEYS[1], ARGV[1])
local run = old and string.match(old, '^[^|]+')
local record = redis.call('GET', KEYS[3]) or ''
if run and run ~= ARGV[2] and run ~= ARGV[3] then return {0, old, record} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], 86400000)
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return {1, redis.call('EXISTS', KEYS[2]), record, redis.call('HGET', KEYS[4], ARGV[1]) or '',
        redis.call('HGET', KEYS[1], ARGV[6]) or ''}
