/**
 * Looking at one cell: series of everything that was planned for it, samples a second, and the pair of Prometheus servers that
 * hold them. Planned last, since it counts the others; it does not count itself.
 */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentName, ComponentPlan } from './component.ts';
import { largestNeed, wholeMachines } from './needs.ts';
import { planRow } from './plan-row.ts';
import { DAY_SECONDS } from './unit.ts';

export function observabilityPlan(c: CoefficientNumbers, cell: Cell, parts: readonly ComponentPlan[]): ComponentPlan {
  const count = (name: ComponentName) => parts.find((part) => part.component === name)?.machines.count ?? 0;
  const row = (id: string) => parts.flatMap((part) => part.rows).find((one) => one.id === id)?.value ?? 0;
  const machines = parts.reduce((sum, part) => (part.component === 'loadgen' ? sum : sum + part.machines.count), 0);
  const processes = row('dispatch.messageProcesses') + row('dispatch.receiptProcesses') + count('push') * c.pushBoxCores;
  const series =
    cell.gateways * c.observabilitySeriesPerGateway +
    machines * c.observabilitySeriesPerHost +
    count('kafka') * c.observabilitySeriesPerBroker +
    row('kafka.partitionReplicasPerCell') * c.observabilitySeriesPerPartition +
    (count('cassandra') + count('prekeys')) * c.observabilitySeriesPerCassandraNode +
    count('redis') * c.observabilitySeriesPerRedisNode +
    processes * c.observabilitySeriesPerProcess;
  const samples = series / c.observabilityScrapeSeconds;
  const disk = samples * c.observabilityRetentionDays * DAY_SECONDS * c.observabilityStoredBytesPerSample;
  const memory = series * c.observabilityBytesPerSeries;
  const needs = [
    {
      of: 'memory',
      machines: memory / (c.observabilityNodeMemoryBytes * c.observabilityMemoryUse),
      why: () => `${bytes(memory)} ÷ (${amount(c.observabilityMemoryUse)} × ${bytes(c.observabilityNodeMemoryBytes)})`,
    },
    {
      of: 'processor',
      machines: samples / (c.observabilitySamplesPerCoreSecond * c.observabilityNodeCores),
      why: () => `${amount(samples)} samples/s ÷ ${amount(c.observabilitySamplesPerCoreSecond)} ÷ ${c.observabilityNodeCores}`,
    },
    {
      of: 'disk',
      machines: disk / (c.observabilityNodeDiskBytes * c.observabilityDiskUse),
      why: () => `${bytes(disk)} ÷ (${amount(c.observabilityDiskUse)} × ${bytes(c.observabilityNodeDiskBytes)})`,
    },
  ];
  const need = largestNeed(needs);
  const pairs = wholeMachines(need.machines);
  const servers = pairs * c.observabilityReplicas;
  return {
    component: 'observability',
    binding: need.of,
    machines: {
      count: servers,
      cores: Math.max(2, Math.ceil(samples / (c.observabilitySamplesPerCoreSecond * pairs) - 1e-9)),
      memoryBytes: Math.max(c.observabilityNodeMemoryLeastBytes, memory / (pairs * c.observabilityMemoryUse)),
      diskBytes: disk / pairs / c.observabilityDiskUse,
      networkBytesPerSecond: (samples * c.observabilityScrapedBytesPerSample) / pairs,
    },
    rows: [
      planRow(
        'observability.series',
        'series of a cell',
        series,
        'series',
        () =>
          `${cell.gateways} gateways × ${amount(c.observabilitySeriesPerGateway)}, ${machines} machines × ${amount(c.observabilitySeriesPerHost)}, ${count('kafka')} brokers × ${amount(c.observabilitySeriesPerBroker)}, ${count('cassandra') + count('prekeys')} Cassandra nodes × ${amount(c.observabilitySeriesPerCassandraNode)}, and the rest`,
      ),
      planRow(
        'observability.samplesPerSecond',
        'samples of a cell',
        samples,
        'samples/s',
        () => `${amount(series)} ÷ ${c.observabilityScrapeSeconds} s`,
      ),
      planRow(
        'observability.storedBytes',
        'samples kept by one server of each pair',
        disk,
        'B stored',
        () => `${amount(samples)} samples/s × ${c.observabilityRetentionDays} days × ${amount(c.observabilityStoredBytesPerSample)} B`,
      ),
      planRow(
        'observability.serversPerCell',
        'Prometheus servers of a cell',
        servers,
        'nodes',
        () => `${need.of}: ${need.why()} = ${amount(need.machines)} → ${pairs} × ${c.observabilityReplicas}`,
      ),
    ],
  };
}
