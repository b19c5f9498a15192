-- KEYS[1] a hash of version and body; ARGV: version, body, time to live in seconds.
-- Stores the body unless the stored one is the same or newer; returns whether it did.
local stored = redis.call('HGET', KEYS[1], 'version')
if stored and tonumber(stored) >= tonumber(ARGV[1]) then
    return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'body', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
