/** Latencies of the chat in stretches, cut at samples: what a comparison of runs takes for its units. */
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyName, LatencyWindow, RunSample } from '../../capacity/run-record.ts';
import type { WorkerGroup } from './worker-group.ts';

export const WINDOW_MS = 10_000;
/** A sample that comes a little early still ends a stretch. */
const EARLY_MS = 500;
const NAMES: readonly LatencyName[] = ['accepted', 'delivered'];

export class LatencyWindows {
  readonly finished: LatencyWindow[] = [];
  private readonly group: WorkerGroup;
  private startMs: number | undefined;

  constructor(group: WorkerGroup) {
    this.group = group;
  }

  sample({ phase, tMs }: RunSample): void {
    if (phase !== 'chat') return;
    if (this.startMs === undefined) {
      this.group.takeRecent();
      this.startMs = tMs;
      return;
    }
    if (tMs - this.startMs < WINDOW_MS - EARLY_MS) return;
    const recent = this.group.takeRecent();
    for (const histogram of recent) {
      if (!NAMES.includes(histogram.name) || histogram.count === 0) continue;
      this.finished.push({
        name: histogram.name,
        startMs: this.startMs,
        endMs: tMs,
        count: histogram.count,
        p50Us: percentileUs(histogram, 0.5)!,
        p99Us: percentileUs(histogram, 0.99)!,
      });
    }
    this.startMs = tMs;
  }
}
