/** The real systems as our clients see them, and as their exporters tell it. */
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
    {
      id: 15,
      title: 'Kafka: partitions that lack something',
      description:
        'A replica out of sync: one broker is away or behind. Below the least in sync: no writes. Without a leader: neither. None at rest.',
      unit: 'suffix: partitions',
      queries: [
        { expr: 'sum(kafka_server_replicamanager_underreplicatedpartitions)', legend: 'lack a replica' },
        { expr: 'sum(kafka_server_replicamanager_underminisrpartitioncount)', legend: 'take no writes' },
        { expr: 'max(kafka_controller_kafkacontroller_offlinepartitionscount)', legend: 'without a leader' },
      ],
    },
    {
      id: 16,
      title: 'Kafka: active controllers',
      description: 'One. None: partitions that lose their leader find no other.',
      unit: 'suffix: processes',
      queries: [{ expr: 'sum(kafka_controller_kafkacontroller_activecontrollercount)', legend: 'active' }],
    },
    {
      id: 17,
      title: 'Kafka: bytes in and out by topic',
      description: 'From and to clients, replicas apart.',
      unit: 'Bps',
      queries: [
        {
          expr: 'sum by (topic) (rate(kafka_server_brokertopicmetrics_bytesinpersec_total{topic!=""}[$__rate_interval]))',
          legend: '{{topic}} in',
        },
        {
          expr: 'sum by (topic) (rate(kafka_server_brokertopicmetrics_bytesoutpersec_total{topic!=""}[$__rate_interval]))',
          legend: '{{topic}} out',
        },
      ],
    },
    {
      id: 18,
      title: 'Kafka: idle request handlers',
      description: 'Share of their time, the least of all brokers. Below a third requests wait for a handler, and appends with them.',
      unit: 'percentunit',
      queries: [
        {
          expr: 'min(rate(kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_total[$__rate_interval])) / 1e9',
          legend: 'idle',
        },
      ],
    },
    {
      id: 19,
      title: 'Kafka: time of requests at the broker, 99 %',
      description: 'Of the slowest broker. Produce waits for replicas in sync; Fetch for records, so that it is long where nothing comes.',
      unit: 'ms',
      queries: [
        {
          expr: 'max by (request) (kafka_network_requestmetrics_totaltimems{request=~"Produce|Fetch", quantile="0.99"})',
          legend: '{{request}}',
        },
      ],
    },
    {
      id: 20,
      title: 'Kafka: logs by topic',
      description: 'On all brokers, replicas too. It stands still where retention takes what comes.',
      unit: 'bytes',
      queries: [{ expr: 'sum by (topic) (kafka_log_log_size)', legend: '{{topic}}' }],
    },
    {
      id: 21,
      title: 'Cassandra: largest partitions',
      description: 'Of each table on any node, as its files have it. Above the line the layout is not kept to, or the plan is wrong.',
      unit: 'bytes',
      queries: [
        {
          expr: 'max by (keyspace, table) (org_apache_cassandra_metrics_table_max_partition_size{keyspace!~"system.*"})',
          legend: '{{keyspace}}.{{table}}',
        },
      ],
      lines: [{ label: 'the largest of the plan', rows: ['cassandra.largestPartitionBytes'] }],
    },
    {
      id: 22,
      title: 'Cassandra: bytes by table',
      description: 'On the disks of all nodes, replicas too.',
      unit: 'bytes',
      queries: [
        {
          expr: 'sum by (keyspace, table) (org_apache_cassandra_metrics_table_live_disk_space_used{keyspace!~"system.*"})',
          legend: '{{keyspace}}.{{table}}',
        },
        { expr: 'sum(org_apache_cassandra_metrics_storage_load)', legend: 'all, with system tables' },
      ],
    },
    {
      id: 23,
      title: 'Cassandra: compactions that wait',
      description: 'Of the node with the most. Growing over hours: more is written than is compacted, and reads become slow.',
      unit: 'suffix: compactions',
      queries: [{ expr: 'max(org_apache_cassandra_metrics_compaction_pending_tasks)', legend: 'waiting' }],
    },
    {
      id: 24,
      title: 'Cassandra: tasks that wait for a thread',
      description: 'Of all nodes, by stage: which part of the server is behind.',
      unit: 'suffix: requests',
      queries: [
        {
          expr: 'sum by (pool_name) (org_apache_cassandra_metrics_thread_pools_pending_tasks{pool_type="request"})',
          legend: '{{pool_name}}',
        },
      ],
    },
    {
      id: 25,
      title: 'Cassandra: dropped, timed out, unavailable',
      description: 'By the servers’ own count. Dropped: too old when their turn came. Unavailable: too few replicas. None at rest.',
      unit: 'suffix: requests/s',
      queries: [
        { expr: 'sum(rate(org_apache_cassandra_metrics_dropped_message_dropped_total[$__rate_interval]))', legend: 'dropped' },
        { expr: 'sum(rate(org_apache_cassandra_metrics_client_request_timeouts_total[$__rate_interval]))', legend: 'timed out' },
        { expr: 'sum(rate(org_apache_cassandra_metrics_client_request_unavailables_total[$__rate_interval]))', legend: 'unavailable' },
      ],
    },
  ],
};
