/**
 * The scripts of the routes in Redis. Each may be repeated: what it sets it names as a whole, and it removes only what it names.
 *
 * A user's routes are a hash: device (0 to 255) → `gateway:edge:connection:epoch`. Beside it, for a while, those that they
 * displaced: who repeats a put since its answer was lost is told the loser again. The leases are one hash: gateway →
 * `until:whole:born:marks`, its times by the server's clock. A mark is a text that is written once: another text, or none,
 * means that what stood beside it may be gone.
 */
import type { RedisScript } from '../backends/redis-client.ts';

/**
 * keys: the user's routes, routes that his lost to · arguments: device, session, epoch, milliseconds that a loser is named
 * again · answer: nothing, or the route that lost, without its device
 */
export const PUT: RedisScript = {
  name: 'parleyPut',
  keys: 2,
  lua: `
local routes, losers = KEYS[1], KEYS[2]
local device, session, epoch, keptMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stands = redis.call('HGET', routes, device)
local mine = session .. ':' .. epoch
if not stands then
  redis.call('HSET', routes, device, mine)
  return false
end
local itsSession, itsEpoch = string.match(stands, '^(.*):(%d+)$')
local isNewer = tonumber(itsEpoch) <= tonumber(epoch)
if isNewer then redis.call('HSET', routes, device, mine) end
if itsSession == session then return redis.call('HGET', losers, device) end
if not isNewer then return mine end
redis.call('HSET', losers, device, stands)
redis.call('PEXPIRE', losers, keptMs)
return stands`,
};

/** keys: the user's routes, routes that his lost to · arguments: device, the whole route · answer: 1 where it was removed */
export const REMOVE: RedisScript = {
  name: 'parleyRemove',
  keys: 2,
  lua: `
local routes, losers, device, route = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('HGET', routes, device) ~= route then return 0 end
redis.call('HDEL', losers, device)
return redis.call('HDEL', routes, device)`,
};

/** keys: a mark · arguments: text for it where there is none · answer: `milliseconds of its writing.text` */
export const MARK: RedisScript = {
  name: 'parleyMark',
  keys: 1,
  lua: `
local mark, text = KEYS[1], ARGV[1]
local stands = redis.call('GET', mark)
if stands then return stands end
local time = redis.call('TIME')
stands = string.format('%d%03d.%s', time[1], math.floor(time[2] / 1000), text)
redis.call('SET', mark, stands)
return stands`,
};

/** keys: the leases · arguments: gateway, milliseconds that it lives, `whole:born:marks` */
export const RENEW: RedisScript = {
  name: 'parleyRenew',
  keys: 1,
  lua: `
local leases, gateway, leaseMs, rest = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', leases, gateway, string.format('%d:%s', nowMs + leaseMs, rest))
return 1`,
};

/** keys: the leases · answer: the server's time in milliseconds, then gateway and lease in turn */
export const LEASES: RedisScript = {
  name: 'parleyLeases',
  keys: 1,
  lua: `
local time = redis.call('TIME')
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, string.format('%d%03d', time[1], math.floor(time[2] / 1000)))
return answer`,
};
