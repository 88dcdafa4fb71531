/**
 * `parley redis-costs`: what presence and routes cost Redis and its client in both layouts of presence, and how many primaries a
 * fleet asks for. With `--write` the figures are left where the capacity model reads them.
 */
import { loadavg } from 'node:os';
import { giveCosts, readCostArguments } from '../../backends/cost-verb.ts';
import { readBackends } from '../../backends/read-settings.ts';
import { RedisClient } from '../../backends/redis-client.ts';
import type { RedisSettings } from '../../backends/settings.ts';
import { processListeningOn } from '../../bus/batching/server-process.ts';
import { LEASE_MS } from '../../routes/routes.ts';
import { openRedisRoutes } from '../../routes/routes-redis.ts';
import { describeHost } from '../../runtime/host/describe.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { HEARTBEAT_MS, PresenceKeys } from '../presence-keys.ts';
import { openRedisPresence } from '../presence-redis.ts';
import { type Conclusions, conclude } from './conclusions.ts';
import { type Measured, measureCosts } from './measure.ts';
import { costTable } from './table.ts';

const HELP = `usage: parley redis-costs --backends FILE [--users N] [--seconds S] [--write] [--json]

Measures on a real Redis what reads of presence, writes of routes and renewals of leases cost in microseconds of processor time
of the server and of the client, in both layouts of presence: by routes and leases, and by a naive key per user ("presence": "key"
in the settings file). The server must run on this machine for its
figures to be seen. Uses keys of its own, and removes them.

  --backends FILE  settings of the real systems (parley up writes them)
  --users N        users with a route (default 100000)
  --seconds S      length of each row (default 3)
  --write          leave the result in capacity/measurements/redis.json
  --json           one JSON document`;

/** Of a period that outlives the measurement: who is there stays so, and nothing but what is measured sets keys. */
const KEYS = { gateway: 1, periodMs: 3_600_000 };
export interface RedisCosts extends Conclusions, Measured {
  readonly schema: 1;
  readonly what: string;
  readonly measuredAt: string;
  readonly machine: ReturnType<typeof describeHost>;
  readonly versions: Readonly<Record<string, string>>;
  readonly units: string;
  readonly users: number;
  readonly secondsPerRow: number;
  /** Of the minute before and of that at the end: over the cores, others held them too, and a microsecond does less. */
  readonly loadAverages: readonly [before: number, after: number];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

export const verb: Verb = {
  summary: 'what presence and routes cost Redis, and how many primaries a fleet asks for',
  help: HELP,
  async run(args) {
    const given = readCostArguments('redis-costs', args, {
      users: { default: 100_000, least: 1_000 },
      seconds: { default: 3, least: 0.1 },
    });
    if (given === undefined) return EXIT.couldNotRun;
    const { users, seconds } = given.numbers;
    const { redis } = readBackends(given.backendsFile);
    if (redis.cluster) {
      console.error('parley redis-costs: measures one server, and this is a cluster');
      return EXIT.couldNotRun;
    }
    const result = await measured(redis, Math.floor(users), seconds);
    giveCosts(result, given, 'redis.json', costTable);
    return EXIT.ok;
  },
};

async function measured(given: RedisSettings, users: number, seconds: number): Promise<RedisCosts> {
  const [loadBefore] = loadavg();
  const settings = { ...given, prefix: `${given.prefix}costs.${Date.now().toString(36)}:` };
  const log = (message: string) => console.error(message);
  const ignore = () => undefined;
  const routes = await openRedisRoutes(settings, { log, settleMs: 0 });
  const client = await RedisClient.open(settings, { scripts: [], log });
  const listener = { changed: ignore, typed: ignore, missed: ignore };
  const presence = await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log });
  const byKeys = await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log, keys: KEYS });
  try {
    const server = String((await client.run([{ name: 'info', key: 'server' }])).replies[0]);
    const found = await measureCosts({
      routes,
      presence,
      byKeys,
      keys: new PresenceKeys(client, settings.prefix, KEYS),
      client,
      serverPid: processListeningOn(Number(settings.nodes[0]!.split(':').at(-1))),
      users,
      seconds,
      say: log,
    });
    return {
      schema: 1,
      what: 'cost of presence and routes in Redis',
      measuredAt: new Date().toISOString(),
      machine: describeHost(),
      versions: {
        server: /server_name:(\S+)/.exec(server)?.[1] ?? 'redis',
        serverVersion: /valkey_version:(\S+)/.exec(server)?.[1] ?? /redis_version:(\S+)/.exec(server)?.[1] ?? 'unknown',
        ioredis: (await import('ioredis/package.json')).default.version,
      },
      units: 'clientUs, serverUs: microseconds of processor time per operation, user and system; bytes of the server’s used memory',
      users,
      secondsPerRow: seconds,
      loadAverages: [loadBefore!, loadavg()[0]!],
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      ...found,
      ...conclude(found.rows),
    };
  } finally {
    await removeAll(client, settings.prefix);
    await byKeys.close();
    await presence.close();
    await routes.close();
    await client.close();
  }
}

async function removeAll(client: RedisClient, prefix: string): Promise<void> {
  for (let cursor = '0'; ; ) {
    const { replies } = await client.run([{ name: 'scan', key: cursor, rest: ['MATCH', `${prefix}*`, 'COUNT', 2_000] }]);
    const [next, keys] = replies[0] as [string, string[]];
    await client.run(keys.map((key) => ({ name: 'unlink', key })));
    if (next === '0') return;
    cursor = next;
  }
}
