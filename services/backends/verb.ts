/** `parley migrate`: makes what is missing in the systems of a cell, and ends. A step of its own before a new version is started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog, type Log } from '../runtime/log.ts';
import { EXIT, type Verb } from '../runtime/verb.ts';
import { VERSIONS } from '../runtime/versions.ts';
import { ensureLogin } from '../store/cassandra-login.ts';
import { connectReader } from './connect.ts';
import { MIGRATE_OPTIONS } from './migrate-config.ts';
import { readBackends } from './read-settings.ts';
import type { BackendsSettings } from './settings.ts';
import { untilThere } from './until-there.ts';

export const verb: Verb = {
  summary: 'make the tables and topics of a cell that are missing, refuse those that do not fit',
  help: `usage: parley migrate --backends FILE [--cassandra-superuser DIR] [--deadline-seconds N]

Makes keyspace, tables and topics that are missing, and ends. What is there is never changed: a schema of another version, or
another number of partitions, is refused, and says what to start instead. Every process does the same when it starts; this does
it once and tells the outcome. Ends with 2 when the systems do not answer in time.

  --backends FILE         settings of the real systems, as parley up or a stack writes them
  --cassandra-superuser DIR
                          first makes the login of the settings in Cassandra, or gives it its password anew, as the user whose
                          name and password are the files username and password in DIR
  --deadline-seconds N    time to wait for the systems [600]
`,
  async run(args) {
    const { values } = parseArgs({ args, options: MIGRATE_OPTIONS });
    const deadlineSeconds = Number(values['deadline-seconds']);
    if (values.backends === undefined || !Number.isInteger(deadlineSeconds) || deadlineSeconds < 1) {
      process.stderr.write('parley migrate: --backends FILE says where the systems are; --deadline-seconds is a whole number from 1\n');
      return EXIT.couldNotRun;
    }
    const settings = readBackends(values.backends);
    const log = createLog('migrate');
    const superuser = values['cassandra-superuser'];
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), deadlineSeconds * 1_000).unref());
    const made = superuser === undefined ? Promise.resolve() : makeCassandraLogin(settings, superuser, log);
    const systems = await Promise.race([made.then(() => connectReader(settings, log)), late]);
    if (systems === undefined) {
      process.stderr.write(`parley migrate: the systems did not answer in ${deadlineSeconds} s\n`);
      return EXIT.inconclusive;
    }
    await systems.close();
    process.stdout.write(`schema ${VERSIONS.schema.newest}: tables and topics are there\n`);
    return EXIT.ok;
  },
};

/** Before anything of the cell has connected: until then it would be refused. */
async function makeCassandraLogin({ cassandra }: BackendsSettings, superuserDirectory: string, log: Log): Promise<void> {
  const user = readFileSync(join(superuserDirectory, 'username'), 'utf8').trim();
  const superuser = { user, passwordFile: join(superuserDirectory, 'password') };
  const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  await untilThere('Cassandra', () => ensureLogin(cassandra, superuser), { log, now: () => performance.now(), pause });
}
