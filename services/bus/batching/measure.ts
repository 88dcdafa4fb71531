/** The runs behind `parley batching`: single requests of each size, and both hops at a relay's and a dispatcher's rate. */
import type { KafkaSettings } from '../../backends/settings.ts';
import { isAbsent } from '../../runtime/host/proc-file.ts';
import { readProcessCpu } from '../../runtime/host/processes.ts';
import { seededNumbers } from '../../runtime/seeded-numbers.ts';
import { type KafkaBus, openBusOver } from '../bus-kafka.ts';
import { type Compression, kafkaAccess } from '../kafka-access.ts';
import type { KafkaDriver, ProduceBatch } from '../kafka-driver.ts';
import { KafkajsDriver } from '../kafka-driver-kafkajs.ts';
import { PlatformaticDriver } from '../kafka-driver-platformatic.ts';
import { playBrokers } from './many-brokers.ts';

export type Driver = KafkaSettings['driver'];

export interface Setup {
  readonly settings: KafkaSettings;
  /** Of all brokers; none where they are on other machines. */
  readonly brokerPids: readonly number[];
  readonly seconds: number;
  readonly recordBytes: number;
}

/** Microseconds of processor time; undefined where the broker's process can't be seen. */
export interface Cost {
  readonly clientUs: number;
  readonly brokerUs: number | undefined;
}

export interface RequestCost extends Cost {
  readonly partitions: number;
  readonly records: number;
  readonly requests: number;
}

export interface HopCost extends Cost {
  readonly records: number;
  readonly requests: number;
  readonly batches: number;
  readonly recordsPerSecond: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
}

export function driverOf(settings: KafkaSettings, compression: Compression): KafkaDriver {
  const access = kafkaAccess(settings, compression);
  return settings.driver === 'kafkajs' ? new KafkajsDriver(access) : new PlatformaticDriver(access);
}

const EVENTS = { gap: () => undefined, handlerFailed: () => undefined };
/** Code is compiled and partitions are opened before anything is measured. */
const WARM_APPENDS = 4_000;
const WARM_TOGETHER = 100;
const OPEN_DEADLINE_MS = 120_000;

/** `brokers`: as many are played by the one that is there; 'real': those that are there. */
export async function openBench(setup: Setup, lingerMs: number, compression: Compression, brokers: number | 'real' = 1): Promise<KafkaBus> {
  const own = driverOf(setup.settings, compression);
  const driver = brokers === 'real' ? own : playBrokers(own, brokers);
  return openBusOver(driver, setup.settings, { events: EVENTS, lingerMs, openDeadlineMs: OPEN_DEADLINE_MS });
}

/** One request after another, each with so many partitions and records in all. Gives the cost of a request. */
export async function requestCost(
  setup: Setup,
  driver: KafkaDriver,
  topic: string,
  partitions: number,
  records: number,
): Promise<RequestCost> {
  const broker = (await driver.leaders([topic])).get(topic)![0]!;
  const producer = await driver.newProducer();
  const values = chatRecords(setup.recordBytes, records / partitions);
  let sequence = 0;
  const request = async () => {
    const batches = Array.from(
      { length: partitions },
      (_, partition): ProduceBatch => ({ topic, partition, firstSequence: sequence, values }),
    );
    sequence += values.length;
    const results = await driver.produce(broker, producer, batches);
    const failed = results.find(({ code }) => code !== 0);
    if (failed !== undefined) throw new Error(`a request was answered with error ${failed.code}`);
  };
  for (let warm = 0; warm < 50; warm++) await request();
  let requests = 0;
  const cost = await costOf(setup, async (untilMs) => {
    for (; performance.now() < untilMs; requests++) await request();
  });
  return {
    partitions,
    records,
    requests,
    clientUs: cost.clientUs / requests,
    brokerUs: cost.brokerUs === undefined ? undefined : cost.brokerUs / requests,
  };
}

/** Appends one by one at the rate, spread evenly over the partitions at random. Gives the cost of a record. */
export async function hopCost(
  setup: Setup,
  bus: KafkaBus,
  topic: 'messages' | 'deliveries',
  partitions: number,
  perSecond: number,
): Promise<HopCost> {
  const random = seededNumbers(7);
  const values = chatRecords(setup.recordBytes, 64);
  const waits: number[] = [];
  const pending = new Set<Promise<void>>();
  for (let warm = 0; warm < WARM_APPENDS; warm += WARM_TOGETHER) {
    await Promise.all(Array.from({ length: WARM_TOGETHER }, () => bus.append(topic, random(partitions), [values[0]!])));
  }
  const before = { ...bus.counts };
  let sent = 0;
  const startedMs = performance.now();
  const cost = await costOf(setup, async (untilMs) => {
    while (performance.now() < untilMs) {
      const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond);
      for (; sent < due; sent++) {
        const fromMs = performance.now();
        const partition = random(partitions);
        const append = bus.append(topic, partition, [values[sent % values.length]!]).then(() => {
          waits.push(performance.now() - fromMs);
          pending.delete(append);
        });
        pending.add(append);
      }
      await Bun.sleep(1);
    }
    await Promise.all(pending);
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  waits.sort((a, b) => a - b);
  return {
    records: sent,
    requests: bus.counts.requests - before.requests,
    batches: bus.counts.batches - before.batches,
    recordsPerSecond: sent / seconds,
    clientUs: cost.clientUs / sent,
    brokerUs: cost.brokerUs === undefined ? undefined : cost.brokerUs / sent,
    ackP50Ms: waits[Math.floor(waits.length * 0.5)] ?? 0,
    ackP99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0,
  };
}

/** Reads what a partition has, from its beginning. Gives the cost of a record. */
export async function readCost(setup: Setup, bus: KafkaBus, partitions: number): Promise<Cost & { readonly records: number }> {
  const ends = await Promise.all(Array.from({ length: partitions }, (_, partition) => bus.end('messages', partition)));
  const total = ends.reduce((sum, end) => sum + end, 0);
  let read = 0;
  const cost = await costOf(setup, async () => {
    const consumers = await Promise.all(
      ends.map((_, partition) =>
        bus.consume(
          'bench',
          'messages',
          partition,
          async (batch) => {
            read += batch.length;
          },
          'earliest',
        ),
      ),
    );
    for (let waited = 0; read < total && waited < 60_000; waited += 10) await Bun.sleep(10);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });
  return { records: read, clientUs: cost.clientUs / read, brokerUs: cost.brokerUs === undefined ? undefined : cost.brokerUs / read };
}

async function costOf(setup: Setup, body: (untilMs: number) => Promise<void>): Promise<Cost> {
  const brokerBefore = brokerCpu(setup);
  const before = process.cpuUsage();
  await body(performance.now() + setup.seconds * 1_000);
  const used = process.cpuUsage(before);
  const brokerAfter = brokerCpu(setup);
  return {
    clientUs: used.user + used.system,
    brokerUs: brokerBefore === undefined || brokerAfter === undefined ? undefined : brokerAfter - brokerBefore,
  };
}

function brokerCpu({ brokerPids }: Setup): number | undefined {
  if (brokerPids.length === 0) return undefined;
  let sum = 0;
  for (const pid of brokerPids) {
    const reading = readProcessCpu(pid);
    if (isAbsent(reading)) return undefined;
    sum += reading.userUs + reading.systemUs;
  }
  return sum;
}

/** Half words, half noise: a record's ids and times do not compress, its text does. */
function chatRecords(bytes: number, count: number): Buffer[] {
  const random = seededNumbers(11);
  const words = 'see you at the station then I will bring what we said and the other one too as long as it is not too late'.split(' ');
  return Array.from({ length: count }, () => {
    const value = Buffer.alloc(bytes);
    for (let at = 0; at < bytes / 2; at++) value[at] = random(256);
    let text = '';
    while (text.length < bytes) text += `${words[random(words.length)]} `;
    value.write(text, Math.floor(bytes / 2), 'latin1');
    return value;
  });
}
