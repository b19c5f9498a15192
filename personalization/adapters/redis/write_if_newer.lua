-- KEYS: strings of digits, a space and a body; ARGV: time to live in seconds, then their values.
-- Stores each value unless the stored one has the same version or a newer one.
for number, key in ipairs(KEYS) do
    local value = ARGV[number + 1]
    local stored = redis.pcall('GETRANGE', key, 0, 19)
    -- Former releases kept hashes.
    if type(stored) == 'table' then
        stored = redis.call('HGET', key, 'version') or ''
    end
    local version = tonumber(string.match(stored, '^%d+'))
    if not version or version < tonumber(string.match(value, '^%d+')) then
        redis.call('SET', key, value, 'EX', ARGV[1])
    end
end
