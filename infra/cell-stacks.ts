/**
 * The stacks of a cell, in the order of their apply; the reverse is the order of destroy. A stack comes after others since a
 * plan of a custom resource asks the API server for its kind, and since services need what they speak to.
 */
import type { Environment } from './environment.ts';
import type { StackContents } from './manifest.ts';
import type { CellSizes } from './sizes.ts';
import { data } from './stacks/data.ts';
import { gatewayObjects } from './stacks/gateway.ts';
import { loadgenObjects } from './stacks/loadgen.ts';
import { observabilityObjects } from './stacks/observability.ts';
import { operators } from './stacks/operators.ts';
import { servicesObjects } from './stacks/services.ts';

export interface CellStack {
  readonly name: string;
  readonly contents: (cell: CellSizes, environment: Environment) => StackContents;
  readonly after: readonly string[];
  /** What has to be true before the next is applied: arguments of kubectl, the cluster's context is put before them. */
  readonly ready: readonly string[];
  /** Not of a cell that serves: applied for a test, destroyed after it. */
  readonly onDemand?: boolean;
}

const WAIT = 'wait --timeout=30m --for=condition=Ready -n parley-data';

export const CELL_STACKS: readonly CellStack[] = [
  {
    name: 'operators',
    contents: operators,
    after: [],
    ready: ['wait --timeout=15m --for=condition=Available -n parley-operators deployment --all'],
  },
  {
    name: 'data',
    contents: data,
    after: ['operators'],
    ready: [
      `${WAIT} kafka/bus`,
      `${WAIT} kafkatopic --all`,
      'wait --timeout=60m --for=condition=CassandraInitialized -n parley-data k8ssandracluster/store',
    ],
  },
  {
    // The migrations' job is in it: schema and topics are there before a box that needs them.
    name: 'services',
    contents: (cell, environment) => ({ objects: servicesObjects(cell, environment) }),
    after: ['data'],
    ready: [
      'wait --timeout=15m --for=condition=Complete -n parley-services job --all',
      'wait --timeout=15m --for=condition=Available -n parley-services deployment --all',
    ],
  },
  {
    name: 'gateway',
    contents: (cell, environment) => ({ objects: gatewayObjects(cell, environment) }),
    after: ['services'],
    ready: ['rollout status --timeout=60m -n parley-gateway statefulset/edges'],
  },
  {
    name: 'observability',
    contents: (cell, environment) => ({ objects: observabilityObjects(cell, environment) }),
    after: ['operators'],
    ready: ['rollout status --timeout=30m -n parley-observability statefulset/prometheus'],
  },
  {
    name: 'loadgen',
    contents: (cell, environment) => ({ objects: loadgenObjects(cell, environment) }),
    after: ['gateway'],
    ready: [],
    onDemand: true,
  },
];
