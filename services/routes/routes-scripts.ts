/**
 * The scripts of the routes in Redis. Each may be repeated: what it sets it names as a whole, and it removes only what it names.
 *
 * A user's routes are a hash: device (0 to 255) → `gateway:edge:connection:epoch`. The leases are one hash: gateway →
 * `until:whole:born:marks`, its times by the server's clock. A mark is a text that is written once: another text, or none,
 * means that what stood beside it may be gone.
 */
import type { RedisScript } from '../backends/redis-client.ts';

/** keys: the user's routes · arguments: device, session, epoch · answer: nothing, or the route that lost, without its device */
export const PUT: RedisScript = {
  name: 'parleyPut',
  keys: 1,
  lua: `
local routes, device, session, epoch = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local stands = redis.call('HGET', routes, device)
if stands then
  local itsSession, itsEpoch = string.match(stands, '^(.*):(%d+)$')
  if tonumber(itsEpoch) > tonumber(epoch) then
    if itsSession == session then return false end
    return session .. ':' .. epoch
  end
  redis.call('HSET', routes, device, session .. ':' .. epoch)
  if itsSession == session then return false end
  return stands
end
redis.call('HSET', routes, device, session .. ':' .. epoch)
return false`,
};

/** keys: the user's routes · arguments: device, the whole route · answer: 1 where it was removed */
export const REMOVE: RedisScript = {
  name: 'parleyRemove',
  keys: 1,
  lua: `
local routes, device, route = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', routes, device) == route then return redis.call('HDEL', routes, device) end
return 0`,
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
