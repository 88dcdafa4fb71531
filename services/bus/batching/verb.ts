/**
 * `parley batching`: what a record costs its client and Kafka against how many go in a request, for the relay's hop to the bus
 * and the dispatcher's to the gateways. With `--write` the curve is left where the capacity model reads it.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type CostArguments, giveCosts, readCostArguments } from '../../backends/cost-verb.ts';
import { readBackends } from '../../backends/read-settings.ts';
import type { KafkaSettings } from '../../backends/settings.ts';
import { describeHost } from '../../runtime/host/describe.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { LINGER_MS } from '../bus-kafka.ts';
import type { Compression } from '../kafka-access.ts';
import { kafkaNames } from '../kafka-names.ts';
import { topicSpecs } from '../kafka-topics.ts';
import { type CostFit, fitCost } from './fit-cost.ts';
import { followerCosts } from './followers.ts';
import {
  type Cost,
  type Driver,
  driverOf,
  type HopCost,
  hopCost,
  openBench,
  type RequestCost,
  readCost,
  requestCost,
  type Setup,
} from './measure.ts';
import { javaOptions, processListeningOn } from './server-process.ts';
import { curveTable, followerTable, hopTable } from './tables.ts';

const HELP = `usage: parley batching --backends FILE [--seconds S] [--targets N] [--rate N] [--followers] [--write] [--json]

Measures on a real Kafka what a record of 200 bytes costs, in microseconds of processor time of the client and of the broker:
single requests of 1 to 500 records by both drivers; a relay's sends spread over 1 to 100 brokers with 2, 5 and 10 ms of linger;
a dispatcher's deliveries spread over 1 to 2,000 gateways. A cluster of many brokers is played by the one that is there. The
broker must run on this machine for its figures to be seen, and be quiet for them to be its own.

  --backends FILE  settings of the real systems (parley up writes them)
  --seconds S      length of each run (default 3)
  --targets N      most gateways (default 2000)
  --rate N         sends per second of the hops (default 2500)
  --followers      instead: what a follower costs, on a stack of three brokers (parley up --brokers 3); capacity/measurements/followers.json
  --write          leave the result in capacity/measurements/batching.json
  --json           one JSON document`;

const SIZES = [1, 2, 5, 10, 20, 50, 100, 500];
const SPREADS = [5, 20, 100];
const BROKERS = [1, 5, 12, 100];
const LINGERS_MS = [2, 5, 10];
const TARGETS = [1, 50, 500, 2_000];
const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'zstd'];
const DRIVERS: readonly Driver[] = ['platformatic', 'kafkajs'];
const RECORD_BYTES = 200;

export interface DriverRow extends HopCost {
  readonly driver: Driver;
  readonly compression: Compression;
  readonly read: Cost;
}

export interface BatchingResult {
  readonly schema: 1;
  readonly what: string;
  readonly measuredAt: string;
  readonly machine: ReturnType<typeof describeHost>;
  /** Of the minute before and at the end: above the number of cores, others took part of the time. */
  readonly loadAverage: readonly [before: number, after: number];
  readonly versions: Readonly<Record<string, string>>;
  readonly broker: string;
  readonly units: string;
  readonly recordBytes: number;
  readonly secondsPerRun: number;
  readonly drivers: readonly DriverRow[];
  readonly requests: ReadonlyArray<RequestCost & { readonly driver: Driver }>;
  readonly fits: ReadonlyArray<{ readonly driver: Driver; readonly side: 'client' | 'broker' } & CostFit>;
  readonly relayHop: ReadonlyArray<HopCost & { readonly brokers: number; readonly lingerMs: number }>;
  readonly dispatchHop: ReadonlyArray<HopCost & { readonly gateways: number; readonly lingerMs: number }>;
}

export const verb: Verb = {
  summary: 'what a record costs Kafka and its client, against records per request',
  help: HELP,
  async run(args) {
    const numbers = { seconds: { default: 3, least: 0.1 }, targets: { default: 2_000, least: 1 }, rate: { default: 2_500, least: 1 } };
    const given = readCostArguments('batching', args, numbers, ['followers']);
    if (given === undefined) return EXIT.couldNotRun;
    const { seconds, targets, rate } = given.numbers;
    const { kafka } = readBackends(given.backendsFile);
    if (given.flags.followers) return followers(kafka, seconds, given);
    const result = await measured(kafka, seconds, Math.floor(targets), rate, (text) => console.error(text));
    giveCosts(result, given, 'batching.json', (costs) => `${curveTable(costs)}\n\n${hopTable(costs)}`);
    return EXIT.ok;
  },
};

/** Undefined for those of other machines. */
function brokerPidsOf(kafka: KafkaSettings): readonly (number | undefined)[] {
  return kafka.brokers.map((broker) => processListeningOn(Number(broker.split(':').at(-1))));
}

async function followers(
  kafka: KafkaSettings,
  seconds: number,
  given: Pick<CostArguments<never, never>, 'write' | 'json'>,
): Promise<number> {
  const pids = brokerPidsOf(kafka).filter((pid) => pid !== undefined);
  if (pids.length < 3 || pids.length < kafka.brokers.length) {
    console.error('parley batching --followers: three brokers on this machine are needed (parley up --brokers 3)');
    return EXIT.couldNotRun;
  }
  const loadBefore = loadavg()[0]!;
  const costs = await followerCosts(kafka, pids, { seconds, recordBytes: RECORD_BYTES }, (text) => console.error(text));
  const result = {
    schema: 1,
    what: 'cost of followers: topics of one and of three replicas on three brokers',
    measuredAt: new Date().toISOString(),
    machine: describeHost(),
    loadAverage: [loadBefore, loadavg()[0]!],
    broker: `three, on this machine: ${javaOptions(pids[0]!)}`,
    units:
      'brokerUs: microseconds of processor time of all brokers, of a record; usPerSecond and usPerBatch: of one follower and its leaders',
    recordBytes: RECORD_BYTES,
    secondsPerRun: seconds,
    ...costs,
  };
  giveCosts(result, given, 'followers.json', () => followerTable(costs));
  return EXIT.ok;
}

async function measured(
  kafka: KafkaSettings,
  seconds: number,
  targets: number,
  rate: number,
  say: (text: string) => void,
): Promise<BatchingResult> {
  const partitions = { messages: 100, receipts: 1, deliveries: targets };
  const settings = { ...kafka, prefix: `${kafka.prefix}batching.${Date.now().toString(36)}.`, partitions };
  const [brokerPid] = brokerPidsOf(kafka);
  const brokerPids = brokerPid === undefined ? [] : [brokerPid];
  const setupOf = (driver: Driver): Setup => ({ settings: { ...settings, driver }, brokerPids, seconds, recordBytes: RECORD_BYTES });
  const chosen = kafka.driver;
  const loadBefore = loadavg()[0]!;
  const names = kafkaNames(settings.prefix);
  try {
    say('making topics');
    const bus = await openBench(setupOf(chosen), LINGER_MS, 'none');
    await bus.close();

    const drivers: DriverRow[] = [];
    for (const compression of COMPRESSIONS) {
      for (const driver of DRIVERS) {
        say(`${driver}, ${compression}: ${rate} records a second over 12 partitions, then reading`);
        const setup = setupOf(driver);
        const bus = await openBench(setup, LINGER_MS, compression);
        const cost = await hopCost(setup, bus, 'messages', 12, rate);
        drivers.push({ driver, compression, ...cost, read: await readCost(setup, bus, 12) });
        await bus.close();
      }
    }

    const requests: Array<RequestCost & { driver: Driver }> = [];
    for (const driver of DRIVERS) {
      const client = driverOf({ ...settings, driver }, 'none');
      for (const [spread, records] of [...SIZES.map((size) => [1, size] as const), ...SPREADS.map((size) => [size, size] as const)]) {
        say(`${driver}: requests of ${records} records in ${spread} partitions`);
        requests.push({ driver, ...(await requestCost(setupOf(driver), client, names.topic('messages'), spread, records)) });
      }
      await client.close();
    }

    const relayHop: Array<HopCost & { brokers: number; lingerMs: number }> = [];
    for (const brokers of BROKERS) {
      for (const lingerMs of LINGERS_MS) {
        say(`relay: ${rate} a second over ${brokers} brokers, ${lingerMs} ms of linger`);
        const setup = setupOf(chosen);
        const bus = await openBench(setup, lingerMs, 'none', brokers);
        relayHop.push({ brokers, lingerMs, ...(await hopCost(setup, bus, 'messages', brokers, rate)) });
        await bus.close();
      }
    }

    const dispatchHop: Array<HopCost & { gateways: number; lingerMs: number }> = [];
    for (const gateways of TARGETS.filter((count) => count <= targets)) {
      say(`dispatcher: ${rate} a second over ${gateways} gateways`);
      const setup = setupOf(chosen);
      const bus = await openBench(setup, LINGER_MS, 'none');
      // The first record of a log makes its files: of 500 at once that takes seconds.
      await hopCost(setup, bus, 'deliveries', gateways, rate);
      dispatchHop.push({ gateways, lingerMs: LINGER_MS, ...(await hopCost(setup, bus, 'deliveries', gateways, rate)) });
      await bus.close();
    }

    return {
      schema: 1,
      what: 'cost of records on both hops of the bus against records per request',
      measuredAt: new Date().toISOString(),
      machine: describeHost(),
      loadAverage: [loadBefore, loadavg()[0]!],
      versions: { '@platformatic/kafka': versionOf('@platformatic/kafka'), kafkajs: versionOf('kafkajs') },
      broker: brokerPid === undefined ? 'on another machine' : `one, on this machine: ${javaOptions(brokerPid)}`,
      units: 'clientUs, brokerUs: microseconds of processor time, of a request in `requests`, of a record elsewhere; Us of fits likewise',
      recordBytes: RECORD_BYTES,
      secondsPerRun: seconds,
      drivers,
      requests,
      fits: DRIVERS.flatMap((driver) =>
        fitsOf(
          driver,
          requests.filter((one) => one.driver === driver),
        ),
      ),
      relayHop,
      dispatchHop,
    };
  } finally {
    const client = driverOf(settings, 'none');
    await client.deleteTopics(topicSpecs(settings, names).map(({ name }) => name)).catch(() => undefined);
    await client.close();
  }
}

function fitsOf(driver: Driver, costs: readonly RequestCost[]): BatchingResult['fits'] {
  const client = fitCost(costs.map(({ partitions, records, clientUs }) => ({ partitions, records, us: clientUs })));
  const broker = fitCost(costs.map(({ partitions, records, brokerUs }) => ({ partitions, records, us: brokerUs ?? 0 })));
  return [
    { driver, side: 'client', ...client },
    { driver, side: 'broker', ...broker },
  ];
}

function versionOf(name: string): string {
  const path = join(import.meta.dirname, '../../../node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
