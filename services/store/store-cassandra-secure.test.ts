/** A Cassandra that speaks TLS and wants a login; what else it does is the contract's. */
import { afterAll, expect, setDefaultTimeout } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilThere } from '../backends/until-there.ts';
import { createLog } from '../runtime/log.ts';
import { requires } from '../runtime/requires.ts';
import { ensureLogin } from './cassandra-login.ts';
import { dropKeyspace, testCassandra, withCassandra } from './cassandra-stack.harness.ts';
import { openCassandraStore } from './store-cassandra.ts';

setDefaultTimeout(60_000);

const OPTIONS = { partitions: 1 };
const PASSWORD = 'not-the-password';
const directory = mkdtempSync(join(tmpdir(), 'parley-cassandra-'));
const secure = requires('secure-cassandra', 'openssl');

afterAll(() => rmSync(directory, { recursive: true }));

secure.test('with the authority and the password of the settings the store is open, and is written and read', async () => {
  const settings = testCassandra('secure', 'secure');
  const store = await openCassandraStore(settings, OPTIONS);
  try {
    await store.write({ partition: 0, applied: [], rejections: [], nextOffset: 7, firstLoggedAtMs: 5 });
    expect(await store.progress(0)).toEqual({ nextOffset: 7, firstLoggedAtMs: 5 });
  } finally {
    await store.close();
    await dropKeyspace(settings);
  }
});

secure.test('a wrong password is refused, not tried again, and stands in no message', async () => {
  const settings = testCassandra('secure', 'secure');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  const error = await refusal({ ...settings, login: { user: settings.login!.user, passwordFile } });
  expect(error).toMatchObject({ code: 'denied', retryable: false });
  expect(Bun.inspect(error)).not.toContain(PASSWORD);
});

secure.test('a login that is left out is no way in', async () => {
  const { login: _left, ...settings } = testCassandra('secure', 'secure');
  expect(await refusal(settings)).toMatchObject({ code: 'denied', retryable: false });
});

secure.test('a server whose certificate is another authority’s, or that is spoken to without TLS, is not there', async () => {
  const settings = testCassandra('secure', 'secure');
  const authorityFile = join(directory, 'other.pem');
  const made = Bun.spawnSync([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=other'],
    ...['-keyout', join(directory, 'key.pem'), '-out', authorityFile],
  ]);
  expect(made.exitCode).toBe(0);
  const stranger = await refusal({ ...settings, tls: { authorityFile } });
  expect(stranger).toMatchObject({ code: 'unavailable' });
  expect(String(stranger)).toContain('certificate');
  const misnamed = await refusal({ ...settings, tls: { ...settings.tls!, serverName: 'other.example' } });
  expect(misnamed).toMatchObject({ code: 'unavailable' });
  expect(await refusal({ ...settings, tls: { ...settings.tls!, serverName: 'localhost' } })).toBeUndefined();
  await dropKeyspace(settings);
  await dropKeyspace(settings);
  const { tls: _left, ...open } = settings;
  expect(await refusal(open)).toMatchObject({ code: 'unavailable' });
});

secure.test('a login is made by a superuser, may make its own keyspace and no role, and gets another password the next time', async () => {
  const settings = testCassandra('login', 'secure');
  const superuser = settings.login!;
  const passwordFile = join(directory, 'made');
  const login = { user: `made_${process.pid}`, passwordFile };
  writeFileSync(passwordFile, "it's the first");
  try {
    await ensureLogin({ ...settings, login }, superuser);
    expect(await refusal({ ...settings, login })).toBeUndefined();
    await expect(ensureLogin({ ...settings, login: { ...login, user: 'another' } }, login)).rejects.toMatchObject({ code: 'denied' });
    const before = join(directory, 'before');
    writeFileSync(before, "it's the first");
    writeFileSync(passwordFile, 'the second');
    // Cassandra changes a role's password every five seconds at most: that is told as what passes.
    const pause = () => Bun.sleep(1_000);
    await untilThere('role', () => ensureLogin({ ...settings, login }, superuser), { log: createLog('test'), now: () => 0, pause });
    expect(await refusal({ ...settings, login })).toBeUndefined();
    expect(await refusal({ ...settings, login: { ...login, passwordFile: before } })).toMatchObject({ code: 'denied' });
  } finally {
    await withCassandra(settings, (look) => look(`DROP ROLE IF EXISTS ${login.user}`));
    await dropKeyspace(settings);
  }
});

async function refusal(settings: Parameters<typeof openCassandraStore>[0]): Promise<unknown> {
  return openCassandraStore(settings, OPTIONS).then(
    async (store) => void (await store.close()),
    (error: unknown) => error,
  );
}
