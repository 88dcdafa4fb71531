/** What a message and a connection cost in requests and machines, beside what the plan pays for. Dollars are the plan's: a panel has none. */
import type { Board } from '../board.ts';

const MESSAGES = 'sum(rate(parley_relay_accepted_total[$__rate_interval]))';
const MACHINES = 'count(up{job="nodes"})';

export const COST: Board = {
  uid: 'parley-cost',
  title: 'Parley: cost',
  description: 'The drivers of cost as measured: what each message asks of the systems behind, and what each machine carries.',
  file: 'dashboards/boards/cost.ts',
  panels: [
    {
      id: 1,
      title: 'Writes to Cassandra for a message',
      description: 'Requests; rows that the same nodes keep go together. Above the plan Cassandra is too small for the peak.',
      unit: 'suffix: requests/message',
      queries: [{ expr: `sum(rate(parley_cassandra_writes_total[$__rate_interval])) / ${MESSAGES}`, legend: 'writes' }],
      lines: [{ label: 'planned', rows: ['cassandra.writesPerSecond', 'cells.cells'], dividedBy: ['demand.sendsPerSecond'] }],
    },
    {
      id: 2,
      title: 'Reads of Cassandra for a message',
      description: 'Those of clients that come back among them, so it rises in a storm.',
      unit: 'suffix: requests/message',
      queries: [{ expr: `sum(rate(parley_cassandra_reads_total[$__rate_interval])) / ${MESSAGES}`, legend: 'reads' }],
      lines: [{ label: 'planned', rows: ['cassandra.readsPerSecond', 'cells.cells'], dividedBy: ['demand.sendsPerSecond'] }],
    },
    {
      id: 3,
      title: 'Records in Kafka for a message',
      description: 'The message itself, a delivery for each gateway, receipts.',
      unit: 'suffix: records/message',
      queries: [{ expr: `sum(rate(parley_kafka_produced_records_total[$__rate_interval])) / ${MESSAGES}`, legend: 'records' }],
      lines: [{ label: 'planned', rows: ['kafka.recordsPerSecond', 'cells.cells'], dividedBy: ['demand.sendsPerSecond'] }],
    },
    {
      id: 4,
      title: 'Records in a produce request',
      description: 'Batching: brokers pay by the request.',
      unit: 'suffix: records/request',
      queries: [
        {
          expr: 'sum(rate(parley_kafka_produced_records_total[$__rate_interval])) / sum(rate(parley_kafka_produce_requests_total[$__rate_interval]))',
          legend: 'to a broker',
        },
        {
          expr: 'sum(rate(parley_kafka_fetched_records_total[$__rate_interval])) / sum(rate(parley_kafka_fetch_requests_total[$__rate_interval]))',
          legend: 'in a fetch',
        },
        {
          expr: 'sum(rate(parley_kafka_produced_records_total[$__rate_interval])) / sum(rate(parley_kafka_produce_batches_total[$__rate_interval]))',
          legend: 'in a batch of a partition',
        },
      ],
      lines: [{ label: 'planned to a broker', rows: ['kafka.recordsPerRequest'] }],
    },
    {
      id: 5,
      title: 'Commands to Redis for a message',
      description: 'Routes that are looked up, and those of sessions that come and go.',
      unit: 'suffix: commands/message',
      queries: [
        { expr: `sum(rate(parley_redis_commands_total[$__rate_interval])) / ${MESSAGES}`, legend: 'commands' },
        { expr: `sum(rate(parley_redis_pipelines_total[$__rate_interval])) / ${MESSAGES}`, legend: 'pipelines' },
      ],
      lines: [{ label: 'planned', rows: ['redis.operationsPerSecond', 'cells.cells'], dividedBy: ['demand.sendsPerSecond'] }],
    },
    {
      id: 6,
      title: 'Deliveries of a message',
      description: 'Entries given to sessions. Larger conversations than planned cost deliveries, not sends.',
      unit: 'suffix: deliveries/message',
      queries: [{ expr: `sum(rate(parley_relay_deliveries_total[$__rate_interval])) / ${MESSAGES}`, legend: 'deliveries' }],
      lines: [{ label: 'planned, at the peak', rows: ['demand.deliveriesPerSecond'], dividedBy: ['demand.sendsPerSecond'] }],
    },
    {
      id: 7,
      title: 'Processor time of all machines for a message',
      description: 'Not idle and not waiting for disks, of every machine that is scraped: what the whole cell does for a message.',
      unit: 's',
      queries: [
        { expr: `sum(rate(node_cpu_seconds_total{mode!~"idle|iowait"}[$__rate_interval])) / ${MESSAGES}`, legend: 'processor time' },
      ],
    },
    {
      id: 8,
      title: 'Connections of a machine',
      description:
        'All connections over all machines of the cell, stores among them. Below the plan at the peak: machines that nobody needs.',
      unit: 'suffix: connections',
      queries: [{ expr: `sum(parley_edge_connections) / ${MACHINES}`, legend: 'a machine' }],
      lines: [{ label: 'planned at the peak', rows: ['gateway.connections', 'gateway.gatewaysPerCell'], dividedBy: ['cells.machines'] }],
    },
  ],
};
