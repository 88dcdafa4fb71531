/** Puts a run's record together from what was seen: ledgers merged, histograms added, sums made to say what is missing. */
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { percentileUs } from '../../capacity/histogram.ts';
import { type CpuWindow, type MemoryCheckpoint, RUN_RECORD_SCHEMA, type RunRecord } from '../../capacity/run-record.ts';
import { type BoxBuild, boxBuildText } from '../../services/runtime/build.ts';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { type Merged, mergeLedgers } from '../ledger/merge.ts';
import { fileChunks } from '../ledger/reader.ts';
import { digestOf, sealOf } from '../ledger/seal.ts';
import type { Population } from '../plan/population.ts';
import { meanBodyBytes } from '../plan/schedule.ts';
import type { Box } from './box.ts';
import { engineBuild } from './builds.ts';
import type { RunPlan } from './plan.ts';
import type { Sampler } from './sampler.ts';
import type { WorkerGroup } from './worker-group.ts';

export interface RecordInput {
  readonly plan: RunPlan;
  readonly box: Box;
  readonly folder: string;
  readonly id: string;
  readonly limitValues: Readonly<Record<string, number>>;
  readonly population: Population;
  readonly group: WorkerGroup;
  readonly sampler: Sampler;
  readonly cpuWindows: readonly CpuWindow[];
  readonly checkpoints: readonly MemoryCheckpoint[];
  readonly clockErrorUs: number;
  readonly startedAt: Date;
  readonly complete: boolean;
  /** Of the chat: later arrivals were never due. */
  readonly dueUntilMs: number;
  readonly heartbeatsReceived: number | undefined;
  readonly droppedByGenerator: number;
}

export function assembleRecord(input: RecordInput): RunRecord {
  const { plan, group, sampler, box } = input;
  const { options, shape } = plan;
  const host = describeHost();
  const merged = merge(input);
  for (const fault of merged.faults) sampler.problem('box', fault);
  for (const worker of merged.foreignLedgers) sampler.problem('generator', `the ledger of worker ${worker} is of another run or worker`);
  if (!Number.isFinite(input.clockErrorUs)) sampler.problem('generator', 'the clock of a worker was never compared with the coordinator’s');
  const sent = group.total('heartbeatsSent');
  const unsentBeats = group.total('heartbeatsUnsent');
  const opened = group.total('opened');
  const refused = group.total('refused');
  const failed = group.total('failed');
  const attempted = Math.max(group.total('attempted'), opened + refused + failed);
  return {
    schema: RUN_RECORD_SCHEMA,
    id: input.id,
    name: options.name,
    command: options.command,
    startedAt: input.startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    complete: input.complete && merged.completeWorkers.length === group.workers.length,
    seed: options.seed,
    settings: {
      connections: options.connections,
      connectionsPerSecond: options.connectionsPerSecond,
      sendsPerSecond: options.sendsPerSecond,
      heartbeatSeconds: options.heartbeatSeconds,
      answerHeartbeats: options.answerHeartbeats,
      holdSeconds: options.idleSeconds + (options.sendsPerSecond > 0 ? options.chatSeconds : 0),
      chatSeconds: options.sendsPerSecond > 0 ? options.chatSeconds : 0,
      ...(options.sendsPerSecond > 0 && options.warmSeconds > 0 ? { warmSeconds: options.warmSeconds } : {}),
      quietSeconds: options.quietSeconds,
      tls: box.info.tls,
      tokenAlgorithm: options.tokenAlgorithm,
      edges: box.edges,
      workers: shape.workers,
      destinationAddresses: shape.destinationAddresses,
      bothEnds: !box.elsewhere,
      groupMix: input.population.mix(),
      bodyBytes: options.sendsPerSecond > 0 ? Math.round(meanBodyBytes(plan.schedule)) : 0,
    },
    ...(options.claims.length === 0 ? {} : { claims: options.claims }),
    host: {
      kernel: host.kernel,
      cpuModel: host.cpuModel,
      cores: host.cores,
      onlineProcessors: cpus().length,
      memoryBytes: host.memoryBytes,
      versions: versionsOf(sampler.boxBuild),
      ...(host.interruptTimeApart === undefined ? {} : { interruptTimeApart: host.interruptTimeApart }),
      limits: input.limitValues,
    },
    samples: sampler.samples,
    checkpoints: input.checkpoints,
    // This machine's, which say nothing of a box elsewhere.
    cpuWindows: box.elsewhere ? [] : input.cpuWindows,
    latencies: group.latencies(),
    latencyWindows: sampler.latencyWindows.finished,
    connections: {
      attempted,
      opened,
      refused,
      failed,
      unopened: attempted - opened - refused - failed,
      maximumOpen: sampler.samples.reduce((most, sample) => Math.max(most, sample.connectionsClient), 0),
      dropped: group.total('dropped'),
      droppedByGenerator: input.droppedByGenerator,
    },
    ledger: { ...merged.sums, redelivered: group.total('redelivered'), invalidLatency: group.total('invalidLatency') },
    heartbeats: {
      due: sent + unsentBeats,
      sent,
      unsent: unsentBeats,
      ...(input.heartbeatsReceived === undefined ? {} : { received: input.heartbeatsReceived }),
      ...(options.answerHeartbeats ? { answered: group.total('heartbeatsAnswered') } : {}),
    },
    generator: {
      workersExpected: shape.workers,
      workersReported: group.workers.filter((worker) => worker.finished).length,
      ...lateness(group),
      ...(sampler.hosts.seen ? { hosts: sampler.hosts.records(group) } : {}),
      workerCpuShareMax: sampler.workerCpuShareMax,
      clockErrorUs: Number.isFinite(input.clockErrorUs) ? input.clockErrorUs : 0,
    },
    disconnects: group.byReason('disconnects'),
    problems: sampler.problems,
  };
}

/** With its digest beside it, so that a record that was edited afterwards says so. */
export function writeRecord(folder: string, record: RunRecord): string {
  const path = join(folder, 'record.json');
  const content = `${JSON.stringify(record)}\n`;
  writeFileSync(path, content);
  writeFileSync(sealOf(path), `${digestOf(content)}\n`);
  return path;
}

function merge(input: RecordInput): Merged {
  const { plan, population, group, folder } = input;
  // With its plan the ledgers can be merged again, by whoever doubts the sums.
  writeFileSync(
    join(folder, 'plan.json'),
    `${JSON.stringify({ population: plan.population, schedule: plan.schedule, nonce: plan.nonce, dueUntilMs: finite(input.dueUntilMs) })}\n`,
  );
  return mergeLedgers({
    population,
    schedule: plan.schedule.seconds === 0 ? undefined : plan.schedule,
    nonce: plan.nonce,
    dueUntilMs: input.dueUntilMs,
    ledgers: group.workers.map((worker) => {
      const path = join(folder, 'ledgers', `worker-${worker.index}.ledger`);
      return { worker: worker.index, chunks: existsSync(path) ? fileChunks(path) : undefined };
    }),
  });
}

function lateness(group: WorkerGroup) {
  const histogram = group.latency('lateness');
  return {
    latenessP50Us: percentileUs(histogram, 0.5) ?? 0,
    latenessP99Us: percentileUs(histogram, 0.99) ?? 0,
    latenessP999Us: percentileUs(histogram, 0.999) ?? 0,
    latenessMaxUs: histogram.maxUs,
  };
}

function versionsOf(box: BoxBuild | undefined): RunRecord['host']['versions'] {
  return { ...engineBuild(), ...(box === undefined ? {} : { box: boxBuildText(box) }) };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
