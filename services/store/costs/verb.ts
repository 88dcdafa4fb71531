/**
 * `parley store-costs`: what a message, a list, a resuming device and a receipt cost Cassandra and its client, and the layout
 * of the source document beside the store's own. With `--write` the figures are left where the capacity model reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'cassandra-driver';
import { readBackends } from '../../backends/read-settings.ts';
import type { CassandraSettings } from '../../backends/settings.ts';
import { javaOptions, processListeningOn } from '../../bus/batching/server-process.ts';
import { describeHost } from '../../runtime/host/describe.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { driverOptions } from '../cassandra-client.ts';
import { openCassandraStore } from '../store-cassandra.ts';
import { type Cost, type LayoutCost, measureCosts, measureLayouts } from './measure.ts';
import { costTable } from './table.ts';

const HELP = `usage: parley store-costs --backends FILE [--messages N] [--write] [--json]

Measures on a real Cassandra the processor time of a message in conversations of two and of ten, of a list, of a device that
resumes and of a receipt, in microseconds of the client and of the server; and the layout of the source document (messages
clustered by time, a list whose sort key moves) beside the store's own: rows kept, tombstones looked at, time. The server must
run on this machine for its figures to be seen, and be quiet for them to be its own. Uses a keyspace of its own, and drops it.

  --backends FILE  settings of the real systems (parley up writes them)
  --messages N     messages of each row of writes; reads are a quarter (default 20000)
  --write          leave the result in capacity/measurements/store.json
  --json           one JSON document`;

const WRITTEN = join(import.meta.dirname, '../../../capacity/measurements/store.json');

export interface StoreCosts {
  readonly schema: 1;
  readonly what: string;
  readonly measuredAt: string;
  readonly machine: ReturnType<typeof describeHost>;
  readonly versions: Readonly<Record<string, string>>;
  readonly server: string;
  readonly units: string;
  readonly loadAverages: readonly [before: number, after: number];
  readonly costs: readonly Cost[];
  readonly layouts: readonly LayoutCost[];
}

export const verb: Verb = {
  summary: 'what messages, lists and receipts cost Cassandra, and two layouts side by side',
  help: HELP,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        backends: { type: 'string' },
        messages: { type: 'string', default: '20000' },
        write: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const messages = Number(values.messages);
    if (values.backends === undefined || !(messages >= 100)) {
      console.error('parley store-costs: --backends FILE is needed; --messages takes 100 or more');
      return EXIT.couldNotRun;
    }
    const result = await measured(readBackends(values.backends).cassandra, messages);
    if (values.write) {
      mkdirSync(dirname(WRITTEN), { recursive: true });
      writeFileSync(WRITTEN, `${JSON.stringify(result, null, 1)}\n`);
    }
    console.log(values.json ? JSON.stringify(result) : costTable(result));
    return EXIT.ok;
  },
};

async function measured(given: CassandraSettings, messages: number): Promise<StoreCosts> {
  const [loadBefore] = loadavg();
  const settings = { ...given, keyspace: `costs_${Date.now().toString(36)}` };
  const serverPid = processListeningOn(Number(settings.contactPoints[0]!.split(':').at(-1)));
  const store = await openCassandraStore(settings, { partitions: 1 });
  const driver = new Client(driverOptions(settings, {}));
  try {
    await driver.connect();
    const setup = { store, driver, serverPid, messages, say: (text: string) => console.error(text) };
    const costs = await measureCosts(setup);
    const layouts = await measureLayouts(setup);
    const [local] = await store.client.change('SELECT release_version FROM system.local');
    return {
      schema: 1,
      what: 'cost of the store in Cassandra, and of the source document’s layout beside its own',
      measuredAt: new Date().toISOString(),
      machine: describeHost(),
      versions: {
        cassandra: String(local!.release_version),
        'cassandra-driver': (await import('cassandra-driver/package.json')).default.version,
      },
      server: serverPid === undefined ? 'on another machine' : `one, on this machine: ${javaOptions(serverPid)}`,
      units: 'clientUs, serverUs: microseconds of processor time per operation, user and system; requests: to the server, per operation',
      loadAverages: [loadBefore!, loadavg()[0]!],
      costs,
      layouts,
    };
  } finally {
    await store.client.change(`DROP KEYSPACE IF EXISTS ${settings.keyspace}`);
    await driver.shutdown();
    await store.close();
  }
}
