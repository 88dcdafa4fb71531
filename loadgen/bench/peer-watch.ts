/**
 * Watches a peer under load as a run of our own is watched: samples, windows, checkpoints, and a record of the same kind,
 * with the peer's processes in the place of edges and whoever loads it in the place of workers. What a peer does not have
 * (sessions, heartbeats, a ledger of deliveries) stays at zero, and nothing reads it.
 */
import { percentileUs } from '../../capacity/histogram.ts';
import {
  type CpuWindow,
  type LatencyHistogram,
  type MemoryCheckpoint,
  type Phase,
  RUN_RECORD_SCHEMA,
  type RunRecord,
  type RunSample,
} from '../../capacity/run-record.ts';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { readMachineMemory } from '../../services/runtime/host/kernel.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { busyUs, CpuMeter, type CpuReading, cpuBetween, memoryCheckpoint, type PidsByRole } from '../coordinator/meter.ts';

export interface PeerTotals {
  readonly open: number;
  readonly due: number;
  readonly acked: number;
  readonly delivered: number;
}

export interface PeerSettings {
  readonly name: string;
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly sendsPerSecond: number;
  readonly chatSeconds: number;
  readonly bodyBytes: number;
}

const EVERY_MS = 1_000;

export class PeerWatch {
  phase: Phase = 'start';
  private readonly settings: PeerSettings;
  private readonly pids: () => PidsByRole;
  private readonly totals: () => PeerTotals;
  private readonly meter = new CpuMeter();
  private readonly startedAt = new Date();
  private readonly startedMs = performance.now();
  private readonly samples: RunSample[] = [];
  private readonly checkpoints: MemoryCheckpoint[] = [];
  private readonly windows: CpuWindow[] = [];
  private readonly first: CpuReading;
  private readonly timer: ReturnType<typeof setInterval>;
  private window: { name: CpuWindow['name']; tMs: number; cpu: CpuReading; totals: PeerTotals } | undefined;

  constructor(settings: PeerSettings, pids: () => PidsByRole, totals: () => PeerTotals) {
    this.settings = settings;
    this.pids = pids;
    this.totals = totals;
    this.first = this.meter.read(pids());
    this.timer = setInterval(() => this.sample(), EVERY_MS);
  }

  private get tMs(): number {
    return Math.round(performance.now() - this.startedMs);
  }

  begin(name: CpuWindow['name'], phase: Phase): void {
    this.phase = phase;
    this.sample();
    this.window = { name, tMs: this.tMs, cpu: this.meter.read(this.pids()), totals: this.totals() };
  }

  end(): void {
    const from = this.window;
    if (from === undefined) return;
    this.window = undefined;
    const totals = this.totals();
    const tMs = this.tMs;
    this.sample();
    this.windows.push({
      name: from.name,
      startMs: from.tMs,
      wallMs: tMs - from.tMs,
      connections: Math.round((from.totals.open + totals.open) / 2),
      operations: {
        handshakes: totals.open - from.totals.open,
        heartbeats: 0,
        sends: totals.due - from.totals.due,
        deliveries: totals.delivered - from.totals.delivered,
      },
      ...cpuBetween(from.cpu, this.meter.read(this.pids())),
    });
    this.phase = 'settle';
  }

  checkpoint(): void {
    const checkpoint = memoryCheckpoint(this.tMs, this.totals().open, this.pids());
    if (checkpoint !== undefined) this.checkpoints.push(checkpoint);
  }

  finish(latencies: readonly LatencyHistogram[], failed: number): RunRecord {
    clearInterval(this.timer);
    this.sample();
    const { settings } = this;
    const totals = this.totals();
    const pids = this.pids();
    const host = describeHost();
    const lateness = latencies.find((one) => one.name === 'lateness');
    const late = (share: number) => (lateness === undefined ? 0 : (percentileUs(lateness, share) ?? 0));
    return {
      schema: RUN_RECORD_SCHEMA,
      id: settings.name,
      name: settings.name,
      command: ['bench'],
      startedAt: this.startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      complete: failed === 0 && totals.open === settings.connections,
      seed: 1,
      settings: {
        connections: settings.connections,
        connectionsPerSecond: settings.connectionsPerSecond,
        sendsPerSecond: settings.sendsPerSecond,
        heartbeatSeconds: 0,
        answerHeartbeats: false,
        holdSeconds: settings.chatSeconds,
        chatSeconds: settings.chatSeconds,
        quietSeconds: 0,
        tls: false,
        tokenAlgorithm: 'HS256',
        edges: pids.edge?.length ?? 0,
        workers: pids.worker?.length ?? 0,
        destinationAddresses: 1,
        bothEnds: true,
        groupMix: [],
        bodyBytes: settings.bodyBytes,
      },
      host: {
        kernel: host.kernel,
        cpuModel: host.cpuModel,
        cores: host.cores,
        memoryBytes: host.memoryBytes,
        versions: { parley: 'a peer', bun: host.bun },
        ...(host.interruptTimeApart === undefined ? {} : { interruptTimeApart: host.interruptTimeApart }),
        limits: {},
      },
      samples: this.samples,
      checkpoints: this.checkpoints,
      cpuWindows: this.windows,
      latencies,
      connections: {
        attempted: totals.open + failed,
        opened: totals.open,
        refused: 0,
        failed,
        unopened: 0,
        maximumOpen: totals.open,
        dropped: 0,
        droppedByGenerator: 0,
      },
      ledger: {
        due: totals.due,
        accepted: totals.acked,
        refused: 0,
        unknown: totals.due - totals.acked,
        unsent: 0,
        recipientsExpected: totals.due,
        delivered: totals.delivered,
        waiting: 0,
        rejected: 0,
        lost: totals.due - totals.delivered,
        duplicated: 0,
        redelivered: 0,
        outOfOrder: 0,
        unexpected: 0,
        invalidLatency: 0,
      },
      heartbeats: { due: 0, sent: 0, unsent: 0 },
      generator: {
        workersExpected: pids.worker?.length ?? 0,
        workersReported: pids.worker?.length ?? 0,
        latenessP50Us: late(0.5),
        latenessP99Us: late(0.99),
        latenessP999Us: late(0.999),
        latenessMaxUs: lateness?.maxUs ?? 0,
        workerCpuShareMax: 0,
        clockErrorUs: 0,
      },
      disconnects: {},
      problems: [],
    };
  }

  /** For a run that broke: nothing goes on after it. */
  abandon(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    const cpu = this.meter.read(this.pids());
    const memory = readMachineMemory();
    const totals = this.totals();
    this.samples.push({
      tMs: this.tMs,
      phase: this.phase,
      connectionsClient: totals.open,
      due: totals.due,
      accepted: totals.acked,
      delivered: totals.delivered,
      refused: 0,
      heartbeatsSent: 0,
      cpuUs: Object.fromEntries(Object.entries(cpu.roles).map(([role, used]) => [role, used.userUs + used.systemUs])),
      softirqUs: cpu.machine.softirqUs - this.first.machine.softirqUs,
      busyUs: busyUs(cpu.machine) - busyUs(this.first.machine),
      ...(cpu.pressureUs === undefined ? {} : { cpuPressureUs: cpu.pressureUs - (this.first.pressureUs ?? 0) }),
      memAvailableBytes: isAbsent(memory) ? 0 : memory.availableBytes,
    });
  }
}
