/**
 * The edges of a gateway: a supervisor with as many edge processes as its node has processors, one such pod to a node. It knows
 * nothing of the relay's image: that is a workload of its own, found by name, so that a relay is replaced under connections that
 * stay.
 */
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { GatewayConfig } from '../../services/gateway/config.ts';
import type { Environment } from '../environment.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import { imageOf } from '../image.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, placement } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import {
  EDGES,
  EDGES_SELECTOR,
  GATEWAY_NAMESPACE,
  HOSTNAME_KEY,
  ORDINAL_LABEL,
  RELAY,
  RELAY_SELECTOR,
  TLS_SECRET,
  ZONE_KEY,
} from './gateway-names.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import { CONTAINER_SAFETY, flags, httpProbe, namedSecretFile, POD_SAFETY, POD_USER, resources, secretFile } from './pod-parts.ts';
import { PORTS } from './ports.ts';

const STATE_DIRECTORY = '/var/lib/parley';
const SECRETS_DIRECTORY = '/etc/parley/secrets';

export function edgesStatefulSet(cell: CellSizes, environment: Environment, plan: GatewayPlan): Manifest {
  const link = namedSecretFile('box-link', 'boxLink', environment, `${SECRETS_DIRECTORY}/link`);
  const region = namedSecretFile('region-keys', 'regionKeys', environment, `${SECRETS_DIRECTORY}/region`);
  const users = namedSecretFile('user-keys', 'userKeys', environment, `${SECRETS_DIRECTORY}/users`);
  const certificate = secretFile('tls', TLS_SECRET, 'tls.crt', '/etc/parley/tls');
  const settings = {
    stateDir: STATE_DIRECTORY,
    cell: cell.cell.number,
    // The relay with this pod's ordinal; kubelet puts the number in.
    relay: `${RELAY}-$(PARLEY_GATEWAY).${RELAY}.${GATEWAY_NAMESPACE}.svc:${PORTS.relayLink}`,
    linkSecretFile: link.path,
    regionSecretFile: region.path,
    userKeysFile: users.path,
    host: '0.0.0.0',
    port: PORTS.client,
    adminHost: '0.0.0.0',
    adminPort: PORTS.edgesAdmin,
    edges: plan.edges,
    tls: true,
    tlsCertificate: certificate.path,
    tlsKey: '/etc/parley/tls/tls.key',
    maxConnections: plan.maxConnections,
    heartbeatSeconds: cell.gateway.heartbeatSeconds,
    admissionsPerSecond: plan.admissionsPerSecond,
    admissionBurst: plan.admissionsPerSecond,
    drainClosesPerSecond: plan.closesPerSecond,
    drainSeconds: plan.drainSeconds,
  } satisfies Partial<GatewayConfig>;
  const sysctls = podSysctls(plan.maxConnections, [PORTS.client, PORTS.edgesAdmin], {
    edges: plan.edges,
    cores: plan.edges,
    tls: true,
    connectionsPerSecond: plan.admissionsPerSecond,
    heartbeatSeconds: cell.gateway.heartbeatSeconds,
  });
  const podLabels = labels(EDGES, cell);
  return manifest<StatefulSet>({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: EDGES, namespace: GATEWAY_NAMESPACE, labels: podLabels },
    spec: {
      serviceName: EDGES,
      podManagementPolicy: 'Parallel',
      // The highest ordinals first. The next drain begins when the clients of the last have had time to be back.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, ...inAnUpdate(plan) } },
      minReadySeconds: plan.minReadySeconds,
      selector: { matchLabels: EDGES_SELECTOR },
      template: {
        metadata: { labels: podLabels },
        spec: {
          ...POD_SAFETY,
          ...placement('gateway', environment),
          serviceAccountName: EDGES,
          securityContext: { ...POD_USER, sysctls: sysctls.map(({ name, value }) => ({ name, value })) },
          // The balancer stops sending, then the box closes at its pace, then its processes end.
          terminationGracePeriodSeconds: plan.graceSeconds,
          affinity: {
            podAntiAffinity: apart(environment),
            // A box that is started again comes back to where its relay is.
            podAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    topologyKey: HOSTNAME_KEY,
                    labelSelector: { matchLabels: RELAY_SELECTOR },
                    matchLabelKeys: [ORDINAL_LABEL],
                  },
                },
              ],
            },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: ZONE_KEY,
              whenUnsatisfiable: environment.nodes.spread,
              labelSelector: { matchLabels: EDGES_SELECTOR },
            },
          ],
          containers: [
            {
              name: EDGES,
              image: imageOf('gateway', environment),
              args: ['gateway', ...flags(settings)],
              env: [
                { name: 'PARLEY_GATEWAY', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${ORDINAL_LABEL}']` } } },
                // A relay that was replaced has another address: a name is asked for anew.
                { name: 'BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS', value: '1' },
              ],
              ports: [
                { name: 'client', containerPort: PORTS.client, protocol: 'TCP' },
                { name: 'admin', containerPort: PORTS.edgesAdmin, protocol: 'TCP' },
              ],
              resources: resources(plan.edgesPod.cores, plan.edgesPod.memoryBytes),
              startupProbe: httpProbe('/healthz', PORTS.edgesAdmin, { periodSeconds: 2, failureThreshold: 30 }),
              readinessProbe: httpProbe('/readyz', PORTS.edgesAdmin, { periodSeconds: 5, failureThreshold: 3 }),
              // A restart costs every connection of the box: only for a supervisor that answers nothing for a minute.
              livenessProbe: httpProbe('/healthz', PORTS.edgesAdmin, { periodSeconds: 10, failureThreshold: 6 }),
              lifecycle: { preStop: { sleep: { seconds: plan.deregistrationSeconds } } },
              securityContext: CONTAINER_SAFETY,
              volumeMounts: [
                { name: 'state', mountPath: STATE_DIRECTORY },
                { name: 'scratch', mountPath: '/tmp' },
                link.mount,
                region.mount,
                users.mount,
                { ...certificate.mount },
              ],
            },
          ],
          volumes: [
            { name: 'state', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
            { name: 'scratch', emptyDir: { sizeLimit: '256Mi' } },
            link.volume,
            region.volume,
            users.volume,
            { name: 'tls', secret: { secretName: TLS_SECRET, defaultMode: 0o440 } },
          ],
        },
      },
    },
  });
}

/** One is what every version of Kubernetes does. More it is told, and heeds since 1.37; before that it goes on one by one. */
export function inAnUpdate({ drainsAtOnce }: GatewayPlan): { readonly maxUnavailable?: number } {
  return drainsAtOnce === 1 ? {} : { maxUnavailable: drainsAtOnce };
}

/** One box to a node, where nodes are to be kept apart at all. */
function apart({ nodes }: Environment) {
  const term = { topologyKey: HOSTNAME_KEY, labelSelector: { matchLabels: EDGES_SELECTOR } };
  return nodes.spread === 'DoNotSchedule'
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
}
