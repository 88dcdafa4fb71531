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
import { fitCost } from '../../bus/batching/fit-cost.ts';
import { javaOptions, processListeningOn } from '../../bus/batching/server-process.ts';
import { describeHost } from '../../runtime/host/describe.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { driverOptions } from '../cassandra-client.ts';
import { openCassandraStore } from '../store-cassandra.ts';
import { type DiskCost, measureDisk } from './disk.ts';
import {
  type Cost,
  type LayoutCost,
  type MessageFit,
  measureCosts,
  measureLayouts,
  measureRuns,
  type RunCost,
  type Setup,
  warmUp,
} from './measure.ts';
import { costTable } from './table.ts';

const HELP = `usage: parley store-costs --backends FILE [--messages N] [--disk | --runs] [--write] [--json]

Measures on a real Cassandra the processor time of a message in conversations of two and of ten, of a list, of a device that
resumes and of a receipt, in microseconds of the client and of the server, messages in runs of 1 to 100 too, which tell what a
request and a row of it cost; and the layout of the source document (messages
clustered by time, a list whose sort key moves) beside the store's own: rows kept, tombstones looked at, time. Then the bytes
that a message, a row of a list and a receipt take on its disk once they are flushed. The server must run on this machine for its
figures to be seen, and be quiet for them to be its own; it is warmed up first. Uses keyspaces of its own, and drops them.

  --backends FILE  settings of the real systems (parley up writes them)
  --messages N     messages of each row of writes; reads are a quarter (default 20000)
  --disk           only the bytes on its disk: the other figures of the file stay as they are
  --runs           only messages in runs of 1 to 100
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
  readonly runs?: RunCosts;
  /** Bytes on the disk of one replica; left out where the server is on another machine. */
  readonly disk?: readonly DiskCost[];
}

/** Messages in runs of different lengths, and what a message, a request and a row of it cost by them. */
interface RunCosts {
  readonly measuredAt: string;
  readonly loadAverages: readonly [before: number, after: number];
  readonly costs: readonly RunCost[];
  readonly fits: readonly MessageFit[];
}

export const verb: Verb = {
  summary: 'what messages, lists and receipts cost Cassandra, and two layouts side by side',
  help: HELP,
  async run(args) {
    const given = readCostArguments('store-costs', args, { messages: { default: 20_000, least: 100 } }, ['disk', 'runs']);
    if (given === undefined) return EXIT.couldNotRun;
    const { cassandra } = readBackends(given.backendsFile);
    const result = await resultOf(cassandra, given.numbers.messages, given.flags);
    if (result === undefined) {
      console.error('parley store-costs: the files of a server can only be seen on this machine');
      return EXIT.couldNotRun;
    }
    giveCosts(result, given, WRITTEN, costTable);
    return EXIT.ok;
  },
};

/** All of it; or the figures that are written, with bytes on disk or messages in runs measured anew. */
async function resultOf(
  settings: CassandraSettings,
  messages: number,
  only: Readonly<Record<'disk' | 'runs', boolean>>,
): Promise<StoreCosts | undefined> {
  if (!only.disk && !only.runs) return measured(settings, messages);
  const disk = only.disk ? await diskOf(settings) : undefined;
  if (only.disk && disk === undefined) return undefined;
  const runs = only.runs ? await withSetup(settings, messages, (setup) => warmUp(setup).then(() => runsOf(setup))) : undefined;
  const written = JSON.parse(readFileSync(measurementFile(WRITTEN), 'utf8')) as StoreCosts;
  return { ...written, ...(disk === undefined ? {} : { disk }), ...(runs === undefined ? {} : { runs }) };
}

async function runsOf(setup: Setup): Promise<RunCosts> {
  const [before] = loadavg();
  const costs = await measureRuns(setup);
  return { measuredAt: new Date().toISOString(), loadAverages: [before!, loadavg()[0]!], costs, fits: messageFits(costs) };
}

/** A store in a keyspace of its own, gone afterwards. */
async function withSetup<Result>(given: CassandraSettings, messages: number, body: (setup: Setup) => Promise<Result>): Promise<Result> {
  const settings = { ...given, keyspace: `costs_${Date.now().toString(36)}` };
  const serverPid = processListeningOn(Number(settings.contactPoints[0]!.split(':').at(-1)));
  const store = await openCassandraStore(settings, { partitions: 1 });
  const driver = new Client(driverOptions(settings, {}));
  try {
    await driver.connect();
    return await body({ store, driver, serverPid, messages, say: (text: string) => console.error(text) });
  } finally {
    await store.client.change(`DROP KEYSPACE IF EXISTS ${settings.keyspace}`);
    await driver.shutdown();
    await store.close();
  }
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
  return withSetup(given, messages, async (setup) => {
    await warmUp(setup);
    const runs = await runsOf(setup);
    const costs = await measureCosts(setup);
    const layouts = await measureLayouts(setup);
    const disk = await diskOf(given);
    const [local] = await setup.store.client.change('SELECT release_version FROM system.local');
    return {
      schema: 1,
      what: 'cost of the store in Cassandra, and of the source document’s layout beside its own',
      measuredAt: new Date().toISOString(),
      machine: describeHost(),
      versions: {
        cassandra: String(local!.release_version),
        'cassandra-driver': (await import('cassandra-driver/package.json')).default.version,
      },
      server: setup.serverPid === undefined ? 'on another machine' : `one, on this machine: ${javaOptions(setup.serverPid)}`,
      units: 'clientUs, serverUs: microseconds of processor time per operation, user and system; requests: to the server, per operation',
      loadAverages: [loadBefore!, loadavg()[0]!],
      costs,
      layouts,
      runs,
      ...(disk === undefined ? {} : { disk }),
    };
  });
}

/** What a message, a request and a row in it cost: the same rows in more requests tell them apart. */
function messageFits(runs: readonly RunCost[]): readonly MessageFit[] {
  return (['client', 'server'] as const).flatMap((side) => {
    const points = runs.flatMap(({ requests, rows, clientUs, serverUs }) => {
      const us = side === 'client' ? clientUs : serverUs;
      return us === undefined ? [] : [{ partitions: requests, records: rows, us }];
    });
    if (points.length === 0) return [];
    const { usPerRequest: usPerMessage, usPerPartition, usPerRecord, worstRelativeError } = fitCost(points);
    return [{ side, usPerMessage, usPerRequest: usPerPartition, usPerRow: usPerRecord, worstRelativeError }];
  });
}
