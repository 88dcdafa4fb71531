/** Mistakes in how a fleet is run: drains, budgets, spread, autoscaling, network, and what the plan says. */
import { edit, editContainer, editPod, type Loose, type Mutation, told, without } from './mutation.ts';

const EDGES = ['StatefulSet', 'edges'] as const;
const RELAY = ['StatefulSet', 'relay'] as const;
const SCALER = ['ScaledObject', 'edges'] as const;

const trigger = (change: (metadata: Loose) => void) => edit(...SCALER, (object) => change(object.spec.triggers[0].metadata));

export const OPERATION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'G4: a drain that the kubelet ends',
    rung: 1,
    rule: 'drain within its grace',
    field: 'terminationGracePeriodSeconds',
    apply: editPod(...EDGES, (spec) => {
      spec.terminationGracePeriodSeconds = 60;
    }),
  },
  {
    name: 'G4: closing while the balancer still sends',
    rung: 1,
    rule: 'drain within its grace',
    field: 'lifecycle.preStop',
    apply: editContainer(...EDGES, (container) => delete container.lifecycle),
  },
  {
    name: 'a drain that gives up before it is through',
    rung: 1,
    rule: 'drain within its grace',
    field: 'args[--drain-seconds]',
    apply: editContainer(...EDGES, told('--drain-seconds', 30)),
  },
  {
    name: 'G4: clients sent away faster than the rest admits',
    rung: 1,
    rule: 'drain at a pace that the rest can take',
    field: 'args[--drain-closes-per-second]',
    apply: editContainer(...EDGES, told('--drain-closes-per-second', 100_000)),
  },
  {
    name: 'most boxes may drain at once',
    rung: 1,
    rule: 'drain at a pace that the rest can take',
    field: 'args[--drain-closes-per-second]',
    apply: edit('PodDisruptionBudget', 'edges', (object) => {
      object.spec.maxUnavailable = 1_000;
    }),
  },
  {
    name: 'G4: the next drain while the last one’s clients are on their way',
    rung: 1,
    rule: 'next drain after the last one’s clients',
    field: 'spec.minReadySeconds',
    apply: edit(...EDGES, (object) => delete object.spec.minReadySeconds),
  },
  {
    name: 'no disruption budget',
    rung: 1,
    rule: 'budgets',
    field: 'StatefulSet/parley-gateway/edges',
    apply: without('PodDisruptionBudget', 'edges'),
  },
  {
    name: 'a budget that allows nothing',
    rung: 1,
    rule: 'budgets',
    field: 'spec.maxUnavailable',
    apply: edit('PodDisruptionBudget', 'dispatch', (object) => {
      object.spec.maxUnavailable = 0;
    }),
  },
  {
    name: 'a budget for nobody',
    rung: 1,
    rule: 'budgets',
    field: 'spec.selector',
    apply: edit('PodDisruptionBudget', 'relay', (object) => {
      object.spec.selector.matchLabels = { 'app.kubernetes.io/name': 'relays' };
    }),
  },
  {
    name: 'all boxes in one zone',
    rung: 1,
    rule: 'spread',
    field: 'topologySpreadConstraints',
    apply: editPod(...EDGES, (spec) => delete spec.topologySpreadConstraints),
  },
  {
    name: 'zones only wished for',
    rung: 1,
    rule: 'spread',
    field: 'topologySpreadConstraints',
    apply: editPod(...EDGES, (spec) => {
      spec.topologySpreadConstraints[0].whenUnsatisfiable = 'ScheduleAnyway';
    }),
  },
  {
    name: 'two boxes on a node',
    rung: 1,
    rule: 'one gateway to a node',
    field: 'podAntiAffinity',
    apply: editPod(...EDGES, (spec) => delete spec.affinity.podAntiAffinity),
  },
  {
    name: 'a relay beside any box',
    rung: 1,
    rule: 'relay beside its box',
    field: 'podAffinity',
    apply: editPod(...RELAY, (spec) => delete spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys),
  },
  {
    name: 'a service for nobody',
    rung: 1,
    rule: 'selectors',
    field: 'spec.selector',
    apply: edit('Service', 'gateway', (object) => {
      object.spec.selector = { 'app.kubernetes.io/name': 'edge' };
    }),
  },
  {
    name: 'I2: no answer read as zero',
    rung: 1,
    rule: 'no data is not zero',
    field: 'ignoreNullValues',
    apply: trigger((metadata) => delete metadata.ignoreNullValues),
  },
  {
    name: 'I2: a query that a box may be missing from',
    rung: 1,
    rule: 'no data is not zero',
    field: 'metadata.query',
    apply: trigger((metadata) => {
      metadata.query = metadata.query.split(' and on() ')[0];
    }),
  },
  {
    name: 'I2: a zero invented where nothing is',
    rung: 1,
    rule: 'no data is not zero',
    field: 'metadata.query',
    apply: trigger((metadata) => {
      metadata.query = `(${metadata.query}) or vector(0)`;
    }),
  },
  {
    name: 'I2: a fallback below what is there',
    rung: 1,
    rule: 'no data is not zero',
    field: 'fallback.behavior',
    apply: edit(...SCALER, (object) => {
      object.spec.fallback.behavior = 'static';
    }),
  },
  {
    name: 'boxes taken away as soon as connections fall',
    rung: 1,
    rule: 'slow scale-in',
    field: 'stabilizationWindowSeconds',
    apply: edit(...SCALER, (object) => {
      object.spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds = 60;
    }),
  },
  {
    name: 'half of the boxes taken away at once',
    rung: 1,
    rule: 'slow scale-in',
    field: 'scaleDown.policies',
    apply: edit(...SCALER, (object) => {
      object.spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies = [{ type: 'Percent', value: 50, periodSeconds: 600 }];
    }),
  },
  {
    name: 'more boxes than deliveries have partitions',
    rung: 1,
    rule: 'scaling within the plan',
    field: 'maxReplicaCount',
    apply: edit(...SCALER, (object) => {
      object.spec.maxReplicaCount = 1_000;
    }),
  },
  {
    name: 'a number of boxes that each apply puts back',
    rung: 1,
    rule: 'replicas left to the autoscaler',
    field: 'spec.replicas',
    apply: edit(...EDGES, (object) => {
      object.spec.replicas = 3;
    }),
  },
  {
    name: 'a balancer that loses the client’s address',
    rung: 1,
    rule: 'balancer by connection',
    field: 'externalTrafficPolicy',
    apply: edit('Service', 'gateway', (object) => {
      object.spec.externalTrafficPolicy = 'Cluster';
    }),
  },
  {
    name: 'a namespace that is open',
    rung: 1,
    rule: 'nothing is open by itself',
    field: 'Namespace/parley-gateway',
    apply: (objects) => objects.filter(({ metadata }) => metadata.name !== 'nothing-else' || metadata.namespace !== 'parley-gateway'),
  },
  {
    name: 'admin ports for everybody',
    rung: 1,
    rule: 'open to clients only',
    field: 'spec.ingress',
    apply: edit('NetworkPolicy', 'edges', (object) => {
      delete object.spec.ingress[1].from;
    }),
  },
  {
    name: 'a relay that waits for an edge too many',
    rung: 1,
    rule: 'box and relay agree',
    field: 'args[--edges]',
    apply: editContainer(...RELAY, told('--edges', 99)),
  },
  {
    name: 'a relay on a port that no box asks',
    rung: 1,
    rule: 'ports of links',
    field: 'containers[edges].args',
    apply: editContainer(...RELAY, (container) => {
      told('--port', 7_401)(container);
      container.ports[0].containerPort = 7_401;
    }),
  },
  {
    name: 'more connections than the memory carries',
    rung: 1,
    rule: 'memory carries the connections',
    field: 'resources.limits.memory',
    apply: editContainer(...EDGES, (container) => {
      container.resources = { requests: { ...container.resources.requests, memory: '64Mi' }, limits: { memory: '64Mi' } };
      told('--max-connections', 2_000_000)(container);
      told('--drain-seconds', 86_400)(container);
    }),
  },
  {
    name: 'pods that ask for more than their node has',
    rung: 1,
    rule: 'node carries its pods',
    field: 'pool gateway',
    apply: editContainer(...RELAY, (container) => {
      container.resources.requests.cpu = '64';
    }),
  },
  {
    name: 'a topic with other partitions than the plan',
    rung: 1,
    rule: 'partitions as planned',
    field: 'KafkaTopic/parley-data',
    apply: (objects) => {
      const topic = objects.find(({ kind, metadata }) => kind === 'KafkaTopic' && metadata.name.endsWith('messages'));
      return edit('KafkaTopic', topic?.metadata.name ?? 'messages', (object) => {
        object.spec.partitions += 1;
      })(objects);
    },
  },
  {
    name: 'processes that count other partitions than the topics have',
    rung: 1,
    rule: 'partitions as planned',
    field: 'kafka.partitions.messages',
    apply: edit('ConfigMap', 'parley-backends', (object) => {
      object.data['backends.json'] = object.data['backends.json'].replace(/"messages": \d+/, '"messages": 1000');
    }),
  },
  {
    name: 'fewer dispatchers than the plan',
    rung: 1,
    rule: 'counts as planned',
    field: 'Deployment/parley-services/dispatch: spec.replicas',
    apply: edit('Deployment', 'dispatch', (object) => {
      object.spec.replicas = 1;
    }),
  },
  {
    name: 'alerts with another plan’s number',
    rung: 1,
    rule: 'alerts as planned',
    field: 'ConfigMap',
    apply: edit('ConfigMap', 'parley-rules', (object) => {
      const file = 'alerts.rules.yml';
      object.data[file] = object.data[file].replace(/parley_dispatch_partitions\) < \d+/, 'parley_dispatch_partitions) < 1');
    }),
  },
  {
    name: 'a board left out',
    rung: 1,
    rule: 'boards as planned',
    field: 'ConfigMap',
    apply: without('ConfigMap', 'board-parley-stores'),
  },
  {
    name: 'a board with the lines of another plan',
    rung: 1,
    rule: 'boards as planned',
    field: 'board-parley-fleet: data[parley-fleet.json]',
    apply: edit('ConfigMap', 'board-parley-fleet', (object) => {
      object.data['parley-fleet.json'] = object.data['parley-fleet.json'].replace(/"value":(\d)/, '"value":9$1');
    }),
  },
  {
    name: 'a board that Grafana’s sidecar does not look at',
    rung: 1,
    rule: 'boards are found',
    field: 'board-parley-slo: metadata.labels',
    apply: edit('ConfigMap', 'board-parley-slo', (object) => delete object.metadata.labels.grafana_dashboard),
  },
  {
    name: 'boards that are too large for the API server',
    rung: 1,
    rule: 'boards are found',
    field: 'board-parley-cost: data',
    apply: edit('ConfigMap', 'board-parley-cost', (object) => {
      object.data['more.json'] = '0'.repeat(2 ** 20);
    }),
  },
];
