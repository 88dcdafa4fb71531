/**
 * Run records made from known costs, for tests and for trying the report without a run. The same options give the same
 * record. What is put in (bytes a connection, CPU an operation) is what the bill must find again.
 */
import { Histogram } from './histogram.ts';
import type { LatencyName, Phase, Role, RunRecord, RunSample } from './run-record.ts';
import {
  QUIET_SECONDS,
  RAMP_PER_SECOND,
  recipientsPerSend,
  SYNTHETIC,
  type SyntheticOptions,
  TRUE_COSTS,
  trueBytes,
} from './synthetic-costs.ts';
import { syntheticCheckpoints, syntheticWindows } from './synthetic-measurements.ts';

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
    checkpoints: syntheticCheckpoints(options),
    cpuWindows: syntheticWindows(options),
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
