/** What a secured stack lets in and what it gives away. What the adapters make of it stands in their own tests. */
import { expect } from 'bun:test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import cassandra from 'cassandra-driver';
import { Redis } from 'ioredis';
import { requires } from '../runtime/requires.ts';
import { secureTestStack } from './test-stack.harness.ts';

const guarded = requires('secure-kafka', 'secure-cassandra', 'secure-redis');

guarded.test('Redis lets in who has the password and speaks TLS, and nobody else', async () => {
  const { redis } = await secureTestStack();
  const ca = readFileSync(redis.tls!.authorityFile);
  const password = readFileSync(redis.login!.passwordFile, 'utf8');
  const ask = async (options: object) => {
    const [host, port] = redis.nodes[0]!.split(':') as [string, string];
    const client = new Redis({ host, port: Number(port), lazyConnect: true, retryStrategy: () => null, connectTimeout: 3_000, ...options });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.ping();
    } catch (error) {
      return (error as Error).message;
    } finally {
      client.disconnect();
    }
  };
  const login = { username: redis.login!.user, password };
  expect(await ask({ ...login, tls: { ca } })).toBe('PONG');
  expect(await ask({ ...login, password: 'another', tls: { ca } })).not.toBe('PONG');
  expect(await ask({ tls: { ca } })).not.toBe('PONG');
  expect(await ask(login)).not.toBe('PONG');
  expect(await ask({ ...login, tls: {} })).not.toBe('PONG');
});

guarded.test('the role of Cassandra that everybody knows lets nobody in', async () => {
  const { cassandra: settings } = await secureTestStack();
  const client = new cassandra.Client({
    contactPoints: [...settings.contactPoints],
    localDataCenter: settings.dataCenter,
    authProvider: new cassandra.auth.PlainTextAuthProvider('cassandra', 'cassandra'),
    sslOptions: { ca: [readFileSync(settings.tls!.authorityFile)], servername: 'localhost' },
  });
  const outcome = await client.connect().then(
    () => 'in',
    (error: Error) => Bun.inspect(error),
  );
  await client.shutdown();
  expect(outcome).toContain('not permitted to log in');
});

guarded.test('the password stands in no log, in no word of a process and in no file that others read', async () => {
  const { kafka } = await secureTestStack();
  const password = readFileSync(kafka.login!.passwordFile, 'utf8');
  const folder = dirname(dirname(kafka.login!.passwordFile));
  const servers = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'secrets');
  expect(servers.length).toBe(3);
  for (const { name } of servers) {
    expect(readFileSync(join(folder, name, 'log'), 'utf8')).not.toContain(password);
    const [pid] = readFileSync(join(folder, name, 'pid'), 'utf8').split(' ');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  }
  expect(readFileSync(join(folder, 'backends.json'), 'utf8')).not.toContain(password);
  expect(statSync(kafka.login!.passwordFile).mode & 0o077).toBe(0);
  expect(statSync(folder).mode & 0o077).toBe(0);
});
