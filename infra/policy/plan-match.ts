/** Stacks are what the plan says: counts, partitions, memory. Each finding names the row of the plan. */
import { kafkaNames } from '../../services/bus/kafka-names.ts';
import { CASSANDRA, placement, topicPrefix } from '../names.ts';
import type { PoolName } from '../sizes.ts';
import { boxesOf } from './draining.ts';
import type { Problem, Rule, Subject } from './finding.ts';
import { argumentsOf, numberOf } from './flags.ts';
import { containersOf, type PodTemplate, placeOf, podsOf, specOf } from './pods.ts';
import { quantityOf } from './quantities.ts';

const TOPICS = ['messages', 'receipts', 'deliveries'] as const;

export const PLAN_RULES: readonly Rule[] = [
  {
    name: 'partitions as planned',
    why: 'a conversation’s partition is a function of their number: another one splits conversations in two',
    check: ({ objects, cell, environment }) => {
      const names = kafkaNames(topicPrefix(environment));
      const topics = objects
        .filter(({ kind }) => kind === 'KafkaTopic')
        .flatMap((topic): readonly Problem[] => {
          const planned = TOPICS.find(
            (one) => names.topic(one) === (specOf<{ topicName?: string }>(topic).topicName ?? topic.metadata.name),
          );
          if (planned === undefined) return [];
          const { partitions, replicas } = specOf<{ partitions: number; replicas: number }>(topic);
          const place = placeOf(topic);
          return [
            ...(partitions === cell.kafka.partitions[planned]
              ? []
              : [
                  {
                    place: `${place}: spec.partitions`,
                    problem: `${partitions}, and the plan has ${cell.kafka.partitions[planned]} of ${planned}`,
                  },
                ]),
            ...(replicas === cell.kafka.replicas
              ? []
              : [{ place: `${place}: spec.replicas`, problem: `${replicas}, and the plan has ${cell.kafka.replicas} (kafkaReplicas)` }]),
          ];
        });
      const settings = objects
        .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'parley-backends')
        .flatMap((object): readonly Problem[] => {
          const { data } = object as unknown as { data: Readonly<Record<string, string>> };
          const { kafka } = JSON.parse(data['backends.json'] ?? '{}') as { kafka?: { partitions?: Readonly<Record<string, number>> } };
          return TOPICS.filter((topic) => kafka?.partitions?.[topic] !== cell.kafka.partitions[topic]).map((topic) => ({
            place: `${placeOf(object)}: data[backends.json].kafka.partitions.${topic}`,
            problem: `${kafka?.partitions?.[topic]}, and the plan has ${cell.kafka.partitions[topic]}`,
          }));
        });
      return [...topics, ...settings];
    },
  },
  {
    name: 'memory carries the connections',
    why: 'a box that admits more than its memory carries is killed with all that it holds',
    check: (subject) =>
      boxesOf(subject).flatMap(({ container, place }) => {
        const connections = numberOf(argumentsOf(container), '--max-connections');
        const needed = connections * (subject.cell.gateway.bytesPerConnection - RELAY_BYTES);
        const there = quantityOf(container.resources?.limits?.memory);
        if (there >= needed) return [];
        return [
          {
            place: `${place}.resources.limits.memory`,
            problem: `${there} bytes, and ${connections} connections take ${Math.ceil(needed)} (gateway.bytesPerConnection)`,
          },
        ];
      }),
  },
  {
    name: 'box and relay agree',
    why: 'a relay that waits for more edges than there are never begins to deliver',
    check: ({ objects }) => {
      const told = containersOf(objects).map(({ container, place }) => ({ place, told: argumentsOf(container) }));
      const box = told.find(({ told: { verb } }) => verb === 'gateway');
      return told
        .filter(({ told: { verb } }) => verb === 'relay')
        .filter(({ told: { flags } }) => flags.get('--edges') !== box?.told.flags.get('--edges'))
        .map(({ place, told: { flags } }) => ({
          place: `${place}.args[--edges]`,
          problem: `${flags.get('--edges')}, and the box has ${box?.told.flags.get('--edges')}`,
        }));
    },
  },
  {
    name: 'node carries its pods',
    why: 'what does not fit on the plan’s machine is never scheduled',
    check: (subject) => (['gateway', 'dispatch'] as const).flatMap((pool) => poolProblems(pool, subject)),
  },
  {
    name: 'counts as planned',
    why: 'fewer than the plan do not carry the load, more cost what nobody counted',
    check: ({ objects, cell }) => {
      const wanted: ReadonlyArray<
        readonly [kind: string, name: string, read: (spec: Record<string, unknown>) => unknown, planned: number, row: string]
      > = [
        [
          'Deployment',
          'dispatch',
          ({ replicas }) => replicas,
          cell.dispatch.messageProcesses + cell.dispatch.receiptProcesses,
          'dispatch.messageProcesses + receiptProcesses',
        ],
        ['KafkaNodePool', 'broker', ({ replicas }) => replicas, cell.kafka.brokers, 'kafka.brokersPerCell'],
        ['K8ssandraCluster', CASSANDRA.cluster, cassandraNodes, cell.cassandra.nodes, 'cassandra.nodesPerCell'],
      ];
      return wanted.flatMap(([kind, name, read, planned, row]) =>
        objects
          .filter((one) => one.kind === kind && one.metadata.name === name)
          .filter((one) => read(specOf(one)) !== planned)
          .map((one) => ({
            place: `${placeOf(one)}: spec.replicas`,
            problem: `${read(specOf(one))}, and the plan has ${planned} (${row})`,
          })),
      );
    },
  },
];

function cassandraNodes(spec: Record<string, unknown>): number {
  const { datacenters = [] } = (spec.cassandra ?? {}) as { datacenters?: ReadonlyArray<{ size: number }> };
  return datacenters.reduce((sum, { size }) => sum + size, 0);
}

/** Of the plan's bytes of a connection, what its relay has (README). */
const RELAY_BYTES = 90;

/** Of those pods that a node of the pool has at most: one of each set, the share of a deployment. */
function poolProblems(pool: PoolName, { objects, cell, environment }: Subject): readonly Problem[] {
  const machine = cell.pools[pool];
  const selector = placement(pool, environment).nodeSelector;
  const onNode = (template: PodTemplate) => {
    if (selector === undefined) return false;
    return Object.entries(selector).every(([label, value]) => template.spec.nodeSelector?.[label] === value);
  };
  const pods = podsOf(objects).filter((one) => onNode(one) && one.owner.kind !== 'Job');
  const copies = ({ owner }: PodTemplate) =>
    owner.kind === 'Deployment' ? Math.ceil((specOf<{ replicas?: number }>(owner).replicas ?? 1) / machine.count) : 1;
  const sum = (read: (template: PodTemplate) => number) => pods.reduce((total, one) => total + read(one) * copies(one), 0);
  const cores = sum(({ spec }) => spec.containers.reduce((total, { resources }) => total + quantityOf(resources?.requests?.cpu), 0));
  const bytes = sum(({ spec }) => spec.containers.reduce((total, { resources }) => total + quantityOf(resources?.requests?.memory), 0));
  const place = `pods of pool ${pool}: resources.requests`;
  return [
    ...(cores > machine.podCores + 0.001
      ? [{ place: `${place}.cpu`, problem: `${cores.toFixed(3)} of ${machine.podCores} on a node (components[${pool}].machines.cores)` }]
      : []),
    ...(bytes > machine.podMemoryBytes + 1
      ? [
          {
            place: `${place}.memory`,
            problem: `${bytes} of ${machine.podMemoryBytes} bytes on a node (components[${pool}].machines.memoryBytes)`,
          },
        ]
      : []),
  ];
}
