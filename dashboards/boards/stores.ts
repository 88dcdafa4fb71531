/** The real systems as our clients see them, and Redis by its exporter. */
import type { Board } from '../board.ts';

export const STORES: Board = {
  uid: 'parley-stores',
  title: 'Parley: stores',
  description: 'Kafka, Cassandra and Redis: what was asked of them, what waits, what failed.',
  file: 'dashboards/boards/stores.ts',
  panels: [
    {
      id: 1,
      title: 'Kafka: records',
      description: 'Acknowledged by all replicas in sync, and fetched.',
      unit: 'suffix: records/s',
      queries: [
        { expr: 'sum(rate(parley_kafka_produced_records_total[$__rate_interval]))', legend: 'produced' },
        { expr: 'sum(rate(parley_kafka_fetched_records_total[$__rate_interval]))', legend: 'fetched' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['kafka.recordsPerSecond'] }],
    },
    {
      id: 2,
      title: 'Kafka: appends that wait',
      description: 'At the limit appends are refused as busy.',
      unit: 'bytes',
      queries: [
        { expr: 'sum by (pod) (parley_kafka_pending_bytes)', legend: '{{pod}}' },
        { expr: 'sum by (pod) (parley_relay_pending_bytes)', legend: '{{pod}} at the relay' },
      ],
    },
    {
      id: 3,
      title: 'Kafka: retries, stalls, fenced commits',
      description: 'Retries come with a broker that goes; stalls and fenced commits with partitions that move.',
      unit: 'suffix: requests/s',
      queries: [
        { expr: 'sum(rate(parley_kafka_produce_retries_total[$__rate_interval]))', legend: 'retried batches' },
        { expr: 'sum(rate(parley_kafka_stalled_total[$__rate_interval]))', legend: 'stalled partitions' },
        { expr: 'sum(rate(parley_kafka_fenced_total[$__rate_interval]))', legend: 'fenced commits' },
      ],
    },
    {
      id: 4,
      title: 'Cassandra: requests',
      description: 'Reads and writes asked for; several rows of one partition are one write.',
      unit: 'suffix: requests/s',
      queries: [
        { expr: 'sum(rate(parley_cassandra_writes_total[$__rate_interval]))', legend: 'writes' },
        { expr: 'sum(rate(parley_cassandra_reads_total[$__rate_interval]))', legend: 'reads' },
      ],
      lines: [
        { label: 'writes planned at the peak', rows: ['cassandra.writesPerSecond'] },
        { label: 'reads planned at the peak', rows: ['cassandra.readsPerSecond'] },
      ],
    },
    {
      id: 5,
      title: 'Cassandra: failed and refused',
      description: 'Failed: no answer in time. Refused: too many waited. Effects are repeated, so this is delay before it is loss.',
      unit: 'suffix: requests/s',
      queries: [
        { expr: 'sum(rate(parley_cassandra_failed_total[$__rate_interval]))', legend: 'failed' },
        { expr: 'sum(rate(parley_cassandra_refused_total[$__rate_interval]))', legend: 'refused' },
      ],
    },
    {
      id: 6,
      title: 'Cassandra: in flight and waiting',
      description: 'Waiting for long: the cluster is slower than what is asked of it.',
      unit: 'suffix: requests',
      queries: [
        { expr: 'sum(parley_cassandra_in_flight)', legend: 'in flight' },
        { expr: 'sum(parley_cassandra_waiting)', legend: 'waiting' },
      ],
    },
    {
      id: 7,
      title: 'Redis: commands',
      description: 'Given by our clients, and done by the servers.',
      unit: 'suffix: commands/s',
      queries: [
        { expr: 'sum(rate(parley_redis_commands_total[$__rate_interval]))', legend: 'asked' },
        { expr: 'sum(rate(redis_commands_processed_total[$__rate_interval]))', legend: 'done' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['redis.operationsPerSecond'] }],
    },
    {
      id: 8,
      title: 'Redis: memory',
      description: 'Of all servers, replicas too; the line is what the plan has for all keys, once.',
      unit: 'bytes',
      queries: [{ expr: 'sum(redis_memory_used_bytes)', legend: 'used' }],
      lines: [{ label: 'all keys, once', rows: ['redis.memoryBytes'] }],
    },
    {
      id: 9,
      title: 'Redis: commands failed and refused',
      description: 'Failed: the outcome is unknown and routes are written again. Refused: too many waited.',
      unit: 'suffix: commands/s',
      queries: [
        { expr: 'sum(rate(parley_redis_failed_total[$__rate_interval]))', legend: 'failed' },
        { expr: 'sum(rate(parley_redis_refused_total[$__rate_interval]))', legend: 'refused' },
      ],
    },
    {
      id: 10,
      title: 'Space left on disks',
      description: 'Of every disk of every node: share that is free.',
      unit: 'percentunit',
      queries: [
        {
          expr: 'min by (node, mountpoint) (node_filesystem_avail_bytes{fstype!="tmpfs"} / node_filesystem_size_bytes{fstype!="tmpfs"})',
          legend: '{{node}} {{mountpoint}}',
        },
      ],
    },
    {
      id: 11,
      title: 'Clock offset',
      description: 'Of each node against its time server.',
      unit: 's',
      queries: [{ expr: 'max by (node) (abs(node_timex_offset_seconds))', legend: '{{node}}' }],
    },
    {
      id: 12,
      title: 'Redis: waiting, connections made again',
      description: 'Commands without an answer; at the bound calls are refused. Connections in ten minutes: a server that went.',
      unit: 'suffix: commands',
      queries: [
        { expr: 'sum(parley_redis_pending)', legend: 'waiting' },
        { expr: 'sum(increase(parley_redis_reconnects_total[10m]))', legend: 'connections made again' },
      ],
    },
    {
      id: 13,
      title: 'Clients of the bus that are stuck',
      description: 'A partition stalled again after it was joined anew: the process is not ready. None at rest.',
      unit: 'suffix: processes',
      queries: [{ expr: 'sum(parley_kafka_stuck)', legend: 'stuck' }],
    },
    {
      id: 14,
      title: 'Outcomes asked of the store',
      description:
        'Of ids first used before the partition was taken, and of records behind. It rises after a partition changed hands, and comes back.',
      unit: 'suffix: records/s',
      queries: [
        { expr: 'sum(rate(parley_dispatch_outcomes_read_total[$__rate_interval]))', legend: 'asked' },
        { expr: 'sum(rate(parley_dispatch_behind_total[$__rate_interval]))', legend: 'behind' },
      ],
    },
  ],
};
