/**
 * The embedded backends: bus, dispatch, store and routes in one process of their own, on a log of files. It makes a box run
 * on a bare machine and may be killed like any other part of it.
 *
 * Promised: a record is in its file before its append is acknowledged, so it outlives this process (kill -9) and every other
 * process of the box. State is a function of the log: after a start it is built again from the first record on, silently
 * up to dispatch's position and telling everyone from there. Routes are not kept: relays put them again.
 * Not promised: no fsync, so a power loss or a crash of the kernel may take the last seconds; one copy; messages are never
 * deleted, so at the size limit sends are refused; the start takes about a second per 200,000 records.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusRecord, Topic } from '../bus/bus.ts';
import { openFileBus } from '../bus/bus-file.ts';
import { serveBus } from '../bus/bus-served.ts';
import type { LogBus } from '../bus/log-bus.ts';
import { Dispatch } from '../dispatch/dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from '../dispatch/metrics.ts';
import { LIMITS } from '../protocol/limits.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { serveRoutes } from '../routes/routes-wire.ts';
import { createLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { controlled } from '../runtime/process-control.ts';
import { RpcServer } from '../runtime/rpc.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { serveStore } from '../store/store-wire.ts';
import { readEmbeddedConfig } from './config.ts';
import { EMBEDDED_METRICS, watchBackends } from './metrics.ts';

const MESSAGE_PARTITIONS = 1;
const RECEIPT_PARTITIONS = 1;
/** One per gateway number there can be; a partition that nobody uses costs nothing. */
const DELIVERY_PARTITIONS = 65_536;
const SEGMENT_BYTES = 64 * 1_048_576;
const TRANSIENT_BYTES = 1_073_741_824;
const MAX_ROUTES = 4_000_000;
const MAX_IDS = 2_097_152;
const MAX_DEAD_LETTERS = 10_000;
const STOP_DEADLINE_MS = 10_000;

const config = readEmbeddedConfig(process.env);
const log = createLog('embedded');
const metrics = new Metrics([...DISPATCH_METRICS, ...EMBEDDED_METRICS]);
mkdirSync(config.directory, { recursive: true, mode: 0o700 });

const transient = (partitions: number) => ({
  partitions,
  limitBytes: TRANSIENT_BYTES,
  segmentBytes: SEGMENT_BYTES,
  keepConsumedSegments: 0,
});
const bus = openFileBus({
  directory: join(config.directory, 'log'),
  topics: {
    messages: { partitions: MESSAGE_PARTITIONS, limitBytes: config.maxBytes, segmentBytes: SEGMENT_BYTES },
    receipts: transient(RECEIPT_PARTITIONS),
    deliveries: transient(DELIVERY_PARTITIONS),
  },
  now: Date.now,
  events: {
    gap: (group, topic, partition, missing) => log.error('records were skipped', { group, topic, partition, missing }),
    handlerFailed: (group, topic, partition, error) => log.error('handler failed', { group, topic, partition, message: String(error) }),
    cut: (topic, partition, bytes) => log.warn('torn tail cut', { topic, partition, bytes }),
    positionsFailed: (error) => log.error('positions not written', { message: String(error) }),
  },
});
const store = new StoreMemory({
  partitions: MESSAGE_PARTITIONS,
  recordAt: (partition, offset) => bus.recordAt('messages', partition, offset),
});
const routes = new RoutesMemory(MAX_ROUTES);
const dispatch = new Dispatch({
  bus,
  store,
  routes,
  cells: dispatchCells(metrics),
  limits: { messagesPerSecond: config.conversationRate, burst: config.conversationRate },
  messageIdMs: LIMITS.messageIdSeconds.value * 1_000,
  maxIdsPerPartition: MAX_IDS,
  deadLetter: deadLetters(join(config.directory, 'dead-letters.jsonl')),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  log: (message) => log.warn('dispatch', { message }),
});

const startedMs = Date.now();
for (let partition = 0; partition < MESSAGE_PARTITIONS; partition++) {
  const records = await replay(bus, dispatch, partition);
  if (records > 0) log.info('state built from the log', { partition, records, ms: Date.now() - startedMs });
}
await dispatch.start();

const server = new RpcServer({ secret: readFileSync(config.secretFile), log: (message) => log.warn('link', { message }) });
serveBus(server, bus);
serveRoutes(server, routes);
serveStore(server, store);
const listening = server.listen('127.0.0.1', config.port);
watchBackends(metrics, bus, store, routes);

controlled({
  metrics: () => metrics.snapshot(),
  stopDeadlineMs: STOP_DEADLINE_MS,
  stop: async () => {
    await dispatch.stop();
    await bus.close();
    listening.close();
  },
}).ready(listening.port);

/** Gives dispatch what it had dispatched before, and says how many records that was. */
async function replay(from: LogBus, into: Dispatch, partition: number): Promise<number> {
  const end = (await from.committed('dispatch', 'messages', partition)) ?? 0;
  let next = 0;
  while (next < end) {
    const { records } = await from.fetch('messages', partition, next, 0);
    const before = records.filter((record) => record.offset < end);
    if (before.length === 0) break;
    await into.replay(partition, before);
    next = before.at(-1)!.offset + 1;
  }
  return next;
}

/** Keeps what could not be read, one JSON line each, up to a bound; past it only the counter goes on. */
function deadLetters(file: string): (topic: string, partition: number, record: BusRecord, reason: string) => void {
  let kept = 0;
  return (topic, partition, record, reason) => {
    if (kept++ >= MAX_DEAD_LETTERS) return;
    const { offset, loggedAtMs, value } = record;
    appendFileSync(
      file,
      `${JSON.stringify({ topic: topic as Topic, partition, offset, loggedAtMs, reason, value: Buffer.from(value).toString('base64') })}\n`,
      {
        mode: 0o600,
      },
    );
  };
}
