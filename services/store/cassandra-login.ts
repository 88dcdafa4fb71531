/**
 * Makes the login of the settings in Cassandra, as one who may: processes then work as a user who may make a keyspace and do as it
 * likes in what it made, and nothing else. Repeating it changes the password to the one that is mounted now.
 */
import { readFileSync } from 'node:fs';
import type { CassandraSettings, LoginSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { CassandraClient } from './cassandra-client.ts';

/** `superuser` may make roles. What fails is told without a password in it. */
export async function ensureLogin(settings: CassandraSettings, superuser: LoginSettings): Promise<void> {
  const { login } = settings;
  if (login === undefined) throw new BackendError('badSettings', 'the settings of Cassandra have no login to make', false);
  if (login.user === superuser.user) throw new BackendError('badSettings', `${login.user} is the superuser itself`, false);
  const client = await CassandraClient.open({ ...settings, login: superuser }, {});
  const role = `"${login.user.replaceAll('"', '""')}"`;
  const password = `'${readFileSync(login.passwordFile, 'utf8').trim().replaceAll("'", "''")}'`;
  try {
    await client.change(`CREATE ROLE IF NOT EXISTS ${role} WITH LOGIN = true`);
    // Refused for some seconds after it was changed, so it may succeed later; the message may hold the statement.
    await client.change(`ALTER ROLE ${role} WITH PASSWORD = ${password}`).catch(() => {
      throw new BackendError('noRole', `the password of ${login.user} could not be set`, true);
    });
    await client.change(`GRANT CREATE ON ALL KEYSPACES TO ${role}`);
  } finally {
    await client.close();
  }
}
