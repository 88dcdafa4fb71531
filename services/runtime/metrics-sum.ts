/** The metrics of many processes as one scrape. Apart from `metrics.ts`, since only a supervisor needs prom-client's cluster parts. */
import { AggregatorRegistry } from 'prom-client';
import type { MetricsSnapshot } from './metrics.ts';

/** Text for a scrape from the snapshots of all processes, added by each metric's rule. */
export function renderMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots as MetricsSnapshot[]).metrics();
}
