/** The verbs on real servers: what dies comes back with its data, stacks stand side by side, and nothing is left running. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Admin, Producer } from '@platformatic/kafka';
import cassandra from 'cassandra-driver';
import { Redis } from 'ioredis';
import { readBackends } from '../../backends/read-settings.ts';
import type { BackendsSettings } from '../../backends/settings.ts';
import { requires } from '../../runtime/requires.ts';
import type { ServerStatus } from '../server.ts';
import { STACK_ROOT } from './shown.ts';

const PARLEY = join(import.meta.dir, '..', '..', '..', 'parley.ts');
/** Names that the next run of the tests would end, should this one be killed. */
const ONE = `test-${process.pid}-one`;
const TWO = `test-${process.pid}-two`;
const on = requires('java', 'mvn', 'python');

on.describe('the servers of one machine', () => {
  beforeAll(async () => {
    expect(await up(ONE)).toMatchObject({ code: 0, ready: ['kafka-1', 'cassandra-1', 'valkey-1'] });
  }, 300_000);

  afterAll(async () => {
    for (const name of [ONE, TWO]) await parley(['down', '--name', name, '--wipe']);
  }, 120_000);

  on.test('take clients by the settings that up wrote', async () => {
    const settings = settingsOf(ONE);
    await keep(settings, 'a');
    expect(await kept(settings)).toEqual({ kafka: 1, cassandra: ['a'], valkey: 'a' });
  });

  on.test('are not started twice: up says that they stand', async () => {
    const before = await status(ONE);
    const again = await up(ONE);
    expect(again.code).toBe(0);
    expect(again.err).not.toContain('starting');
    expect((await status(ONE)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  });

  on.test('that died by kill -9 are shown as stopped, and up starts only them, with their data', async () => {
    const settings = settingsOf(ONE);
    const before = await status(ONE);
    const dead = ['kafka-1', 'cassandra-1'];
    for (const { name, pid } of before) if (dead.includes(name)) process.kill(pid!, 'SIGKILL');
    for (let turn = 0; turn < 100 && (await status(ONE)).some(({ name, pid }) => dead.includes(name) && pid !== undefined); turn++)
      await Bun.sleep(50);
    expect((await status(ONE)).map(({ name, ready }) => [name, ready])).toEqual([
      ['kafka-1', false],
      ['cassandra-1', false],
      ['valkey-1', true],
    ]);
    expect((await parley(['status', '--name', ONE])).code).toBe(3);

    const again = await up(ONE);
    expect(again.err).toContain('starting kafka-1, cassandra-1\n');
    expect(again.code).toBe(0);
    const after = await status(ONE);
    expect(after[2]!.pid).toBe(before[2]!.pid);
    expect(after.every(({ rssBytes }) => rssBytes! > 1_000_000)).toBeTrue();
    expect(settingsOf(ONE)).toEqual(settings);
    expect(await kept(settings)).toEqual({ kafka: 1, cassandra: ['a'], valkey: 'a' });
  });

  on.test('stand beside those of another name, with their own data and ports, and its end is not theirs', async () => {
    expect((await up(TWO)).code).toBe(0);
    const other = settingsOf(TWO);
    expect(other.kafka.brokers).not.toEqual(settingsOf(ONE).kafka.brokers);
    await keep(other, 'b');
    expect(await kept(settingsOf(ONE))).toMatchObject({ cassandra: ['a'], valkey: 'a' });
    const pids = (await status(TWO)).map(({ pid }) => pid!);
    expect((await parley(['down', '--name', TWO, '--wipe'])).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(join(STACK_ROOT, 'stacks', TWO))).toBeFalse();
    expect((await status(ONE)).every(({ ready }) => ready)).toBeTrue();
  });

  on.test('go by down and come again by up with what they had on disk', async () => {
    const settings = settingsOf(ONE);
    const pids = (await status(ONE)).map(({ pid }) => pid!);
    expect((await parley(['down', '--name', ONE])).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await parley(['down', '--name', ONE])).out).toContain('nothing ran');
    expect((await up(ONE)).code).toBe(0);
    // Valkey keeps nothing on disk: the routes in it are put again by those who have them.
    expect(await kept(settings)).toEqual({ kafka: 1, cassandra: ['a'], valkey: null });
  });

  on.test('keep logs and settings that only their owner reads', () => {
    for (const name of ['backends.json', 'kafka-1/log', 'kafka-1/server.properties', 'cassandra-1/log'])
      expect(statSync(join(STACK_ROOT, 'stacks', ONE, name)).mode & 0o077).toBe(0);
  });
});

async function parley(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, PARLEY, ...args], { stdout: 'pipe', stderr: 'pipe' });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

/** A process that nobody has waited for yet stays in the table as a zombie (Z): it has ended. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, 'utf8'));
}

async function up(name: string): Promise<{ code: number; err: string; ready: string[] }> {
  const { code, out, err } = await parley(['up', '--name', name, '--jit', 'quick', '--json']);
  const servers: readonly ServerStatus[] = out === '' ? [] : JSON.parse(out).servers;
  return { code, err, ready: servers.filter(({ ready }) => ready).map((server) => server.name) };
}

async function status(name: string): Promise<readonly ServerStatus[]> {
  return JSON.parse((await parley(['status', '--name', name, '--json'])).out).stacks[0].servers;
}

function settingsOf(name: string): BackendsSettings {
  return readBackends(join(STACK_ROOT, 'stacks', name, 'backends.json'));
}

async function keep(settings: BackendsSettings, value: string): Promise<void> {
  const kafka = { clientId: 'test', bootstrapBrokers: [...settings.kafka.brokers] };
  const admin = new Admin(kafka);
  await admin.createTopics({ topics: ['kept'], partitions: 1, replicas: 1 });
  await admin.close();
  const producer = new Producer({ ...kafka, idempotent: true, acks: -1 });
  await producer.send({ messages: [{ topic: 'kept', value: Buffer.from(value) }] });
  await producer.close();
  await withCassandra(settings, async (client) => {
    await client.execute("CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE kept.kept (id int PRIMARY KEY, value text)');
    await client.execute('INSERT INTO kept.kept (id, value) VALUES (1, ?)', [value], { prepare: true });
  });
  await withRedis(settings, (redis) => redis.set('kept', value));
}

async function kept(settings: BackendsSettings): Promise<{ kafka: number; cassandra: unknown[]; valkey: string | null }> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...settings.kafka.brokers] });
  const [topic] = await admin.listOffsets({ topics: [{ name: 'kept', partitions: [{ partitionIndex: 0, timestamp: -1n }] }] });
  await admin.close();
  const rows = await withCassandra(settings, async (client) => (await client.execute('SELECT value FROM kept.kept')).rows);
  return {
    kafka: Number(topic!.partitions[0]!.offset),
    cassandra: rows.map(({ value }) => value),
    valkey: await withRedis(settings, (redis) => redis.get('kept')),
  };
}

async function withCassandra<T>(settings: BackendsSettings, use: (client: cassandra.Client) => Promise<T>): Promise<T> {
  const { contactPoints, dataCenter, login, tls } = settings.cassandra;
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCenter,
    socketOptions: { readTimeout: 60_000 },
    ...(login === undefined
      ? {}
      : { authProvider: new cassandra.auth.PlainTextAuthProvider(login.user, readFileSync(login.passwordFile, 'utf8')) }),
    ...(tls === undefined ? {} : { sslOptions: { ca: [readFileSync(tls.authorityFile)], servername: 'localhost' } }),
  });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.shutdown();
  }
}

async function withRedis<T>(settings: BackendsSettings, use: (redis: Redis) => Promise<T>): Promise<T> {
  const [host, port] = settings.redis.nodes[0]!.split(':') as [string, string];
  const redis = new Redis({ host, port: Number(port) });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
