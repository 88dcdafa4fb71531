import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DispatchProcess } from './dispatch-process.harness.ts';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

test('without its systems it is not ready, says which it waits for, and still stops when told to', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-nowhere-'));
  const backendsFile = join(directory, 'backends.json');
  const settings = {
    schema: 1,
    cell: 0,
    kafka: {
      brokers: [NOWHERE],
      driver: 'platformatic',
      prefix: 'nowhere.',
      replicas: 1,
      inSyncReplicas: 1,
      partitions: { messages: 1, receipts: 1, deliveries: 1 },
    },
    cassandra: { contactPoints: [NOWHERE], dataCenter: 'datacenter1', keyspace: 'nowhere', replicas: 1 },
    redis: { nodes: [NOWHERE], cluster: false, prefix: 'nowhere:' },
  };
  writeFileSync(backendsFile, JSON.stringify(settings));
  const dispatch = DispatchProcess.spawn(backendsFile);
  try {
    await dispatch.until(() => ['Cassandra', 'Redis', 'Kafka'].every((name) => dispatch.stderr.includes(`${name} is not there`)));
    expect(await dispatch.readiness()).toEqual([503, 'not ready: waits for its systems\n']);
    expect(await dispatch.stop()).toBe(0);
  } finally {
    await dispatch.stop('SIGKILL');
    rmSync(directory, { recursive: true });
  }
}, 60_000);
