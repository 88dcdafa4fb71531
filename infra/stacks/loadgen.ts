/**
 * The load generator stack of a cell, applied for a test and destroyed after it: the project's own engine, which holds one box
 * to its row of the sheet (loadgen-engine.ts); a TestRun of the k6 operator with the script of `parley k6`, for the whole cell;
 * and the tuner of its nodes.
 */
import type { Environment } from '../environment.ts';
import { loadOf, nodeContract } from '../hosts/node-contract.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import { nodeTuner } from '../hosts/tuner.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES, placement } from '../names.ts';
import { namespaceObject } from '../namespace.ts';
import type { CellSizes } from '../sizes.ts';
import { foreignImage } from '../versions.ts';
import { CLIENT_SERVICE, GATEWAY_NAMESPACE } from './gateway-names.ts';
import { DNS_EGRESS, fromNamespace, policy, tcp } from './gateway-network.ts';
import { engineObjects } from './loadgen-engine.ts';
import { CONTAINER_SAFETY, namedSecretFile, POD_USER, resources } from './pod-parts.ts';
import { CLIENT_SERVICE_PORT, PORTS } from './ports.ts';

const NAMESPACE = NAMESPACES.loadgen.name;
/** Made by hand from `parley k6 --out chat.js`, so that what runs is what the team has read. */
export const K6_SCRIPT = { configMap: 'parley-k6', file: 'chat.js' } as const;
const RUNNER = 'k6-runner';
const RUNNER_SELECTOR = { 'app.kubernetes.io/name': RUNNER } as const;
/**
 * Pairs of connections of one runner. What k6 bears of this script was not measured here, so it is a beginning that every
 * machine bears, and not a size of the plan.
 */
const PAIRS_OF_A_RUNNER = 500;
/** On which k6 is asked and told. */
const RUNNER_PORT = 6_565;
/** Where its chart puts the operator. */
const OPERATOR_NAMESPACE = 'k6-operator-system';
const RAMP_SECONDS = 60;
const HOLD_SECONDS = 600;

export function loadgenObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return [
    namespaceObject('loadgen', cell, environment),
    testRun(cell, environment),
    ...engineObjects(cell, environment),
    policy('nothing-else', NAMESPACE, {}, [], []),
    // Through the balancer as clients do, and beside it where that is not reached from inside. The operator and its starter ask runners on their own port.
    policy(
      RUNNER,
      NAMESPACE,
      RUNNER_SELECTOR,
      [{ from: [fromNamespace(NAMESPACE), fromNamespace(OPERATOR_NAMESPACE)], ports: [tcp(RUNNER_PORT)] }],
      [DNS_EGRESS, { ports: [tcp(CLIENT_SERVICE_PORT), tcp(PORTS.client)] }],
    ),
    policy('k6-operator', NAMESPACE, { app: 'k6' }, [], [DNS_EGRESS, { ports: [tcp(RUNNER_PORT)] }]),
    nodeTuner(nodeContract('loadgen', cell, environment), {
      namespace: NAMESPACE,
      labels: labels('node-tuner', cell),
      image: foreignImage('tuner', environment),
    }),
  ];
}

function testRun(cell: CellSizes, environment: Environment): Manifest {
  const { loadgen, pools } = cell;
  const pool = pools.loadgen;
  const runners = Math.max(1, loadgen.boxesForCell);
  const secret = namedSecretFile('region', 'regionKeys', environment, '/etc/parley/region');
  const { connections, shape } = loadOf('loadgen', cell);
  const sysctls = podSysctls(connections, [RUNNER_PORT], shape);
  const host = `${CLIENT_SERVICE}.${GATEWAY_NAMESPACE}.svc`;
  const settings: Readonly<Record<string, string | number>> = {
    PARLEY_URL: `wss://${host}:${CLIENT_SERVICE_PORT}/v1`,
    // Inside the cluster the certificate is for another name.
    PARLEY_SKIP_TLS_VERIFY: 'true',
    PARLEY_REGION_SECRET_FILE: secret.path,
    PARLEY_PAIRS: runners * PAIRS_OF_A_RUNNER,
    PARLEY_RAMP_SECONDS: RAMP_SECONDS,
    PARLEY_HOLD_SECONDS: HOLD_SECONDS,
  };
  const role = { securityContext: POD_USER, containerSecurityContext: CONTAINER_SAFETY, automountServiceAccountToken: 'false' };
  return manifest({
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: { name: 'chat', namespace: NAMESPACE, labels: labels('loadgen', cell) },
    spec: {
      parallelism: runners,
      separate: true,
      script: { configMap: { name: K6_SCRIPT.configMap, file: K6_SCRIPT.file } },
      initializer: role,
      starter: role,
      runner: {
        ...role,
        ...placement('loadgen', environment),
        image: foreignImage('k6', environment),
        metadata: { labels: { ...labels(RUNNER, cell) } },
        env: Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
        resources: resources(pool.podCores, pool.podMemoryBytes),
        securityContext: { ...POD_USER, sysctls: sysctls.map(({ name, value }) => ({ name, value })) },
        volumes: [secret.volume],
        volumeMounts: [secret.mount],
      },
    },
  });
}
