/** The gateway stack of a cell: boxes, their relays, how they are reached, guarded, scaled, and the tuner of their nodes. */
import type { ServiceAccount } from 'kubernetes-types/core/v1';
import type { Environment } from '../environment.ts';
import { nodeContract } from '../hosts/node-contract.ts';
import { nodeTuner } from '../hosts/tuner.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels } from '../names.ts';
import { namespaceObject } from '../namespace.ts';
import type { CellSizes } from '../sizes.ts';
import { foreignImage } from '../versions.ts';
import { backendsObject } from './data-backends.ts';
import { edgesStatefulSet } from './gateway-edges.ts';
import { EDGES, GATEWAY_NAMESPACE, RELAY } from './gateway-names.ts';
import { certificate, clientService, gatewayPolicies, nameServices } from './gateway-network.ts';
import { gatewayPlan } from './gateway-plan.ts';
import { relayStatefulSet } from './gateway-relay.ts';
import { gatewayBudgets, gatewayScalers } from './gateway-scaling.ts';

export function gatewayObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const plan = gatewayPlan(cell, environment);
  return [
    namespaceObject('gateway', cell, environment),
    serviceAccount(EDGES, GATEWAY_NAMESPACE, cell),
    serviceAccount(RELAY, GATEWAY_NAMESPACE, cell),
    backendsObject('relay', 'gateway', cell, environment),
    certificate(cell, environment),
    clientService(cell, environment),
    ...nameServices(cell),
    edgesStatefulSet(cell, environment, plan),
    relayStatefulSet(cell, environment, plan),
    ...gatewayBudgets(cell, plan),
    ...gatewayScalers(cell, plan),
    ...gatewayPolicies(),
    nodeTuner(nodeContract('gateway', cell, environment), {
      namespace: GATEWAY_NAMESPACE,
      labels: labels('node-tuner', cell),
      image: foreignImage('tuner', environment),
    }),
  ];
}

/** Of our own, so that nothing of the namespace's default account is ever ours; without a token. */
export function serviceAccount(name: string, namespace: string, cell: CellSizes): Manifest {
  return manifest<ServiceAccount>({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, labels: labels(name, cell) },
    automountServiceAccountToken: false,
  });
}
