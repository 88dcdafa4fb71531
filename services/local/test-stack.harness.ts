/**
 * The stacks that the test verb started for its files, as settings; nothing is started here. Guard with
 * `requires('kafka', …)` from services/runtime/requires.ts. `fresh…` has topics, tables and keys of its own.
 */
import { readBackends } from '../backends/read-settings.ts';
import type { BackendsSettings } from '../backends/settings.ts';
import { TEST_STACKS } from '../runtime/test-servers.ts';
import { readExporters, type StoreExporters } from './store-exporters.ts';

type Kind = 'plain' | 'secure';

let made = 0;

export async function testStack(): Promise<BackendsSettings> {
  return settingsOf('plain');
}

/** TLS and logins on every server. */
export async function secureTestStack(): Promise<BackendsSettings> {
  return settingsOf('secure');
}

/** Where the servers of the plain stack tell their metrics. */
export function testExporters(): StoreExporters {
  return readExporters(fileOf('plain'));
}

export async function freshBackends(kind: Kind = 'plain'): Promise<BackendsSettings> {
  const settings = settingsOf(kind);
  const own = `test_${process.pid}_${Date.now().toString(36)}_${made++}`;
  return {
    ...settings,
    kafka: { ...settings.kafka, prefix: `${own}.` },
    cassandra: { ...settings.cassandra, keyspace: own },
    redis: { ...settings.redis, prefix: `${own}:` },
  };
}

function settingsOf(kind: Kind): BackendsSettings {
  return readBackends(fileOf(kind));
}

function fileOf(kind: Kind): string {
  const path = process.env[TEST_STACKS[kind].file];
  if (path === undefined) throw new Error(`${TEST_STACKS[kind].file} is not set: guard the test with requires(…)`);
  return path;
}
