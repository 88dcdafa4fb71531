/**
 * Run records made from known costs, for tests and for trying the report without a run. The same options give the same
 * record. What is put in (bytes a connection, CPU an operation) is what the bill must find again.
 */
import { Histogram } from './histogram.ts';
import type { CpuWindow, LatencyName, MemoryCheckpoint, Phase, ProcessCpu, Role, RunRecord, RunSample } from './run-record.ts';

export interface SyntheticOptions {
  readonly connections: number;
  /** Connections at the checkpoints, 0 among them where a base is wanted. */
  readonly sizes: readonly number[];
  readonly sendsPerSecond: number;
  readonly holdSeconds: number;
  readonly chatSeconds: number;
  readonly heartbeatSeconds: number;
  readonly edges: number;
  readonly workers: number;
  readonly tls: boolean;
  readonly bothEnds: boolean;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly seed: number;
  /** Noise of each memory figure, bytes. */
  readonly noiseBytes: number;
}

export const SYNTHETIC: SyntheticOptions = {
  connections: 500_000,
  sizes: [0, 100_000, 200_000, 300_000, 400_000, 500_000],
  sendsPerSecond: 2_500,
  holdSeconds: 30,
  chatSeconds: 62,
  heartbeatSeconds: 30,
  edges: 30,
  workers: 26,
  tls: false,
  bothEnds: true,
  cores: 2,
  memoryBytes: 25_000_000_000,
  seed: 7,
  noiseBytes: 200_000,
};

/** What the records are made of. */
export const TRUE_COSTS = {
  /** Slab of one end of a connection, by cache. */
  slab: { TCP: 2_258, sock_inode_cache: 794, filp: 183, dentry: 200, eventpoll_epi: 126, lsm_inode_cache: 66, lsm_file_cache: 22 },
  pageTables: 10,
  edge: 1_150,
  edgeTls: 4_100,
  relay: 220,
  embedded: 160,
  worker: 790,
  workerTls: 8_000,
  processBytes: 9_000_000,
  handshakeUs: { edge: 48, relay: 9, embedded: 8, worker: 45 },
  heartbeatUs: { edge: 12, relay: 0, embedded: 0, worker: 14 },
  messageUs: { edge: 40, relay: 25, embedded: 30, worker: 60 },
  softirqUs: { handshake: 20, heartbeat: 6, message: 25 },
} as const;

const RAMP_PER_SECOND = 15_000;
const QUIET_SECONDS = 5;

export function syntheticRun(changes: Partial<SyntheticOptions> = {}): RunRecord {
  const options = { ...SYNTHETIC, ...changes };
  const timeline = timelineOf(options);
  const seconds = timeline.length;
  const sends = options.sendsPerSecond * options.chatSeconds;
  const heartbeats = timeline.at(-1)?.heartbeats ?? 0;
  const startedAt = '2026-11-25T10:00:00.000Z';
  return {
    schema: 1,
    id: `20261125-100000-${options.sendsPerSecond > 0 ? 'chat' : 'hold'}`,
    name: options.sendsPerSecond > 0 ? 'chat' : 'hold',
    command: [
      'start',
      '--connections',
      String(options.connections),
      '--rate',
      String(options.sendsPerSecond),
      '--seed',
      String(options.seed),
    ],
    startedAt,
    endedAt: new Date(Date.parse(startedAt) + seconds * 1_000).toISOString(),
    complete: true,
    seed: options.seed,
    settings: {
      connections: options.connections,
      connectionsPerSecond: RAMP_PER_SECOND,
      sendsPerSecond: options.sendsPerSecond,
      heartbeatSeconds: options.heartbeatSeconds,
      answerHeartbeats: false,
      holdSeconds: options.holdSeconds + options.chatSeconds,
      chatSeconds: options.chatSeconds,
      quietSeconds: QUIET_SECONDS,
      tls: options.tls,
      tokenAlgorithm: 'HS256',
      edges: options.edges,
      workers: options.workers,
      destinationAddresses: Math.ceil(options.connections / 10_000),
      bothEnds: options.bothEnds,
      groupMix: [
        { members: 2, share: 0.8 },
        { members: 8, share: 0.2 },
      ],
      bodyBytes: 180,
    },
    host: {
      kernel: '6.18.44',
      cpuModel: 'Synthetic',
      cores: options.cores,
      memoryBytes: options.memoryBytes,
      versions: { parley: '0.1.0', bun: '1.4.5' },
      interruptTimeApart: false,
      limits: { processFiles: 20_000, localPorts: 28_232, fileMax: 2_466_170, memoryAvailable: options.memoryBytes - 500_000_000 },
    },
    samples: timeline.map((moment) => moment.sample),
    checkpoints: checkpoints(options),
    cpuWindows: cpuWindows(options),
    latencies: sends === 0 ? [] : latencies(sends, sends * recipientsPerSend()),
    connections: {
      attempted: options.connections,
      opened: options.connections,
      refused: 0,
      failed: 0,
      unopened: 0,
      maximumOpen: options.connections,
      dropped: 0,
      droppedByGenerator: 0,
    },
    ledger: {
      due: sends,
      accepted: sends,
      refused: 0,
      unknown: 0,
      unsent: 0,
      recipientsExpected: sends * recipientsPerSend(),
      delivered: sends * recipientsPerSend(),
      waiting: 0,
      rejected: 0,
      lost: 0,
      duplicated: 0,
      redelivered: 0,
      outOfOrder: 0,
      unexpected: 0,
      invalidLatency: 0,
    },
    heartbeats: { due: heartbeats, sent: heartbeats, unsent: 0, received: heartbeats },
    generator: {
      workersExpected: options.workers,
      workersReported: options.workers,
      latenessP50Us: 540,
      latenessP99Us: 1_300,
      latenessP999Us: 3_500,
      latenessMaxUs: 9_000,
      workerCpuShareMax: 0.2,
      clockErrorUs: 0,
    },
    disconnects: {},
    problems: [],
  };
}

function recipientsPerSend(): number {
  return 2;
}

interface Moment {
  readonly sample: RunSample;
  readonly heartbeats: number;
}

function timelineOf(options: SyntheticOptions): readonly Moment[] {
  const rampSeconds = Math.ceil(options.connections / RAMP_PER_SECOND);
  const phases: [phase: Phase, seconds: number][] = [
    ['start', 2],
    ['ramp', rampSeconds],
    ['hold', options.holdSeconds],
    ['chat', options.chatSeconds],
    ['quiet', QUIET_SECONDS],
  ];
  const moments: Moment[] = [];
  const cpuUs: Partial<Record<Role, number>> = { edge: 0, relay: 0, embedded: 0, worker: 0 };
  const sum = { softirqUs: 0, busyUs: 0, due: 0, heartbeats: 0, connections: 0 };
  let tMs = 0;
  for (const [phase, seconds] of phases) {
    for (let second = 0; second < seconds; second++) {
      const opened = phase === 'ramp' ? Math.min(RAMP_PER_SECOND, options.connections - sum.connections) : 0;
      const beats = phase === 'hold' || phase === 'chat' || phase === 'quiet' ? Math.round(sum.connections / options.heartbeatSeconds) : 0;
      const sends = phase === 'chat' ? options.sendsPerSecond : 0;
      for (const role of ['edge', 'relay', 'embedded', 'worker'] as const) {
        const us = opened * TRUE_COSTS.handshakeUs[role] + beats * TRUE_COSTS.heartbeatUs[role] + sends * TRUE_COSTS.messageUs[role];
        cpuUs[role]! += us;
        sum.busyUs += us;
      }
      const softirqUs =
        opened * TRUE_COSTS.softirqUs.handshake + beats * TRUE_COSTS.softirqUs.heartbeat + sends * TRUE_COSTS.softirqUs.message;
      sum.softirqUs += softirqUs;
      sum.busyUs += softirqUs;
      sum.connections += opened;
      sum.due += sends;
      sum.heartbeats += beats;
      moments.push({ sample: sampleOf(options, phase, tMs, sum, cpuUs), heartbeats: sum.heartbeats });
      tMs += 1_000;
    }
  }
  return moments;
}

function sampleOf(
  options: SyntheticOptions,
  phase: Phase,
  tMs: number,
  sum: {
    readonly softirqUs: number;
    readonly busyUs: number;
    readonly due: number;
    readonly heartbeats: number;
    readonly connections: number;
  },
  cpuUs: Readonly<Partial<Record<Role, number>>>,
): RunSample {
  return {
    tMs,
    phase,
    connectionsClient: sum.connections,
    connectionsServer: sum.connections,
    due: sum.due,
    accepted: sum.due,
    delivered: sum.due * recipientsPerSend(),
    refused: 0,
    heartbeatsSent: sum.heartbeats,
    heartbeatsReceived: sum.heartbeats,
    cpuUs: { ...cpuUs },
    softirqUs: sum.softirqUs,
    busyUs: sum.busyUs,
    cpuPressureUs: Math.round(sum.busyUs / 10),
    memAvailableBytes: Math.round(options.memoryBytes - 900_000_000 - sum.connections * trueBytes(options).whole),
  };
}

/** What the bill must find, bytes a connection. */
export function trueBytes(options: SyntheticOptions): { readonly server: number; readonly client: number; readonly whole: number } {
  const slab = Object.values(TRUE_COSTS.slab).reduce((sum, bytes) => sum + bytes, 0);
  const kernel = slab + TRUE_COSTS.pageTables / 2;
  const server = kernel + TRUE_COSTS.edge + (options.tls ? TRUE_COSTS.edgeTls : 0) + TRUE_COSTS.relay + TRUE_COSTS.embedded;
  const client = options.bothEnds ? kernel + TRUE_COSTS.worker + (options.tls ? TRUE_COSTS.workerTls : 0) : 0;
  return { server, client, whole: server + client };
}

function checkpoints(options: SyntheticOptions): readonly MemoryCheckpoint[] {
  const noise = seededNoise(options.seed, options.noiseBytes);
  const ends = options.bothEnds ? 2 : 1;
  return options.sizes.map((connections, index) => {
    const memory = (processes: number, perConnection: number) => {
      // The first connections make each process's heap: half a megabyte that the base does not have.
      const first = connections > 0 ? 500_000 * processes : 0;
      const anonBytes = Math.round(TRUE_COSTS.processBytes * processes + first + connections * perConnection + noise());
      return { processes, pssBytes: anonBytes, anonBytes, rssBytes: anonBytes + processes * 20_000_000 };
    };
    const slabBytes = Object.fromEntries(
      Object.entries(TRUE_COSTS.slab).map(([cache, bytes]) => [
        cache,
        Math.round(300_000 + connections * bytes * ends + Math.abs(noise())),
      ]),
    );
    const slab = Object.values(slabBytes).reduce((sum, bytes) => sum + bytes, 0);
    const roles = {
      supervisor: memory(1, 0),
      edge: memory(options.edges, TRUE_COSTS.edge + (options.tls ? TRUE_COSTS.edgeTls : 0)),
      relay: memory(1, TRUE_COSTS.relay),
      embedded: memory(1, TRUE_COSTS.embedded),
      ...(options.bothEnds ? { worker: memory(options.workers, TRUE_COSTS.worker + (options.tls ? TRUE_COSTS.workerTls : 0)) } : {}),
    };
    return {
      tMs: (index + 1) * 5_000,
      connections,
      roles,
      slabBytes,
      slabTotalBytes: slab + 80_000_000,
      socketBufferBytes: 260_000,
      pageTablesBytes: Math.round(6_000_000 + (connections * TRUE_COSTS.pageTables * ends) / 2),
      memAvailableBytes: Math.round(options.memoryBytes - 900_000_000 - connections * trueBytes(options).whole + noise()),
    };
  });
}

function cpuWindows(options: SyntheticOptions): readonly CpuWindow[] {
  const beatsPerSecond = options.connections / options.heartbeatSeconds;
  const halves = [0, 1];
  const window = (
    name: CpuWindow['name'],
    startMs: number,
    seconds: number,
    counts: { readonly handshakes: number; readonly heartbeats: number; readonly sends: number },
  ): CpuWindow => {
    const role = (one: 'edge' | 'relay' | 'embedded' | 'worker', processes: number): ProcessCpu => {
      const us =
        counts.handshakes * TRUE_COSTS.handshakeUs[one] +
        counts.heartbeats * TRUE_COSTS.heartbeatUs[one] +
        counts.sends * TRUE_COSTS.messageUs[one];
      return { processes, userUs: us * 0.4, systemUs: us * 0.6 };
    };
    const roles = {
      edge: role('edge', options.edges),
      relay: role('relay', 1),
      embedded: role('embedded', 1),
      ...(options.bothEnds ? { worker: role('worker', options.workers) } : {}),
    };
    const ours = Object.values(roles).reduce((sum, cpu) => sum + cpu.userUs + cpu.systemUs, 0);
    const softirqUs =
      counts.handshakes * TRUE_COSTS.softirqUs.handshake +
      counts.heartbeats * TRUE_COSTS.softirqUs.heartbeat +
      counts.sends * TRUE_COSTS.softirqUs.message;
    return {
      name,
      startMs,
      wallMs: seconds * 1_000,
      connections: options.connections,
      operations: { ...counts, deliveries: counts.sends * recipientsPerSend() },
      roles,
      machine: {
        userUs: ours * 0.4,
        systemUs: ours * 0.6,
        softirqUs,
        irqUs: 0,
        stealUs: 0,
        idleUs: Math.max(0, seconds * 1e6 * options.cores - ours - softirqUs),
        pressureUs: 1_000,
      },
    };
  };
  const rampSeconds = Math.ceil(options.connections / RAMP_PER_SECOND);
  const hold = halves.map((half) => {
    const seconds = options.holdSeconds / 2;
    return window('heartbeat', (rampSeconds + 2 + half * seconds) * 1_000, seconds, {
      handshakes: 0,
      heartbeats: Math.round(beatsPerSecond * seconds),
      sends: 0,
    });
  });
  const chat = halves.map((half) => {
    const seconds = options.chatSeconds / 2;
    return window('chat', (rampSeconds + 2 + options.holdSeconds + half * seconds) * 1_000, seconds, {
      handshakes: 0,
      heartbeats: Math.round(beatsPerSecond * seconds),
      sends: Math.round(options.sendsPerSecond * seconds),
    });
  });
  const ramp = window('handshake', 2_000, rampSeconds, { handshakes: options.connections, heartbeats: 0, sends: 0 });
  return [ramp, ...(options.holdSeconds > 0 ? hold : []), ...(options.sendsPerSecond > 0 ? chat : [])];
}

function latencies(accepted: number, delivered: number) {
  const filled = (name: LatencyName, count: number, medianUs: number) => {
    const histogram = new Histogram(name);
    for (let at = 0; at < 1_000; at++) {
      // Quantiles of an exponential tail above the median, repeated for the counts that are wanted.
      const share = (at + 0.5) / 1_000;
      const us = Math.round(medianUs * (0.4 - 0.87 * Math.log(1 - share)));
      const times = Math.floor(count / 1_000) + (at < count % 1_000 ? 1 : 0);
      for (let time = 0; time < times; time++) histogram.record(us);
    }
    return histogram.toRecord();
  };
  return [filled('accepted', accepted, 1_800), filled('delivered', delivered, 4_200), filled('lateness', accepted, 540)];
}

/** Evenly spread about 0 within ± `amplitude`: a linear congruential generator [Numerical Recipes, "quick and dirty"]. */
function seededNoise(seed: number, amplitude: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * amplitude);
  };
}
