/** The metrics of a process's clients of Redis, added up; their owner has them filled before they are read. */
import type { MetricSpec, Metrics } from '../runtime/metrics.ts';
import type { RedisCounts } from './redis-client.ts';

const spec = (name: string, type: 'counter' | 'gauge', unit: string, meaning: string): MetricSpec => ({
  name: `parley_redis_${name}`,
  type,
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

const SPECS: Readonly<Record<keyof RedisCounts, MetricSpec>> = {
  commands: spec('commands_total', 'counter', 'commands', 'commands given to the client'),
  pipelines: spec('pipelines_total', 'counter', 'pipelines', 'pipelines sent, each with the commands of one node'),
  failed: spec('failed_total', 'counter', 'commands', 'commands of calls that failed or had no answer in time: outcome unknown'),
  refused: spec('refused_total', 'counter', 'commands', 'commands refused since too many waited for an answer'),
  pending: spec('pending', 'gauge', 'commands', 'commands that wait for an answer; at the limit calls are refused'),
  reconnects: spec('reconnects_total', 'counter', 'connections', 'connections made again'),
};

export const REDIS_METRICS: readonly MetricSpec[] = Object.values(SPECS);

export function fillRedisMetrics(metrics: Metrics, clients: ReadonlyArray<{ readonly counts: RedisCounts }>): void {
  for (const [name, { name: metric }] of Object.entries(SPECS)) {
    metrics.cell(metric).value = clients.reduce((sum, { counts }) => sum + counts[name as keyof RedisCounts], 0);
  }
}
