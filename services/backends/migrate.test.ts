import { afterAll, afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { requires } from '../runtime/requires.ts';
import type { BackendsSettings } from './settings.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const NOWHERE = '127.0.0.1:1';

const own = new OwnBackends();
afterAll(() => own.giveBack(), 60_000);
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function fileOf(settings: BackendsSettings): string {
  const directory = mkdtempSync(join(tmpdir(), 'parley-migrate-'));
  directories.push(directory);
  const file = join(directory, 'backends.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

async function migrate(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly error: string }> {
  const child = Bun.spawn([process.execPath, PARLEY, 'migrate', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, error, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { code, out, error };
}

test('systems that do not answer in time are inconclusive', async () => {
  const file = fileOf({
    schema: 1,
    cell: 0,
    kafka: {
      brokers: [NOWHERE],
      driver: 'platformatic',
      prefix: 'test.',
      replicas: 1,
      inSyncReplicas: 1,
      partitions: { messages: 1, receipts: 1, deliveries: 1 },
    },
    cassandra: { contactPoints: [NOWHERE], dataCenter: 'one', keyspace: 'test', replicas: 1 },
    redis: { nodes: [NOWHERE], cluster: false, prefix: 'test:' },
  });
  const { code, error } = await migrate('--backends', file, '--deadline-seconds', '1');
  expect([code, error.includes('did not answer in 1 s')]).toEqual([2, true]);
}, 30_000);

test('an option that is missing or unknown is told, and nothing is opened', async () => {
  expect((await migrate()).code).toBe(3);
  expect((await migrate('--backend', 'x')).code).toBe(3);
}, 30_000);

requires('kafka', 'cassandra').test(
  'makes tables and topics, does nothing the second time, and refuses another number of partitions',
  async () => {
    const settings = await own.make();
    expect(await migrate('--backends', fileOf(settings))).toMatchObject({ code: 0, out: 'schema 1: tables and topics are there\n' });
    expect((await migrate('--backends', fileOf(settings))).code).toBe(0);
    const { messages } = settings.kafka.partitions;
    const other = { ...settings, kafka: { ...settings.kafka, partitions: { ...settings.kafka.partitions, messages: messages + 1 } } };
    const refused = await migrate('--backends', fileOf(other));
    expect([refused.code, refused.error.includes('partitions')]).toEqual([3, true]);
  },
  120_000,
);
