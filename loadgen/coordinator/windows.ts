/**
 * CPU over stretches in which one thing was done. At each edge of a window all workers report at once, so that the counts
 * and the CPU belong to the same moment.
 */
import type { CpuWindow } from '../../capacity/run-record.ts';
import type { FromWorker } from '../worker/messages.ts';
import { type CpuReading, cpuBetween } from './meter.ts';
import type { Sampler } from './sampler.ts';
import type { WorkerGroup } from './worker-group.ts';

interface Mark {
  readonly tMs: number;
  readonly cpu: CpuReading;
  readonly open: number;
  readonly operations: CpuWindow['operations'];
}

const REPORT_LIMIT_MS = 1_500;

export class Windows {
  readonly finished: CpuWindow[] = [];
  private readonly group: WorkerGroup;
  private readonly sampler: Sampler;
  private marks = 0;
  private open: { readonly name: CpuWindow['name']; readonly from: Mark } | undefined;

  constructor(group: WorkerGroup, sampler: Sampler) {
    this.group = group;
    this.sampler = sampler;
  }

  async begin(name: CpuWindow['name']): Promise<void> {
    this.open = { name, from: await this.mark() };
  }

  /** Ends the open window; nothing happens when there is none. */
  async end(): Promise<void> {
    if (this.open === undefined) return;
    const { name, from } = this.open;
    this.open = undefined;
    const to = await this.mark();
    this.finished.push({
      name,
      startMs: from.tMs,
      wallMs: to.tMs - from.tMs,
      connections: Math.round((from.open + to.open) / 2),
      operations: {
        handshakes: to.operations.handshakes - from.operations.handshakes,
        heartbeats: to.operations.heartbeats - from.operations.heartbeats,
        sends: to.operations.sends - from.operations.sends,
        deliveries: to.operations.deliveries - from.operations.deliveries,
      },
      ...cpuBetween(from.cpu, to.cpu),
    });
  }

  /** Ends the open window and begins another of the same name. */
  async next(): Promise<void> {
    const name = this.open?.name;
    await this.end();
    if (name !== undefined) await this.begin(name);
  }

  /** All workers say what they count now, or do not in time. */
  async report(): Promise<void> {
    const mark = this.marks++;
    const isAnswer = (answer: FromWorker) => answer.type === 'stats' && answer.mark === mark;
    await this.group.ask({ type: 'report', mark }, isAnswer, REPORT_LIMIT_MS);
  }

  private async mark(): Promise<Mark> {
    await this.report();
    const { group } = this;
    return {
      tMs: this.sampler.tMs,
      cpu: this.sampler.meter.read(this.sampler.pids()),
      open: group.total('open'),
      operations: {
        handshakes: group.total('opened'),
        heartbeats: group.total('heartbeatsSent'),
        sends: group.total('sent'),
        deliveries: group.total('delivered'),
      },
    };
  }
}
