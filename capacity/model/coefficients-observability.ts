/** What looking at the fleet costs: series by what stands in a cell, and what a Prometheus of the cell needs for them. */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const OBSERVABILITY_COEFFICIENTS = {
  observabilitySeriesPerGateway: {
    ...between(150, 250, 400),
    unit: 'series/gateway',
    what: 'series of a gateway box: one endpoint, its processes added up',
    source: { kind: 'cited', where: 'services/*/metrics.ts: metrics with their labels and a line per process', date: '2026-11-25' },
  },
  observabilitySeriesPerHost: {
    ...between(600, 1_000, 2_000),
    unit: 'series/node',
    what: 'series of a machine’s kernel (node exporter, its defaults)',
    source: chosen('some 300 metrics, several by processor, disk and network device'),
  },
  observabilitySeriesPerBroker: {
    ...between(500, 1_500, 4_000),
    unit: 'series/node',
    what: 'series of a broker beside those of its partitions',
    source: chosen('the exporters’ usual rules for requests, topics and replication'),
  },
  observabilitySeriesPerPartition: {
    ...between(2, 4, 8),
    unit: '1',
    what: 'series of a partition’s replica',
    source: chosen('size, first and last offset, lag of its group'),
  },
  observabilitySeriesPerCassandraNode: {
    ...between(1_500, 3_000, 8_000),
    unit: 'series/node',
    what: 'series of a Cassandra node',
    source: chosen('some forty per table for nine tables, and those of its stages and caches'),
  },
  observabilitySeriesPerRedisNode: {
    ...between(150, 250, 500),
    unit: 'series/node',
    what: 'series of a Redis node',
    source: chosen('what INFO has'),
  },
  observabilitySeriesPerProcess: {
    ...between(40, 70, 120),
    unit: 'series/node',
    what: 'series of a process of dispatch or push',
    source: { kind: 'cited', where: 'services/dispatch/metrics.ts and those of its backends', date: '2026-11-25' },
  },
  observabilityScrapeSeconds: {
    ...exactly(15),
    unit: 's',
    what: 'time between two scrapes',
    source: chosen('an alert of a minute sees four'),
  },
  observabilityBytesPerSeries: {
    ...between(3_000, 5_000, 8_000),
    unit: 'B/series',
    what: 'memory of Prometheus for an active series',
    source: {
      kind: 'cited',
      where:
        'robustperception.io/why-does-prometheus-use-so-much-ram: 3 kB in the head since 2.20; others plan with 7.5 KiB, queries included',
      date: '2026-11-25',
    },
  },
  observabilityStoredBytesPerSample: {
    ...between(1, 1.5, 2),
    unit: 'B stored/sample',
    what: 'disk of a sample',
    source: { kind: 'cited', where: 'prometheus.io/docs/prometheus/latest/storage: 1 to 2 bytes', date: '2026-11-25' },
  },
  observabilityRetentionDays: {
    ...exactly(15),
    unit: 'days',
    what: 'how long samples are kept in the cell',
    source: { kind: 'cited', where: 'prometheus.io, storage: the default', date: '2026-11-25' },
  },
  observabilitySamplesPerCoreSecond: {
    ...between(50e3, 100e3, 200e3),
    unit: 'samples/s',
    what: 'samples that a processor takes in a second, rules and queries included',
    source: chosen('no figure is public for a mix of both'),
  },
  observabilityReplicas: {
    ...exactly(2),
    unit: '1',
    what: 'Prometheus servers that scrape the same targets',
    source: chosen('one may be away'),
  },
  observabilityNodeCores: {
    ...exactly(8),
    unit: 'cores',
    what: 'processors of the largest Prometheus that is bought',
    source: chosen('a common shape'),
  },
  observabilityNodeMemoryBytes: {
    ...exactly(64e9),
    unit: 'B',
    what: 'memory of the largest Prometheus that is bought',
    source: chosen('eight gigabytes a processor'),
  },
  observabilityNodeMemoryLeastBytes: {
    ...exactly(4e9),
    unit: 'B',
    what: 'memory that a Prometheus has however few series there are',
    source: chosen('queries of a week of many series'),
  },
  observabilityScrapedBytesPerSample: {
    ...between(50, 100, 200),
    unit: 'B/sample',
    what: 'bytes on the wire of a sample that is scraped',
    source: chosen('a line of text: a name, labels and a number; compression would take most of it'),
  },
  observabilityMemoryUse: {
    ...exactly(0.6),
    unit: '1',
    what: 'share of its memory that series may fill',
    source: chosen('the rest is for queries and the page cache'),
  },
  observabilityNodeDiskBytes: { ...exactly(2e12), unit: 'B stored', what: 'disk of a Prometheus', source: chosen('a common shape') },
  observabilityDiskUse: {
    ...exactly(0.7),
    unit: '1',
    what: 'share of its disk that samples may fill',
    source: chosen('blocks are written anew when they are joined'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
