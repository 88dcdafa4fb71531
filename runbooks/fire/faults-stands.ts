/** Faults of what it all stands on that are real here: a disk, a clock, a Redis, the push service, Prometheus itself. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Scenario } from './scenario.ts';
import { MOST_SAMPLES, type Stand } from './stand.ts';

/** Of a disk of 64 MiB; the alert asks for a third that is free. */
const BALLAST_BYTES = 48 * 1_048_576;
const REDIS_BYTES = 64 * 1_048_576;
const BALLAST_KEY = 'ballast';
/** An edge that is silent for longer than its grace time has its devices told by push. */
const OFFLINE_MS = 10_000;

const withRedis = async <T>(stand: Stand, use: (redis: Redis) => Promise<T>): Promise<T> => {
  const [host, port] = stand.redisServer.split(':') as [string, string];
  const redis = new Redis({ host, port: Number(port) });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
};

export const STAND_FAULTS: readonly Scenario[] = [
  {
    name: 'disk',
    how: 'real',
    fault: 'a file system of 64 MiB of its own that is filled to three quarters',
    alerts: { DiskRunsFull: { node: 'n-disk' } },
    companions: [],
    inject: async (stand) => {
      const mount = await stand.diskExporter.disk();
      // It was empty before.
      await Bun.sleep(5_000);
      const ballast = join(mount, 'ballast');
      writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1));
      if (statSync(ballast).size !== BALLAST_BYTES) throw new Error(`${ballast} is not whole`);
      return { BALLAST: ballast, MOUNT: mount };
    },
    mitigation: { runbook: 'DiskRunsFull' },
    after: (stand) => stand.diskExporter.end(),
  },
  {
    name: 'clock',
    how: 'real',
    fault: 'the clock of this machine, which follows no time server, by the node exporter',
    alerts: { ClockOff: { node: 'n-clock' } },
    companions: [],
    inject: async (stand) => {
      await stand.clockExporter.clock();
      return {};
    },
    mitigation: { words: 'the node is taken out of service: its exporter ended', act: (stand) => stand.clockExporter.end() },
  },
  {
    name: 'redis-memory',
    how: 'real',
    fault: `a key of ${REDIS_BYTES / 1_048_576} MiB in a Redis that is planned for half of it`,
    alerts: { RedisMemoryFull: { pod: 'redis-1' } },
    companions: [],
    inject: async (stand) => {
      await stand.redisExporter.redis(stand.redisServer);
      await withRedis(stand, (redis) => redis.set(BALLAST_KEY, Buffer.alloc(REDIS_BYTES, 1)));
      return { REDIS_URL: `redis://${stand.redisServer}`, KEY: BALLAST_KEY };
    },
    mitigation: { runbook: 'RedisMemoryFull' },
    after: async (stand) => {
      await withRedis(stand, (redis) => redis.del(BALLAST_KEY));
      await stand.redisExporter.end();
    },
  },
  {
    name: 'push',
    how: 'real',
    fault: `a push service that answers 503, and an edge stopped for ${OFFLINE_MS / 1_000} s, whose devices are offline for it`,
    alerts: { PushFallsBehind: {} },
    companions: ['ProcessSilent', 'AcceptedTooSlow', 'DeliveredTooSlow', 'ConnectsFail', 'ResumesFail', 'RelayAway', 'TargetsMissing'],
    inject: async (stand) => {
      stand.pushTakes = false;
      const pid = await stand.edgePid();
      stand.children.stop(pid);
      await Bun.sleep(OFFLINE_MS);
      process.kill(pid, 'SIGCONT');
      return {};
    },
    mitigation: {
      words: 'the push service takes notices again',
      act: async (stand) => {
        stand.pushTakes = true;
      },
    },
  },
  {
    name: 'samples',
    how: 'real',
    fault: `a target with ${2 * MOST_SAMPLES} series where ${MOST_SAMPLES} are allowed: a label that grew`,
    alerts: { RulesFail: {} },
    companions: [],
    inject: async ({ forced }) => {
      const series = Array.from({ length: 2 * MOST_SAMPLES }, (_, user) => [`grown_total{user="${user}"}`, { rate: 1 }] as const);
      forced.serve('RulesFail', Object.fromEntries(series));
      return {};
    },
    mitigation: {
      words: 'the target is as before; the ladder of its runbook judges stacks, of which none stands here',
      act: async ({ forced }) => forced.clear('RulesFail'),
    },
  },
];
