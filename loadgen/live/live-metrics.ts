/**
 * A run as its metrics: listens to what the workers report and what the run samples each second, and changes neither. Reasons that
 * the other end makes up are counted as `other` after so many.
 */
import { boundsOf } from '../../capacity/histogram.ts';
import { type LatencyHistogram, PHASES, type RunSample } from '../../capacity/run-record.ts';
import type { HistogramCell } from '../../services/runtime/histogram-cell.ts';
import { Metrics } from '../../services/runtime/metrics.ts';
import { renderMetrics } from '../../services/runtime/metrics-sum.ts';
import type { RunProgress } from '../coordinator/progress.ts';
import type { WorkerPlace } from '../coordinator/worker-channel.ts';
import { addCounts, emptyCounts, type FromWorker, type WorkerCounts } from '../worker/messages.ts';
import { COUNTED, COUNTED_BY_REASON, CPU, LOADGEN_METRICS, PHASE, PLANNED, TIMED, WORKERS, WORKERS_LOST } from './metrics.ts';

/** Names of errors, and ends that are none. With `other` they are fewer than the label may have (dashboards/label-bounds.ts). */
const REASONS_MOST = 48;

interface Reporting {
  /** Of those that were this worker before it. */
  readonly before: WorkerCounts;
  counts: WorkerCounts;
  /** Of one on another machine. */
  cpuUs: number;
  isLost: boolean;
}

export class LiveMetrics {
  private readonly metrics = new Metrics(LOADGEN_METRICS);
  private readonly workers: Reporting[] = [];
  private readonly reasons = new Map<keyof typeof COUNTED_BY_REASON, Set<string>>();
  private cpuUs: RunSample['cpuUs'] = {};
  private stopping = false;

  constructor(plannedConnections: number) {
    this.metrics.cell(PLANNED.name).value = plannedConnections;
    this.at('start');
  }

  /** The same place, listened to. */
  watched(place: WorkerPlace): WorkerPlace {
    return {
      open: (index, events) => {
        const before = addCounts(this.workers[index]?.counts ?? emptyCounts(), emptyCounts());
        const worker: Reporting = { before, counts: before, cpuUs: 0, isLost: false };
        this.workers[index] = worker;
        return place.open(index, {
          message: (message) => {
            this.told(worker, message);
            events.message(message);
          },
          lost: (reason) => {
            worker.isLost ||= !this.stopping;
            events.lost(reason);
          },
        });
      },
      close: () => place.close(),
    };
  }

  /** The same progress, listened to. */
  following(progress: RunProgress): RunProgress {
    return {
      sample: (sample) => {
        this.cpuUs = sample.cpuUs;
        this.at(sample.phase);
        progress.sample(sample);
      },
      say: (text) => progress.say(text),
      end: () => {
        this.at('stop');
        progress.end();
      },
    };
  }

  /** For a scrape. */
  async text(): Promise<string> {
    this.fill();
    return renderMetrics([await this.metrics.snapshot()]);
  }

  private told(worker: Reporting, message: FromWorker): void {
    switch (message.type) {
      case 'stats':
      case 'finished':
        worker.counts = addCounts(worker.before, message.counts);
        // Who has finished is told to end.
        if (message.type === 'finished') this.stopping = true;
        for (const record of message.latencies) {
          const spec = TIMED[record.name as keyof typeof TIMED];
          if (spec !== undefined) addTo(this.metrics.histogram(spec.name), record);
        }
        return;
      case 'host':
        worker.cpuUs = message.reading.cpuUs;
        return;
      case 'broken':
        worker.isLost = true;
    }
  }

  private at(phase: RunSample['phase']): void {
    for (const one of PHASES) this.metrics.cell(PHASE.name, { phase: one }).value = one === phase ? 1 : 0;
  }

  private fill(): void {
    const { metrics, workers } = this;
    for (const [count, { name }] of Object.entries(COUNTED))
      metrics.cell(name).value = workers.reduce((sum, { counts }) => sum + counts[count as keyof typeof COUNTED], 0);
    for (const kind of Object.keys(COUNTED_BY_REASON) as Array<keyof typeof COUNTED_BY_REASON>) this.fillReasons(kind);
    metrics.cell(WORKERS.name).value = workers.filter(({ isLost }) => !isLost).length;
    metrics.cell(WORKERS_LOST.name).value = workers.filter(({ isLost }) => isLost).length;
    const elsewhere = workers.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
    const roles = elsewhere === 0 ? this.cpuUs : { ...this.cpuUs, worker: (this.cpuUs.worker ?? 0) + elsewhere };
    for (const [role, us] of Object.entries(roles)) metrics.cell(CPU.name, { role }).value = us / 1e6;
  }

  private fillReasons(kind: keyof typeof COUNTED_BY_REASON): void {
    const known = this.reasons.get(kind) ?? new Set<string>();
    this.reasons.set(kind, known);
    const sums = new Map<string, number>();
    for (const { counts } of this.workers)
      for (const [reason, count] of Object.entries(counts[kind])) {
        if (known.size < REASONS_MOST) known.add(reason);
        const label = known.has(reason) ? reason : 'other';
        sums.set(label, (sums.get(label) ?? 0) + count);
      }
    for (const [reason, sum] of sums) this.metrics.cell(COUNTED_BY_REASON[kind].name, { reason }).value = sum;
  }
}

/** Each at the upper end of its step, which is 0.8 % wide: a latency looks worse by that, never better. Their sum is exact. */
function addTo(cell: HistogramCell, { buckets, subBucketBits, sumUs }: LatencyHistogram): void {
  const before = cell.sum;
  for (let at = 0; at < buckets.length; at += 2) cell.observe((boundsOf(buckets[at]!, subBucketBits).belowUs - 1) / 1e6, buckets[at + 1]!);
  cell.sum = before + sumUs / 1e6;
}
