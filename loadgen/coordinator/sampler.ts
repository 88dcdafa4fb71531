/**
 * What a run sees once a second: its own counts, the box's, CPU and memory of the machine. Notices as well what is
 * wrong while it happens: a box that ended, a worker that went silent.
 */
import type { Phase, RunProblem, RunSample } from '../../capacity/run-record.ts';
import type { BoxBuild } from '../../services/runtime/build.ts';
import { readMachineMemory } from '../../services/runtime/host/kernel.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import type { Box, BoxCounts } from './box.ts';
import { mixedBuilds } from './builds.ts';
import { LatencyWindows } from './latency-windows.ts';
import { busyUs, CpuMeter, type CpuReading, type PidsByRole } from './meter.ts';
import type { StackServers } from './stack-servers.ts';
import type { WorkerGroup } from './worker-group.ts';
import { WorkerHosts } from './worker-hosts.ts';

const EVERY_MS = 1_000;
const REFRESH_EVERY = 5;
/** A worker reports each second; longer than this it is stopped, or starved. */
const SILENT_MS = 3_000;

export class Sampler {
  phase: Phase = 'start';
  readonly samples: RunSample[] = [];
  readonly problems: RunProblem[] = [];
  readonly latencyWindows: LatencyWindows;
  readonly meter = new CpuMeter();
  readonly hosts = new WorkerHosts();
  /** Largest share of a core that a worker used over a second of hold or chat. */
  workerCpuShareMax = 0;
  onSample: (sample: RunSample) => void = () => {};
  private readonly group: WorkerGroup;
  private readonly box: Box;
  private readonly stack: StackServers | undefined;
  private readonly startedMs = performance.now();
  private readonly silent = new Set<number>();
  private timer: ReturnType<typeof setInterval> | undefined;
  /** What the box said that it was started from, when the run began. */
  readonly boxBuild: BoxBuild | undefined;
  private base: BoxCounts = {};
  private first: CpuReading | undefined;
  private running: Promise<void> | undefined;
  private turn = 0;
  private workerCpu = new Map<number, { readonly us: number; readonly tMs: number }>();

  constructor(group: WorkerGroup, box: Box, stack?: StackServers) {
    this.group = group;
    this.latencyWindows = new LatencyWindows(group);
    this.box = box;
    this.boxBuild = box.info.build;
    this.stack = stack;
  }

  /** Milliseconds since the run began. */
  get tMs(): number {
    return Math.round(performance.now() - this.startedMs);
  }

  async begin(): Promise<void> {
    this.base = await this.box.counts();
    this.first = this.meter.read(this.pids());
    this.timer = setInterval(() => void this.sample(), EVERY_MS);
  }

  /** At the end: whether the box is still what it was. */
  async lookAtBuild(): Promise<void> {
    const mixed = mixedBuilds(this.boxBuild, await this.box.buildNow());
    if (mixed !== undefined) this.problem('generator', mixed);
  }

  end(): void {
    clearInterval(this.timer);
  }

  problem(whose: RunProblem['whose'], text: string): void {
    this.problems.push({ tMs: this.tMs, whose, text });
  }

  pids(): PidsByRole {
    const { pids } = this.box.info;
    const one = (pid: number | undefined) => (pid === undefined ? [] : [pid]);
    return {
      supervisor: one(pids.supervisor),
      edge: pids.edges,
      relay: one(pids.relay),
      embedded: one(pids.embedded),
      dispatch: pids.dispatchers?.filter((pid) => typeof pid === 'number') ?? [],
      ...this.stack?.pids,
      coordinator: [process.pid],
      worker: this.group.pids,
    };
  }

  /** What the box counted since the run began. */
  async boxCounts(): Promise<BoxCounts> {
    const counts = await this.box.counts();
    return {
      ...counts,
      ...(counts.heartbeats === undefined ? {} : { heartbeats: counts.heartbeats - (this.base.heartbeats ?? 0) }),
      ...(counts.sessions === undefined ? {} : { sessions: counts.sessions - (this.base.sessions ?? 0) }),
    };
  }

  /** The sample of this second; left out while the one before is not done. */
  sample(): Promise<void> {
    this.running ??= this.take().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** A sample that begins now: the edge of a phase. */
  async sampleEdge(): Promise<void> {
    await this.running;
    await this.sample();
  }

  private async take(): Promise<void> {
    if (this.turn++ % REFRESH_EVERY === 0) {
      await this.box.refresh();
      this.stack?.refresh();
    }
    // The scrape first: what it waits for must not make the rest of the sample older.
    const box = await this.boxCounts();
    const { phase } = this;
    const cpu = this.meter.read(this.pids());
    const memory = readMachineMemory();
    const { group } = this;
    const sample: RunSample = {
      tMs: this.tMs,
      phase,
      connectionsClient: group.present.reduce((sum, worker) => sum + worker.counts.open, 0),
      ...(box.connections === undefined ? {} : { connectionsServer: box.connections }),
      due: group.total('due'),
      accepted: group.total('accepted'),
      delivered: group.total('delivered'),
      refused: group.total('refused') + group.total('rejected'),
      heartbeatsSent: group.total('heartbeatsSent'),
      ...(box.heartbeats === undefined ? {} : { heartbeatsReceived: box.heartbeats }),
      cpuUs: Object.fromEntries(Object.entries(cpu.roles).map(([role, used]) => [role, used.userUs + used.systemUs])),
      softirqUs: cpu.machine.softirqUs - this.first!.machine.softirqUs,
      busyUs: busyUs(cpu.machine) - busyUs(this.first!.machine),
      ...(cpu.pressureUs === undefined ? {} : { cpuPressureUs: cpu.pressureUs - (this.first!.pressureUs ?? 0) }),
      memAvailableBytes: isAbsent(memory) ? 0 : memory.availableBytes,
    };
    this.watchWorkers(sample);
    this.samples.push(sample);
    this.latencyWindows.sample(sample);
    this.onSample(sample);
  }

  private watchWorkers(sample: RunSample): void {
    const steady = sample.phase === 'hold' || sample.phase === 'chat';
    for (const worker of this.group.present) {
      const { pid } = worker.channel;
      const { reading } = worker;
      this.hosts.look(worker, steady);
      const used = pid === undefined ? undefined : { us: this.meter.of(pid), tMs: sample.tMs };
      const now = used ?? (reading === undefined ? undefined : { us: reading.cpuUs, tMs: reading.atMs });
      const before = this.workerCpu.get(worker.index);
      if (now !== undefined) this.workerCpu.set(worker.index, now);
      if (steady && now !== undefined && before !== undefined && now.tMs > before.tMs && now.us >= before.us)
        this.workerCpuShareMax = Math.max(this.workerCpuShareMax, (now.us - before.us) / ((now.tMs - before.tMs) * 1_000));
      const silentMs = performance.now() - worker.reportedMs;
      if (silentMs < SILENT_MS) this.silent.delete(worker.index);
      else if (steady && !this.silent.has(worker.index)) {
        this.silent.add(worker.index);
        this.problem('generator', `worker ${worker.index} said nothing for ${(silentMs / 1_000).toFixed(1)} s`);
      }
    }
  }
}
