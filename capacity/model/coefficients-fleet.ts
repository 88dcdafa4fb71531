/**
 * What clusters are known to bear, and the architect's own choices about failures: how much of the fleet one fault may
 * touch, what is out of service while it is upgraded. Of the fleet as a whole; what a part costs stands in its own table.
 */
import { between, exactly, type Quantity } from './quantity.ts';

export const FLEET_COEFFICIENTS = {
  kubernetesNodesMost: {
    ...exactly(5_000),
    unit: 'nodes/cell',
    what: 'nodes that one Kubernetes cluster is known to bear',
    source: { kind: 'cited', where: 'kubernetes.io, "Considerations for large clusters", v1.35', date: '2026-11-25' },
  },
  cassandraNodesMost: {
    ...exactly(1_000),
    unit: 'nodes/cell',
    what: 'nodes that one Cassandra cluster was tested with',
    source: { kind: 'cited', where: 'DataStax, "Testing Cassandra 1000 Nodes at a Time"', date: '2014-04-28' },
  },
  kafkaPartitionsPerBrokerMost: {
    ...exactly(4_000),
    unit: 'partitions/node',
    what: 'replicas of partitions that one broker is known to bear',
    source: { kind: 'cited', where: 'Kafka KIP-578: recommended at most 4,000 a broker and 200,000 a cluster', date: '2020-04-17' },
  },
  kafkaPartitionsPerClusterMost: {
    ...exactly(200_000),
    unit: 'partitions',
    what: 'replicas of partitions that one Kafka cluster is known to bear',
    source: { kind: 'cited', where: 'Kafka KIP-578: recommended at most 4,000 a broker and 200,000 a cluster', date: '2020-04-17' },
  },
  gatewaysPerCellMost: {
    ...between(40, 50, 60),
    unit: 'gateways/cell',
    what: 'gateways whose partitions of deliveries one dispatcher’s requests still fill (beyond it, a record costs more each)',
    source: {
      kind: 'measured',
      by: 'parley batching',
      record: 'capacity/measurements/batching.json: dispatchHop, 50 gateways 42 + 44 us a record, 500 fell behind',
      date: '2026-11-25',
    },
  },
  blastRadiusShare: {
    ...exactly(0.025),
    unit: '1',
    what: 'share of all users that the loss of one cell may touch',
    source: { kind: 'chosen', why: 'one in forty: a mistake that is rolled out cell by cell is seen before many are hit' },
  },
  cellConnectionsLeast: {
    ...exactly(1e6),
    unit: 'connections',
    what: 'connections below which a cell is not cut into two for the blast radius alone',
    source: { kind: 'chosen', why: 'a cell has some twenty machines however small it is' },
  },
  cellLocality: {
    ...between(0, 0.3, 0.6),
    unit: '1',
    what: 'share of a conversation’s other members that live in its own cell beyond chance (users placed beside whom they write to)',
    source: { kind: 'chosen', why: 'no figure is public; 0 is users placed at random' },
  },
  upgradeShare: {
    ...exactly(0.05),
    unit: '1',
    what: 'share of the machines of a part that are out of service at once while it is upgraded',
    source: { kind: 'chosen', why: 'one in twenty: an upgrade of a part takes twenty turns' },
  },
  headroomBurst: {
    ...between(1.1, 1.25, 1.5),
    unit: '1',
    what: 'the busiest second over the mean of the peak',
    source: { kind: 'chosen', why: 'a match or a striking hour inside the peak; the peak factor itself is the workload’s' },
  },
  headroomPauseMs: {
    ...between(0.4, 2, 5),
    unit: 'ms',
    what: 'pause of a collector or a turn that an operation waits for on a server',
    source: {
      kind: 'measured',
      by: 'parley batching: p99 of acknowledgements beyond the wait for others, 0.5 to 3.2 ms and 1.9 in the median at a quiet broker; larger heaps may pause longer',
      record: 'capacity/measurements/batching.json',
      date: '2026-12-01',
    },
  },
  headroomLatencyMs: {
    ...exactly(20),
    unit: 'ms',
    what: 'p99 of waiting that each part behind the gateway may add',
    source: { kind: 'chosen', why: 'bus, dispatch and store one after the other stay within 100 of the 200 ms of the objective' },
  },
} as const satisfies Readonly<Record<string, Quantity>>;
