/** Causes in what it stands on: stores, disks, clocks. */
import { type AlertRule, FIVE_MINUTES, HALF_HOUR, MINUTE, one, scrapes } from './alert-rule.ts';

const file = 'dashboards/alerts/rules-stores.ts';
const DISK = '{node="n1", device="d", fstype="ext4", mountpoint="/data"}';

export const STORE_RULES: readonly AlertRule[] = [
  {
    alert: 'StoreRequestsWait',
    severity: 'page',
    file,
    expr: `parley_cassandra_waiting > $inFlight
      or sum by (pod, instance) (rate(parley_cassandra_refused_total[$past])) > 0`,
    values: { past: FIVE_MINUTES, inFlight: one('requests', 'bound.cassandraInFlight') },
    lasts: MINUTE,
    description: '{{ $value | humanize }} requests of {{ $labels.pod }} to Cassandra wait, more than are under way, or are refused.',
    test: (value) => {
      const series = (waiting: number) => ({
        'parley_cassandra_waiting{pod="dispatch-0"}': { at: waiting },
        'parley_cassandra_refused_total{pod="dispatch-0"}': { rate: 0 },
      });
      return { fires: series(value('inFlight') + 1), below: series(value('inFlight')), labels: { pod: 'dispatch-0' } };
    },
  },
  {
    alert: 'CassandraPartitionGrows',
    severity: 'ticket',
    file,
    expr: 'max by (keyspace, table) (org_apache_cassandra_metrics_table_max_partition_size) > $largest',
    values: { largest: one('bytes', 'cassandra.largestPartitionBytes') },
    lasts: FIVE_MINUTES,
    description: 'a partition of {{ $labels.keyspace }}.{{ $labels.table }} has {{ $value | humanize1024 }}B.',
    test: (value) => {
      const series = (bytes: number) => ({
        'org_apache_cassandra_metrics_table_max_partition_size{node="n1", keyspace="parley", table="entries"}': { at: bytes },
      });
      return {
        fires: series(value('largest') * 1.01),
        below: series(value('largest') * 0.99),
        labels: { keyspace: 'parley', table: 'entries' },
      };
    },
  },
  {
    alert: 'RedisMemoryFull',
    severity: 'page',
    file,
    expr: `max by (pod, instance) (redis_memory_used_bytes) > $most
      or sum by (pod, instance) (increase(redis_evicted_keys_total[$past])) > 0`,
    values: {
      past: HALF_HOUR,
      most: {
        rows: ['redis.memoryBytes'],
        dividedBy: ['redis.primariesPerCell', 'coefficients.redisMemoryUse'],
        times: 0.9,
        unit: 'bytes',
        why: 'nine tenths of what the plan gives a node: the share that keys may fill lies well below',
      },
    },
    lasts: FIVE_MINUTES,
    description: '{{ $labels.pod }} uses {{ $value | humanize1024 }}B, or evicted so many keys.',
    test: (value) => {
      const series = (bytes: number) => ({
        'redis_memory_used_bytes{pod="routes-leader-0"}': { at: bytes },
        'redis_evicted_keys_total{pod="routes-leader-0"}': { rate: 0 },
      });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99), labels: { pod: 'routes-leader-0' } };
    },
  },
  {
    alert: 'DiskRunsFull',
    severity: 'page',
    file,
    expr: `predict_linear(node_filesystem_avail_bytes{fstype!="tmpfs"}[$past], $lead) < 0
      and node_filesystem_avail_bytes{fstype!="tmpfs"} / node_filesystem_size_bytes{fstype!="tmpfs"} < 1 - $use`,
    values: {
      past: scrapes(1_440),
      lead: { ...one('s', 'onCall.diskSeconds'), isWindow: true },
      use: one('of the disk', 'coefficients.kafkaDiskUse'),
    },
    lasts: FIVE_MINUTES,
    description: '{{ $labels.mountpoint }} of {{ $labels.node }} would lack {{ $value | humanize1024 }}B in a day.',
    test: (value) => {
      // It loses a megabyte a second; in a day that is more, or less, than there is at the end of a phase.
      const series = (left: number) => ({
        [`node_filesystem_avail_bytes${DISK}`]: { endsAt: left, slope: -1e6 },
        [`node_filesystem_size_bytes${DISK}`]: { at: 1e12 },
      });
      return {
        fires: series(1e6 * value('lead') * 0.99),
        below: series(1e6 * value('lead') * 1.01),
        labels: { node: 'n1', device: 'd', fstype: 'ext4', mountpoint: '/data' },
      };
    },
  },
  {
    alert: 'ClockOff',
    severity: 'page',
    file,
    expr: `max by (node, instance) (abs(node_timex_offset_seconds)) > $most
      or max by (node, instance) (node_timex_sync_status) == 0`,
    values: {
      most: {
        rows: ['objective.delivered.seconds'],
        times: 0.1,
        unit: 's',
        why: 'a tenth of the objective that is judged between two clocks',
      },
    },
    lasts: FIVE_MINUTES,
    description: 'the clock of {{ $labels.node }} is {{ $value }} s off, or, where this says 0, follows no time server.',
    test: (value) => {
      const series = (offset: number) => ({
        'node_timex_offset_seconds{node="n1"}': { at: -offset },
        'node_timex_sync_status{node="n1"}': { at: 1 },
      });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99), labels: { node: 'n1' } };
    },
  },
];
