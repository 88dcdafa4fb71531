/**
 * What stands on the servers of a stack and who it belongs to by its name: topics, keyspaces, keys. Finds and
 * removes, for tests: each names what it makes after its process, so that the next can see what it left behind.
 */
import { readFileSync } from 'node:fs';
import { Admin } from '@platformatic/kafka';
import cassandra from 'cassandra-driver';
import { Redis } from 'ioredis';
import type { BackendsSettings, CassandraSettings, KafkaSettings, RedisSettings } from '../backends/settings.ts';
import { redisOptions } from './valkey-cluster.ts';

type IsMine = (name: string) => boolean;

/** How a topic, keyspace or key of a test's process begins. */
export function namesOfTest(pid: number): IsMine {
  const name = new RegExp(`^test[._]([a-z]+_)?${pid}[._]`);
  return (text) => name.test(text);
}

/** Removes all that is left of them and says what it was: a line for each kind. */
export async function removeLeavings(settings: BackendsSettings, isMine: IsMine): Promise<readonly string[]> {
  const kinds = {
    topics: await removeFromKafka(settings.kafka, isMine),
    keyspaces: await removeFromCassandra(settings.cassandra, isMine),
    keys: await removeFromRedis(settings.redis, isMine),
  };
  return Object.entries(kinds).flatMap(([kind, names]) => (names.length === 0 ? [] : [`${kind} ${shown(names)}`]));
}

/** Groups go too, but are not told: one whose member was killed stands until its session is over, and goes by itself later. */
export async function removeFromKafka(settings: KafkaSettings, isMine: IsMine): Promise<string[]> {
  const { brokers, tls, login } = settings;
  const admin = new Admin({
    clientId: 'parley-leavings',
    bootstrapBrokers: [...brokers],
    retries: 5,
    ...(tls && { tls: { ca: [textOf(tls.authorityFile)] } }),
    ...(login && { sasl: { mechanism: 'SCRAM-SHA-512', username: login.user, password: textOf(login.passwordFile) } }),
  });
  try {
    const topics = (await admin.listTopics({})).filter(isMine);
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const groups = [...(await admin.listGroups({})).keys()].filter(isMine);
    if (groups.length > 0) await admin.deleteGroups({ groups }).catch(() => undefined);
    return topics;
  } finally {
    await admin.close();
  }
}

async function removeFromCassandra(settings: CassandraSettings, isMine: IsMine): Promise<string[]> {
  const { contactPoints, dataCenter, tls, login } = settings;
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCenter,
    socketOptions: { readTimeout: 60_000 },
    ...(tls && { sslOptions: { ca: [textOf(tls.authorityFile)], servername: 'localhost' } }),
    ...(login && { authProvider: new cassandra.auth.PlainTextAuthProvider(login.user, textOf(login.passwordFile)) }),
  });
  try {
    await client.connect();
    const { rows } = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces');
    const keyspaces = rows.map(({ keyspace_name }) => String(keyspace_name)).filter(isMine);
    for (const keyspace of keyspaces) await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    return keyspaces;
  } finally {
    await client.shutdown();
  }
}

async function removeFromRedis(settings: RedisSettings, isMine: IsMine): Promise<string[]> {
  const found: string[] = [];
  for (const address of settings.nodes) {
    const node = new Redis(redisOptions(address, settings));
    try {
      for (let cursor = '0'; ; ) {
        const [next, keys] = await node.scan(cursor, 'MATCH', 'test*', 'COUNT', 1_000);
        for (const key of keys.filter(isMine)) {
          found.push(key);
          // One by one: keys of a cluster's node are in many slots.
          await node.unlink(key);
        }
        if (next === '0') break;
        cursor = next;
      }
    } finally {
      node.disconnect();
    }
  }
  return found;
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

const SHOWN = 3;

function shown(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
