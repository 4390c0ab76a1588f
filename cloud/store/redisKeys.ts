/**
 * What one pair of anchors keeps in Redis or Valkey, and the scripts that change it. Each script is atomic, and each that writes
 * bindings checks the lease first: an anchor that lost it, and does not know yet, changes nothing.
 */

/** One hash slot (the braces), so that a cluster runs a script on all of them. */
export const redisKeys = (name: string) => ({
  /** token, holder, beat */
  lease: `{roamstead:${name}}:lease`,
  /** A field per binding. */
  bindings: `{roamstead:${name}}:bindings`,
  /** version, commits, restart-counter */
  meta: `{roamstead:${name}}:meta`,
  /** Every commit as it was made, for the warm copy. */
  channel: `{roamstead:${name}}:commits`,
});
export type RedisKeys = ReturnType<typeof redisKeys>;

/** Of keys and records; a newer one is left alone. */
export const VERSION = '1';

/**
 * Keys: lease, bindings, meta. Arguments: token, commits so far, channel, then key and record in turn; an empty record deletes.
 * The count keeps a commit that was late on an old connection from undoing a newer one. @returns commits now
 */
export const COMMIT = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return redis.error_reply('FENCED another anchor has the lease') end
if (redis.call('HGET', KEYS[3], 'commits') or '0') ~= ARGV[2] then return redis.error_reply('STALE a commit came in between') end
for i = 4, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i]) else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
local commits = redis.call('HINCRBY', KEYS[3], 'commits', 1)
redis.call('PUBLISH', ARGV[3], commits .. '\\n' .. table.concat(ARGV, '\\n', 4))
return commits`;

/** Keys: lease, meta. Arguments: token, field, value. */
export const KEEP = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return redis.error_reply('FENCED another anchor has the lease') end
return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])`;

/**
 * Key: lease. Arguments: who claims it, and the token and beat that it has seen unchanged for long enough. Nobody's lease, and
 * its own of an earlier life, it gets at once. @returns the new token, or false
 */
export const CLAIM = `
local token, holder, beat = unpack(redis.call('HMGET', KEYS[1], 'token', 'holder', 'beat'))
if token and holder ~= '' and holder ~= ARGV[1] and (token ~= ARGV[2] or beat ~= ARGV[3]) then return false end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'beat', 0)
return tostring(redis.call('HINCRBY', KEYS[1], 'token', 1))`;

/** Key: lease. Argument: token. @returns the beat, or false: it is somebody else's */
export const RENEW = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return false end
return redis.call('HINCRBY', KEYS[1], 'beat', 1)`;

/** Key: lease. Argument: token. */
export const RELEASE = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return false end
return redis.call('HSET', KEYS[1], 'holder', '')`;
