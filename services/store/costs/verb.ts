/**
 * `parley store-costs`: what a message, a list, a resuming device and a receipt cost Cassandra and its client, and the layout
 * of the source document beside the store's own. With `--write` the figures are left where the capacity model reads them.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Client } from 'cassandra-driver';
import { giveCosts, measurementFile, readCostArguments } from '../../backends/cost-verb.ts';
import { readBackends } from '../../backends/read-settings.ts';
import type { CassandraSettings } from '../../backends/settings.ts';
import { javaOptions, processListeningOn } from '../../bus/batching/server-process.ts';
import { describeHost } from '../../runtime/host/describe.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { driverOptions } from '../cassandra-client.ts';
import { openCassandraStore } from '../store-cassandra.ts';
import { type DiskCost, measureDisk } from './disk.ts';
import { type Cost, type LayoutCost, measureCosts, measureLayouts } from './measure.ts';
import { costTable } from './table.ts';

const HELP = `usage: parley store-costs --backends FILE [--messages N] [--write] [--json]

Measures on a real Cassandra the processor time of a message in conversations of two and of ten, of a list, of a device that
resumes and of a receipt, in microseconds of the client and of the server; and the layout of the source document (messages
clustered by time, a list whose sort key moves) beside the store's own: rows kept, tombstones looked at, time. Then the bytes
that a message, a row of a list and a receipt take on its disk once they are flushed. The server must run on this machine for its
figures to be seen, and be quiet for them to be its own. Uses keyspaces of its own, and drops them.

  --backends FILE  settings of the real systems (parley up writes them)
  --messages N     messages of each row of writes; reads are a quarter (default 20000)
  --disk           only the bytes on its disk: the other figures of the file stay as they are
  --write          leave the result in capacity/measurements/store.json
  --json           one JSON document`;

const WRITTEN = 'store.json';

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
  /** Bytes on the disk of one replica; left out where the server is on another machine. */
  readonly disk?: readonly DiskCost[];
}

export const verb: Verb = {
  summary: 'what messages, lists and receipts cost Cassandra, and two layouts side by side',
  help: HELP,
  async run(args) {
    const given = readCostArguments('store-costs', args, { messages: { default: 20_000, least: 100 } }, ['disk']);
    if (given === undefined) return EXIT.couldNotRun;
    const { cassandra } = readBackends(given.backendsFile);
    const result = given.flags.disk ? await withDisk(cassandra) : await measured(cassandra, given.numbers.messages);
    if (result === undefined) {
      console.error('parley store-costs: the files of a server can only be seen on this machine');
      return EXIT.couldNotRun;
    }
    giveCosts(result, given, WRITTEN, costTable);
    return EXIT.ok;
  },
};

/** The figures that are written, with the bytes on disk measured anew. */
async function withDisk(settings: CassandraSettings): Promise<StoreCosts | undefined> {
  const disk = await diskOf(settings);
  return disk === undefined ? undefined : { ...(JSON.parse(readFileSync(measurementFile(WRITTEN), 'utf8')) as StoreCosts), disk };
}

async function diskOf(given: CassandraSettings): Promise<readonly DiskCost[] | undefined> {
  const settings = { ...given, keyspace: `disk_${Date.now().toString(36)}` };
  const serverPid = processListeningOn(Number(settings.contactPoints[0]!.split(':').at(-1)));
  if (serverPid === undefined) return undefined;
  const store = await openCassandraStore(settings, { partitions: 1 });
  try {
    console.error('bytes on disk');
    return await measureDisk(store, settings.keyspace, serverPid);
  } finally {
    await store.client.change(`DROP KEYSPACE IF EXISTS ${settings.keyspace}`);
    await store.close();
  }
}

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
    const disk = await diskOf(given);
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
      ...(disk === undefined ? {} : { disk }),
    };
  } finally {
    await store.client.change(`DROP KEYSPACE IF EXISTS ${settings.keyspace}`);
    await driver.shutdown();
    await store.close();
  }
}
