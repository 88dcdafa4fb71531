import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBackends } from './read-settings.ts';
import type { BackendsSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'parley-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SETTINGS: BackendsSettings = {
  schema: 1,
  cell: 0,
  kafka: {
    brokers: ['127.0.0.1:9092'],
    driver: 'platformatic',
    prefix: 'a.',
    replicas: 3,
    inSyncReplicas: 2,
    partitions: { messages: 8, receipts: 8, deliveries: 64 },
    tls: { authorityFile: '/somewhere/ca.pem', serverName: 'routes.example' },
    login: { user: 'parley', passwordFile: '/somewhere/password' },
  },
  cassandra: { contactPoints: ['127.0.0.1:9042'], dataCenter: 'datacenter1', keyspace: 'parley', replicas: 3 },
  redis: { nodes: ['127.0.0.1:6379'], cluster: false, prefix: 'a:' },
  push: { url: 'https://push.example:8443', authorizationFile: '/somewhere/key' },
  presence: 'key',
  rules: [{ fromMs: 0, messagesPerSecond: 100, burst: 50 }],
};

function read(content: unknown): BackendsSettings {
  const path = join(directory, 'backends.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readBackends(path);
}

test('whole settings come back as they stand', () => {
  expect(read(SETTINGS)).toEqual(SETTINGS);
});

test('what is wrong is named by its field', () => {
  const { kafka, redis } = SETTINGS;
  const wrong: ReadonlyArray<readonly [unknown, string]> = [
    ['{', 'no JSON'],
    [[], 'the file is no object'],
    [{ ...SETTINGS, schema: 2 }, 'schema is none of 1'],
    [{ ...SETTINGS, kafka: undefined }, 'kafka is no object'],
    [{ ...SETTINGS, kafka: { ...kafka, brokers: [] } }, 'kafka.brokers is no list'],
    [{ ...SETTINGS, kafka: { ...kafka, brokers: ['nowhere'] } }, 'kafka.brokers[0] is not host:port'],
    [{ ...SETTINGS, kafka: { ...kafka, partitions: { messages: 0, receipts: 1, deliveries: 1 } } }, 'kafka.partitions.messages'],
    [{ ...SETTINGS, redis: { ...redis, login: { user: 'a', password: 'hunter2' } } }, 'redis.login.password is not known'],
    [{ ...SETTINGS, rules: [{ fromMs: -1, messagesPerSecond: 1, burst: 1 }] }, 'rules[0].fromMs'],
  ];
  for (const [content, reason] of wrong) expect(() => read(content)).toThrow(reason);
  expect(() => read({ ...SETTINGS, redis: { ...redis, login: { user: 'a', password: 'hunter2' } } })).not.toThrow('hunter2');
  expect(() => readBackends(join(directory, 'missing.json'))).toThrow('missing.json');
});
