/** What a run remembers of the machines that workers joined from: their clocks, and how busy their processors were. */
import type { WorkerHost } from '../../capacity/run-record.ts';
import type { HostReading } from '../worker/messages.ts';
import type { Worker, WorkerGroup } from './worker-group.ts';

interface Stretch {
  /** Whose readings they are: two workers of a machine begin at different moments. */
  readonly worker: Worker;
  readonly first: HostReading;
  last: HostReading;
}

export class WorkerHosts {
  private readonly steady = new Map<string, Stretch>();
  /** Whether there is any. */
  seen = false;

  look(worker: Worker, steady: boolean): void {
    const { channel, reading } = worker;
    if (channel.host === undefined) return;
    this.seen = true;
    if (!steady || reading === undefined) return;
    const stretch = this.steady.get(channel.host);
    if (stretch === undefined) this.steady.set(channel.host, { worker, first: reading, last: reading });
    else if (stretch.worker === worker) stretch.last = reading;
  }

  records(group: WorkerGroup): readonly WorkerHost[] {
    const names = [...new Set(group.workers.flatMap(({ channel }) => channel.host ?? []))];
    return names.map((name) => {
      const workers = group.workers.filter(({ channel }) => channel.host === name);
      const best = workers.reduce((best, worker) => (worker.clockErrorMs < best.clockErrorMs ? worker : best));
      const busyShare = busyShareOf(this.steady.get(name));
      return {
        name,
        workers: workers.length,
        reported: workers.filter((worker) => worker.finished).length,
        ...(Number.isFinite(best.clockErrorMs)
          ? { clockOffsetMs: Number(best.clockOffsetMs.toFixed(3)), clockErrorUs: Math.ceil(best.clockErrorMs * 1_000) }
          : {}),
        ...(busyShare === undefined ? {} : { busyShare }),
      };
    });
  }
}

function busyShareOf(stretch: Stretch | undefined): number | undefined {
  if (stretch === undefined) return undefined;
  const { first, last } = stretch;
  if (first.busyUs === undefined || last.busyUs === undefined || last.atMs <= first.atMs) return undefined;
  return Math.min(1, (last.busyUs - first.busyUs) / ((last.atMs - first.atMs) * 1_000 * last.cores));
}
