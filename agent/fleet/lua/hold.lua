-- Replaces the record where it is what the bidder expects. KEYS leader; ARGV expected new channel-or-nothing
local found = redis.call('GET', KEYS[1]) or ''
if found ~= ARGV[1] then return {0, found} end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], 'l ') end
return {1, ARGV[2]}
