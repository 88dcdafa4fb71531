/**
 * The embedded backends: bus, dispatch, store and routes in one process of their own, on a log of files. It makes a box run
 * on a bare machine and may be killed like any other part of it.
 *
 * Promised: a record is in its file before its append is acknowledged, so it outlives this process (kill -9) and every other
 * process of the box. State is a function of the log: after a start it is built again from the first record on, silently
 * up to dispatch's position and telling everyone from there; reads are served when it is whole. Routes are not kept: relays
 * put them again. A commit may be forgotten for COMMIT_FLUSH_MS: deliveries then come twice, sequences never.
 * Not promised: no fsync, so a power loss or a crash of the kernel may take the last seconds; one copy; messages are never
 * deleted, so at the size limit sends are refused; delivered marks go with old receipts; memory grows by some 10 bytes a
 * message (45 in its first ten minutes), 450 a conversation and 34 a route; the start takes 2 to 6 s per million records.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileBus } from '../bus/bus-file.ts';
import { serveBus } from '../bus/bus-served.ts';
import { deadLetterFile } from '../dispatch/dead-letter-file.ts';
import type { PartitionRules } from '../dispatch/decider.ts';
import { DISPATCH_GROUP, Dispatch } from '../dispatch/dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from '../dispatch/metrics.ts';
import { LIMITS } from '../protocol/limits.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { serveRoutes } from '../routes/routes-wire.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import { HeapTrim } from '../runtime/heap-trim.ts';
import { createLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { controlled } from '../runtime/process-control.ts';
import { RpcServer } from '../runtime/rpc.ts';
import { openPrivacyFile } from '../store/privacy-file.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { serveStore } from '../store/store-wire.ts';
import { readEmbeddedConfig } from './config.ts';
import { EMBEDDED_METRICS, watchBackends } from './metrics.ts';
import { RuleHistory } from './rule-history.ts';

const MESSAGE_PARTITIONS = 1;
const RECEIPT_PARTITIONS = 1;
/** One per gateway number there can be; a partition that nobody uses costs nothing. */
const DELIVERY_PARTITIONS = 65_536;
const MESSAGE_SEGMENT_BYTES = 64 * 1_048_576;
const DELIVERY_SEGMENT_BYTES = 32 * 1_048_576;
/** Two files of receipts are kept, read or not: from them the delivered marks are built again. */
const RECEIPT_SEGMENT_BYTES = 16 * 1_048_576;
const TRANSIENT_BYTES = 1_073_741_824;
const DEAD_LETTER_BYTES = 16 * 1_048_576;
const MAX_ROUTES = 4_000_000;
const MAX_CONVERSATIONS = 4_000_000;
/** Enters into what a repeated id gets, as the span of ids does: another value is for another log. */
const MAX_IDS = 3_000_000;
const STOP_DEADLINE_MS = 10_000;

const config = readEmbeddedConfig(process.env);
const log = createLog('embedded');
const metrics = new Metrics([...DISPATCH_METRICS, ...EMBEDDED_METRICS]);
mkdirSync(config.directory, { recursive: true, mode: 0o700 });

let serving = false;
const lock = lockDirectory(join(config.directory, 'lock'));
const bus = openFileBus({
  directory: join(config.directory, 'log'),
  topics: {
    messages: { partitions: MESSAGE_PARTITIONS, limitBytes: config.maxBytes, segmentBytes: MESSAGE_SEGMENT_BYTES },
    receipts: {
      partitions: RECEIPT_PARTITIONS,
      limitBytes: TRANSIENT_BYTES,
      segmentBytes: RECEIPT_SEGMENT_BYTES,
      keepConsumedSegments: 1,
    },
    deliveries: {
      partitions: DELIVERY_PARTITIONS,
      limitBytes: TRANSIENT_BYTES,
      segmentBytes: DELIVERY_SEGMENT_BYTES,
      keepConsumedSegments: 0,
      // Dispatch alone appends here, a batch at a time; so they leave in the same packet as the answers to the appends.
      write: 'atOnce',
    },
  },
  now: Date.now,
  events: {
    gap: (group, topic, partition, missing) => log.error('records were skipped', { group, topic, partition, missing }),
    handlerFailed: (group, topic, partition, error) => {
      log.error('consumer failed', { group, topic, partition, message: String(error) });
      // Damage does not heal by trying again. Who starts this process sees why it can't.
      if (!serving && error instanceof BackendError && error.code === 'corrupt') process.exit(1);
    },
    cut: (topic, partition, bytes) => log.warn('torn tail cut', { topic, partition, bytes }),
    positionsFailed: (error) => log.error('positions not written', { message: String(error) }),
  },
});
const store = new StoreMemory({
  partitions: MESSAGE_PARTITIONS,
  recordAt: (partition, offset) => bus.recordAt('messages', partition, offset),
  privacy: openPrivacyFile(join(config.directory, 'privacy')),
});
const routes = new RoutesMemory(MAX_ROUTES);
const ends = await Promise.all(Array.from({ length: MESSAGE_PARTITIONS }, (_, partition) => bus.end('messages', partition)));
const rules = RuleHistory.open<PartitionRules>(join(config.directory, 'rules.json'), ends, {
  messagesPerSecond: config.conversationRate,
  burst: config.conversationRate,
  maxConversations: MAX_CONVERSATIONS,
});
const dispatch = new Dispatch({
  bus,
  store,
  routes,
  // Nobody is pushed from a bare machine.
  push: undefined,
  speaks: config.speaks,
  cells: dispatchCells(metrics),
  rulesAt: (partition, offset) => rules.at(partition, offset),
  messageIdMs: LIMITS.messageIdSeconds.value * 1_000,
  maxIdsPerPartition: MAX_IDS,
  // The store has all states in memory as it is.
  cachedMembers: 0,
  storeOutlives: false,
  now: Date.now,
  deadLetter: deadLetterFile(join(config.directory, 'dead-letters.jsonl'), DEAD_LETTER_BYTES),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  log: (message) => log.warn('dispatch', { message }),
});

const startedMs = Date.now();
await dispatch.start();
const records = ends.reduce((sum, end) => sum + end, 0);
if (records > 0) {
  log.info('state built from the log', { records, ms: Date.now() - startedMs });
  Bun.gc(true);
}

const server = new RpcServer({
  secret: readFileSync(config.secretFile),
  flushGapMs: config.linkFlushMs,
  log: (message) => log.warn('link', { message }),
});
serveBus(server, bus);
serveRoutes(server, routes);
serveStore(server, store);
serving = true;
const listening = server.listen('127.0.0.1', config.port);
watchBackends(metrics, {
  topic: (topic) => bus.state(topic),
  next: (topic) => bus.end(topic, 0),
  committed: (topic) => bus.committed(DISPATCH_GROUP, topic, 0),
  routes,
  store,
  dispatch,
});
const trim = new HeapTrim();
setInterval(() => trim.due(routes.size, Date.now()) && Bun.gc(true), 1_000);

controlled({
  metrics: () => metrics.snapshot(),
  stopDeadlineMs: STOP_DEADLINE_MS,
  stop: async () => {
    await dispatch.stop();
    await bus.close();
    listening.close();
    lock.release();
  },
}).ready(listening.port);
