-- KEYS: strings of digits, a space and a body.
-- ARGV: how many of the first keys the append-only file does not get, their time to live in
-- seconds, that of the others, a channel and what to tell it at the end (empty: nothing), values.
-- Stores each value unless the stored one has the same version or a newer one.
local unlogged = tonumber(ARGV[1])
for number, key in ipairs(KEYS) do
    local value = ARGV[number + 5]
    local stored = redis.pcall('GETRANGE', key, 0, 19)
    -- Former releases kept hashes.
    if type(stored) == 'table' then
        stored = redis.call('HGET', key, 'version') or ''
    end
    local version = tonumber(string.match(stored, '^%d+'))
    if not version or version < tonumber(string.match(value, '^%d+')) then
        if number > unlogged then
            pcall(redis.set_repl, redis.REPL_ALL)
            redis.call('SET', key, value, 'EX', ARGV[3])
        else
            -- A server that cannot leave something out of its file appends it all the same.
            pcall(redis.set_repl, redis.REPL_SLAVE)
            redis.call('SET', key, value, 'EX', ARGV[2])
            -- A rewrite of the file has put in what was stored: it must not outlive this value.
            -- Deleting first would let the script write on where no memory is left.
            pcall(redis.set_repl, redis.REPL_AOF)
            redis.call('DEL', key)
            pcall(redis.set_repl, redis.REPL_NONE)
            redis.call('SET', key, value, 'EX', ARGV[2])
        end
    end
end
if ARGV[4] ~= '' then
    pcall(redis.set_repl, redis.REPL_ALL)
    redis.call('PUBLISH', ARGV[4], ARGV[5])
end
