/** What the contract does not ask of a Kafka with TLS and SCRAM; the contract itself runs on it as on any other. */
import { afterAll, expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../runtime/requires.ts';
import { openKafkaBus } from './bus-kafka.ts';
import { DRIVERS, deleteTestTopics, testKafka } from './kafka-stack.harness.ts';

const EVENTS = { gap: () => undefined, handlerFailed: () => undefined };
const COUNTS = { messages: 1, receipts: 1, deliveries: 1 };
const PASSWORD = 'not-the-password';
const directory = mkdtempSync(join(tmpdir(), 'parley-kafka-'));
const secure = requires('secure-kafka', 'openssl');

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await deleteTestTopics();
});

for (const driver of DRIVERS) {
  secure.test(`${driver}: a wrong password is refused at once, and stands in no message`, async () => {
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, PASSWORD);
    const settings = testKafka(driver, COUNTS, 'secure');
    const opening = openKafkaBus({ ...settings, login: { user: settings.login!.user, passwordFile } }, { events: EVENTS });
    const error = await opening.then(
      () => undefined,
      (error: Error) => error,
    );
    expect(error).toMatchObject({ code: 'kafka', retryable: false });
    expect(error!.message).toContain('Kafka refused the login');
    expect(Bun.inspect(error)).not.toContain(PASSWORD);
  });

  secure.test(`${driver}: a server whose certificate is another authority’s is not spoken to`, async () => {
    const authorityFile = join(directory, `${driver}.pem`);
    const made = Bun.spawnSync([
      ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=other'],
      ...['-keyout', join(directory, 'key.pem'), '-out', authorityFile],
    ]);
    expect(made.exitCode).toBe(0);
    const settings = { ...testKafka(driver, COUNTS, 'secure'), tls: { authorityFile } };
    await expect(openKafkaBus(settings, { events: EVENTS, openDeadlineMs: 500 })).rejects.toThrow('certificate');
  });

  secure.test(`${driver}: a login that is left out is no way in`, async () => {
    const { login: _left, ...settings } = testKafka(driver, COUNTS, 'secure');
    await expect(openKafkaBus(settings, { events: EVENTS, openDeadlineMs: 500 })).rejects.toMatchObject({ code: 'unavailable' });
  });
}
