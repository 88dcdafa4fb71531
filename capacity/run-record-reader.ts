/**
 * Reads a run record from untrusted JSON and names the field that is wrong. Checks what no honest writer can break (types,
 * signs, times that go forward, histograms that add up); whether the run proves anything is the verdict's business.
 */
import {
  amount,
  type Invalid,
  instant,
  isInvalid,
  list,
  map,
  mismatch,
  object,
  oneOf,
  optional,
  type Reader,
  readShape,
  signed,
  text,
  truth,
  whole,
} from './json-shape.ts';
import {
  type ByRole,
  CLIENT_ROLES,
  type ConnectionSums,
  type CpuWindow,
  type GeneratorGuard,
  type GroupShare,
  type HeartbeatSums,
  LATENCY_NAMES,
  type LatencyHistogram,
  type LatencyWindow,
  type LedgerSums,
  type MachineCpu,
  type MemoryCheckpoint,
  PHASES,
  type ProcessCpu,
  type ProcessMemory,
  RUN_RECORD_SCHEMA,
  type RunClaim,
  type RunHost,
  type RunProblem,
  type RunRecord,
  type RunSample,
  type RunSettings,
  SERVER_ROLES,
  type WorkerHost,
} from './run-record.ts';

export function readRunRecord(json: unknown): RunRecord | Invalid {
  const schema = (json as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'number' && schema !== RUN_RECORD_SCHEMA) {
    return { invalid: `schema: this version reads run records of schema ${RUN_RECORD_SCHEMA}, got ${schema}` };
  }
  return readShape(record, json, '');
}

/** The same from the text of a file. */
export function parseRunRecord(content: string): RunRecord | Invalid {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return { invalid: 'document: not JSON, or cut short' };
  }
  return readRunRecord(json);
}

export { isInvalid };

function byRole<T>(item: Reader<T>): Reader<ByRole<T>> {
  const roles: readonly string[] = [...SERVER_ROLES, ...CLIENT_ROLES];
  const entries = map(item);
  return (value, path) => {
    const read = entries(value, path);
    for (const role of Object.keys(read)) if (!roles.includes(role)) mismatch(`${path}.${role}`, `a role of ${roles.join(', ')}`, role);
    return read as ByRole<T>;
  };
}

/** Items that stand in order of time, as `key` gives it. */
function inOrder<T>(item: Reader<T>, key: keyof T & string): Reader<readonly T[]> {
  const items = list(item);
  return (value, path) => {
    const read = items(value, path);
    for (let at = 1; at < read.length; at++) {
      if (!(read[at]![key] >= read[at - 1]![key])) mismatch(`${path}[${at}].${key}`, `at least the one before it`, read[at]![key]);
    }
    return read;
  };
}

const groupShare = object<GroupShare>({ members: whole, share: amount });

const settings = object<RunSettings>({
  connections: whole,
  connectionsPerSecond: amount,
  sendsPerSecond: amount,
  heartbeatSeconds: amount,
  answerHeartbeats: truth,
  holdSeconds: amount,
  chatSeconds: amount,
  warmSeconds: optional(amount),
  quietSeconds: amount,
  tls: truth,
  tokenAlgorithm: oneOf(['HS256', 'EdDSA']),
  edges: whole,
  workers: whole,
  destinationAddresses: whole,
  bothEnds: truth,
  groupMix: list(groupShare),
  bodyBytes: amount,
});

const claim = object<RunClaim>({ id: oneOf(['connectionsPerBox', 'sendsPerSecondPerBox']), value: amount });

const host = object<RunHost>({
  kernel: text,
  cpuModel: text,
  cores: whole,
  onlineProcessors: optional(whole),
  memoryBytes: whole,
  versions: object<RunHost['versions']>({ parley: text, bun: text, sources: optional(text), box: optional(text) }),
  interruptTimeApart: optional(truth),
  limits: map(signed),
});

const sample = object<RunSample>({
  tMs: amount,
  phase: oneOf(PHASES),
  connectionsClient: whole,
  connectionsServer: optional(whole),
  due: whole,
  accepted: whole,
  delivered: whole,
  refused: whole,
  heartbeatsSent: whole,
  heartbeatsReceived: optional(whole),
  cpuUs: byRole(amount),
  softirqUs: amount,
  busyUs: amount,
  cpuPressureUs: optional(amount),
  memAvailableBytes: whole,
});

const processMemory = object<ProcessMemory>({ processes: whole, pssBytes: whole, anonBytes: whole, rssBytes: whole });

const checkpoint = object<MemoryCheckpoint>({
  tMs: amount,
  connections: whole,
  roles: byRole(processMemory),
  slabBytes: optional(map(whole)),
  slabTotalBytes: whole,
  socketBufferBytes: whole,
  tcpSockets: optional(whole),
  pageTablesBytes: whole,
  memAvailableBytes: whole,
});

const processCpu = object<ProcessCpu>({ processes: whole, userUs: amount, systemUs: amount });

const machineCpu = object<MachineCpu>({
  userUs: amount,
  systemUs: amount,
  softirqUs: amount,
  irqUs: amount,
  stealUs: amount,
  idleUs: amount,
  pressureUs: optional(amount),
});

const cpuWindow = object<CpuWindow>({
  name: oneOf(['handshake', 'heartbeat', 'chat', 'idle']),
  startMs: amount,
  wallMs: amount,
  connections: amount,
  operations: object<CpuWindow['operations']>({ handshakes: whole, heartbeats: whole, sends: whole, deliveries: whole }),
  roles: byRole(processCpu),
  machine: machineCpu,
});

const plainLatency = object<LatencyHistogram>({
  name: oneOf(LATENCY_NAMES),
  subBucketBits: oneOf([4, 5, 6, 7, 8, 9, 10, 11, 12]),
  count: whole,
  minUs: whole,
  maxUs: whole,
  sumUs: whole,
  buckets: list(whole),
});

const latency: Reader<LatencyHistogram> = (value, path) => {
  const read = plainLatency(value, path);
  const { buckets } = read;
  if (buckets.length % 2 !== 0) mismatch(`${path}.buckets`, 'pairs of index and count', buckets);
  let sum = 0;
  for (let at = 0; at < buckets.length; at += 2) {
    if (at > 0 && buckets[at]! <= buckets[at - 2]!) mismatch(`${path}.buckets[${at}]`, 'ascending indexes', buckets[at]);
    sum += buckets[at + 1]!;
  }
  if (sum !== read.count) mismatch(`${path}.count`, `the sum of the buckets, ${sum}`, read.count);
  if (read.minUs > read.maxUs) mismatch(`${path}.minUs`, `at most maxUs, ${read.maxUs}`, read.minUs);
  return read;
};

const latencyWindow = object<LatencyWindow>({
  name: oneOf(LATENCY_NAMES),
  startMs: amount,
  endMs: amount,
  count: whole,
  p50Us: amount,
  p99Us: amount,
});

const connections = object<ConnectionSums>({
  attempted: whole,
  opened: whole,
  refused: whole,
  failed: whole,
  unopened: whole,
  maximumOpen: whole,
  dropped: whole,
  droppedByGenerator: whole,
});

const ledger = object<LedgerSums>({
  due: whole,
  accepted: whole,
  refused: whole,
  unknown: whole,
  unsent: whole,
  recipientsExpected: whole,
  delivered: whole,
  waiting: whole,
  rejected: whole,
  lost: whole,
  duplicated: whole,
  redelivered: whole,
  outOfOrder: whole,
  unexpected: whole,
  invalidLatency: whole,
});

const heartbeats = object<HeartbeatSums>({
  due: whole,
  sent: whole,
  unsent: whole,
  received: optional(whole),
  answered: optional(whole),
});

const workerHost = object<WorkerHost>({
  name: text,
  workers: whole,
  reported: whole,
  clockOffsetMs: optional(signed),
  clockErrorUs: optional(amount),
  busyShare: optional(amount),
});

const generator = object<GeneratorGuard>({
  workersExpected: whole,
  workersReported: whole,
  latenessP50Us: amount,
  latenessP99Us: amount,
  latenessP999Us: amount,
  latenessMaxUs: amount,
  workerCpuShareMax: amount,
  clockErrorUs: amount,
  hosts: optional(list(workerHost)),
});

const problem = object<RunProblem>({ tMs: amount, whose: oneOf(['box', 'generator', 'machine', 'probe']), text });

const record = object<RunRecord>({
  schema: oneOf([RUN_RECORD_SCHEMA]),
  id: text,
  name: text,
  command: list(text),
  startedAt: instant,
  endedAt: instant,
  complete: truth,
  seed: whole,
  settings,
  claims: optional(list(claim)),
  host,
  samples: inOrder(sample, 'tMs'),
  checkpoints: inOrder(checkpoint, 'tMs'),
  cpuWindows: inOrder(cpuWindow, 'startMs'),
  latencies: list(latency),
  latencyWindows: optional(inOrder(latencyWindow, 'startMs')),
  connections,
  ledger,
  heartbeats,
  generator,
  disconnects: map(whole),
  problems: list(problem),
});
