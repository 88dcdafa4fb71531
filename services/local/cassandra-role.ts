/** Makes the role of a secured Cassandra, and closes the one that everybody knows the password of. */
import { readFileSync } from 'node:fs';
import cassandra from 'cassandra-driver';
import type { CassandraSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import type { StackSecrets } from './secrets.ts';

const FIRST_ROLE = 'cassandra';
/** The first role is made some time after the port is open. */
const WAIT_MS = 60_000;

export async function openCassandraTo(secrets: StackSecrets, settings: CassandraSettings): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  for (;;) {
    if (await ran(settings, secrets, secrets.user, secrets.password(), [])) return;
    const made = await ran(settings, secrets, FIRST_ROLE, FIRST_ROLE, [
      `CREATE ROLE IF NOT EXISTS ${secrets.user} WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '${secrets.password()}'`,
    ]);
    if (
      made &&
      (await ran(settings, secrets, secrets.user, secrets.password(), [
        `ALTER ROLE ${FIRST_ROLE} WITH SUPERUSER = false AND LOGIN = false`,
      ]))
    ) {
      return;
    }
    if (performance.now() > untilMs) throw new BackendError('noRole', `Cassandra lets nobody in after ${WAIT_MS / 1_000} s`, false);
    await Bun.sleep(500);
  }
}

/** False when it was not let in, or could not. What went wrong is not said: it may hold a password. */
async function ran(
  settings: CassandraSettings,
  secrets: StackSecrets,
  user: string,
  password: string,
  statements: readonly string[],
): Promise<boolean> {
  const client = new cassandra.Client({
    contactPoints: [...settings.contactPoints],
    localDataCenter: settings.dataCenter,
    authProvider: new cassandra.auth.PlainTextAuthProvider(user, password),
    sslOptions: { ca: [readFileSync(secrets.authorityFile)], servername: 'localhost' },
    socketOptions: { readTimeout: 60_000 },
  });
  try {
    await client.connect();
    for (const statement of statements) await client.execute(statement);
    return true;
  } catch {
    return false;
  } finally {
    await client.shutdown().catch(() => undefined);
  }
}
