/**
 * The services stack of a cell: dispatch, and the step before it that makes what is missing in the systems. Push is no process
 * of its own: dispatch hands notices to a service of the platform, which speaks to APNs and FCM and is not part of this project;
 * named here are the secret that dispatch shows it and the way to it; its address is the environment's.
 */
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Job } from 'kubernetes-types/batch/v1';
import type { PodSpec } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { Environment } from '../environment.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import { imageOf } from '../image.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES, placement, spread } from '../names.ts';
import { namespaceObject } from '../namespace.ts';
import type { CellSizes } from '../sizes.ts';
import { backendsFiles } from './backends-files.ts';
import { backendsObject } from './data-backends.ts';
import { serviceAccount } from './gateway.ts';
import { DATA_EGRESS, DNS_EGRESS, policy, scrapedOn } from './gateway-network.ts';
import { CONTAINER_SAFETY, httpProbe, POD_SAFETY, POD_USER, resources } from './pod-parts.ts';
import { PORTS } from './ports.ts';

const NAMESPACE = NAMESPACES.services.name;
export const DISPATCH = 'dispatch';
export const MIGRATIONS = 'migrations';
export const DISPATCH_SELECTOR = { 'app.kubernetes.io/name': DISPATCH } as const;
const MIGRATIONS_SELECTOR = { 'app.kubernetes.io/name': MIGRATIONS } as const;

/** A dispatcher gives its partitions back in 10 s. */
const GRACE_SECONDS = 20;
const MIGRATION_SECONDS = 600;
const MIGRATION_SIZE = { cores: 0.1, memoryBytes: 256 * 1_048_576 };

export function servicesObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return [
    namespaceObject('services', cell, environment),
    serviceAccount(DISPATCH, NAMESPACE, cell),
    serviceAccount(MIGRATIONS, NAMESPACE, cell),
    backendsObject('dispatch', 'services', cell, environment),
    migrations(cell, environment),
    dispatch(cell, environment),
    manifest<PodDisruptionBudget>({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: DISPATCH, namespace: NAMESPACE, labels: labels(DISPATCH, cell) },
      spec: { maxUnavailable: outAtOnce(cell), selector: { matchLabels: DISPATCH_SELECTOR } },
    }),
    policy('nothing-else', NAMESPACE, {}, [], []),
    policy(DISPATCH, NAMESPACE, DISPATCH_SELECTOR, [scrapedOn(PORTS.dispatchAdmin)], [DNS_EGRESS, DATA_EGRESS, ...pushEgress(environment)]),
    policy(MIGRATIONS, NAMESPACE, MIGRATIONS_SELECTOR, [], [DNS_EGRESS, DATA_EGRESS]),
  ];
}

/** The plan's processes that decide and those that apply receipts: each member of dispatch does both, as its group gives it. */
export function dispatchProcesses({ dispatch }: CellSizes): number {
  return dispatch.messageProcesses + dispatch.receiptProcesses;
}

function outAtOnce(cell: CellSizes): number {
  return Math.max(1, Math.floor(dispatchProcesses(cell) * cell.gateway.upgradeShare));
}

function dispatch(cell: CellSizes, environment: Environment): Manifest {
  const processes = dispatchProcesses(cell);
  const pool = cell.pools.dispatch;
  const onOneNode = Math.ceil(processes / pool.count);
  const backends = backendsFiles(DISPATCH, environment);
  const podLabels = labels(DISPATCH, cell);
  const sysctls = podSysctls(1, [PORTS.dispatchAdmin]).filter(({ limit }) => limit === 'reservedPorts');
  return manifest<Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: DISPATCH, namespace: NAMESPACE, labels: podLabels },
    spec: {
      replicas: processes,
      // Each that comes or goes moves partitions: few at a time, and none beside those that are there.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: outAtOnce(cell) } },
      minReadySeconds: 15,
      selector: { matchLabels: DISPATCH_SELECTOR },
      template: {
        metadata: { labels: podLabels },
        spec: {
          ...POD_SAFETY,
          ...placement('dispatch', environment),
          serviceAccountName: DISPATCH,
          securityContext: { ...POD_USER, sysctls: sysctls.map(({ name, value }) => ({ name, value })) },
          terminationGracePeriodSeconds: GRACE_SECONDS,
          topologySpreadConstraints: spread(DISPATCH_SELECTOR, environment),
          containers: [
            {
              name: DISPATCH,
              image: imageOf('dispatch', environment),
              args: ['dispatch', `--backends=${backends.path}`, `--admin-port=${PORTS.dispatchAdmin}`, '--admin-host=0.0.0.0'],
              ports: [{ name: 'admin', containerPort: PORTS.dispatchAdmin, protocol: 'TCP' }],
              resources: resources(
                pool.podCores / onOneNode,
                Math.min(pool.podMemoryBytes / onOneNode, cell.dispatch.memoryBytes / processes),
              ),
              startupProbe: httpProbe('/healthz', PORTS.dispatchAdmin, { periodSeconds: 2, failureThreshold: 30 }),
              readinessProbe: httpProbe('/readyz', PORTS.dispatchAdmin, { periodSeconds: 5, failureThreshold: 3 }),
              livenessProbe: httpProbe('/healthz', PORTS.dispatchAdmin, { periodSeconds: 10, failureThreshold: 3 }),
              securityContext: CONTAINER_SAFETY,
              volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }, ...backends.mounts],
            },
          ],
          volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '64Mi' } }, ...backends.volumes],
        } satisfies PodSpec,
      },
    },
  });
}

/** A Job can't be changed, so another version is another Job. One that is done stays: it is what was applied. */
function migrations(cell: CellSizes, environment: Environment): Manifest {
  const superuser = superuserFiles(environment);
  const backends = backendsFiles(DISPATCH, environment);
  const podLabels = labels(MIGRATIONS, cell);
  const version = `${environment.images.tag}-g${environment.topics.generation}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return manifest<Job>({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${MIGRATIONS}-${version}`, namespace: NAMESPACE, labels: podLabels },
    spec: {
      backoffLimit: 5,
      activeDeadlineSeconds: MIGRATION_SECONDS * 2,
      template: {
        metadata: { labels: podLabels },
        spec: {
          ...POD_SAFETY,
          ...placement('dispatch', environment),
          serviceAccountName: MIGRATIONS,
          restartPolicy: 'Never',
          securityContext: POD_USER,
          containers: [
            {
              name: MIGRATIONS,
              image: imageOf('dispatch', environment),
              args: [
                'migrate',
                `--backends=${backends.path}`,
                `--cassandra-superuser=${SUPERUSER_MOUNT}`,
                `--deadline-seconds=${MIGRATION_SECONDS}`,
              ],
              resources: resources(MIGRATION_SIZE.cores, MIGRATION_SIZE.memoryBytes),
              securityContext: CONTAINER_SAFETY,
              volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }, superuser.mount, ...backends.mounts],
            },
          ],
          volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '64Mi' } }, superuser.volume, ...backends.volumes],
        },
      },
    },
  });
}

const SUPERUSER_MOUNT = '/etc/parley/secrets/cassandra-superuser';

/** Cassandra's superuser, whose secret has a name and a password: the migrations make the services' login with it, nobody else has it. */
function superuserFiles({ secrets }: Environment) {
  const name = 'cassandra-superuser';
  const items = [
    { key: 'username', path: 'username' },
    { key: secrets.cassandraSuperuser.key, path: 'password' },
  ];
  return {
    volume: { name, secret: { secretName: secrets.cassandraSuperuser.name, defaultMode: 0o440, items } },
    mount: { name, mountPath: SUPERUSER_MOUNT, readOnly: true },
  };
}

/** To its port, wherever it is: a policy knows no host names. */
function pushEgress({ push }: Environment) {
  if (push.url === '') return [];
  const { port, protocol } = new URL(push.url);
  return [{ ports: [{ protocol: 'TCP', port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }] }];
}
