/**
 * The relay of a gateway: the box's one client of bus, store and routes. A StatefulSet of its own, whose pod has the ordinal of
 * its box and must run on the same node: the link between the two never leaves it.
 */
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { Environment } from '../environment.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import { imageOf } from '../image.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, placement } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { backendsFiles } from './backends-files.ts';
import { EDGES_SELECTOR, GATEWAY_NAMESPACE, HOSTNAME_KEY, ORDINAL_LABEL, RELAY, RELAY_SELECTOR } from './gateway-names.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import { CONTAINER_SAFETY, flags, httpProbe, namedSecretFile, POD_SAFETY, POD_USER, resources } from './pod-parts.ts';
import { PORTS } from './ports.ts';

/** A relay gives up its work in 10 s; what it did not commit its successor does. */
const GRACE_SECONDS = 20;

export function relayStatefulSet(cell: CellSizes, environment: Environment, plan: GatewayPlan): Manifest {
  const link = namedSecretFile('box-link', 'boxLink', environment, '/etc/parley/secrets/link');
  const region = namedSecretFile('region-keys', 'regionKeys', environment, '/etc/parley/secrets/region');
  const backends = backendsFiles('relay', environment);
  const settings = {
    backends: backends.path,
    cell: cell.cell.number,
    edges: plan.edges,
    host: '0.0.0.0',
    port: PORTS.relayLink,
    adminHost: '0.0.0.0',
    adminPort: PORTS.relayAdmin,
    linkSecretFile: link.path,
    regionSecretFile: region.path,
    relayPendingBytes: plan.relay.pendingBytes,
  };
  const sysctls = podSysctls(1, [PORTS.relayLink, PORTS.relayAdmin]).filter(({ limit }) => limit === 'reservedPorts');
  const podLabels = labels(RELAY, cell);
  return manifest<StatefulSet>({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: RELAY, namespace: GATEWAY_NAMESPACE, labels: podLabels },
    spec: {
      serviceName: RELAY,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      // Its edges have announced their sessions and deliveries go on.
      minReadySeconds: 10,
      selector: { matchLabels: RELAY_SELECTOR },
      template: {
        metadata: { labels: podLabels },
        spec: {
          ...POD_SAFETY,
          ...placement('gateway', environment),
          serviceAccountName: RELAY,
          securityContext: { ...POD_USER, sysctls: sysctls.map(({ name, value }) => ({ name, value })) },
          terminationGracePeriodSeconds: GRACE_SECONDS,
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: HOSTNAME_KEY, labelSelector: { matchLabels: EDGES_SELECTOR }, matchLabelKeys: [ORDINAL_LABEL] },
              ],
            },
          },
          containers: [
            {
              name: RELAY,
              image: imageOf('relay', environment),
              args: ['relay', ...flags(settings)],
              env: [
                { name: 'PARLEY_GATEWAY', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${ORDINAL_LABEL}']` } } },
              ],
              ports: [
                { name: 'link', containerPort: PORTS.relayLink, protocol: 'TCP' },
                { name: 'admin', containerPort: PORTS.relayAdmin, protocol: 'TCP' },
              ],
              resources: resources(plan.relay.cores, plan.relay.memoryBytes),
              startupProbe: httpProbe('/healthz', PORTS.relayAdmin, { periodSeconds: 2, failureThreshold: 30 }),
              readinessProbe: httpProbe('/readyz', PORTS.relayAdmin, { periodSeconds: 5, failureThreshold: 3 }),
              livenessProbe: httpProbe('/healthz', PORTS.relayAdmin, { periodSeconds: 10, failureThreshold: 3 }),
              securityContext: CONTAINER_SAFETY,
              volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }, link.mount, region.mount, ...backends.mounts],
            },
          ],
          volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '64Mi' } }, link.volume, region.volume, ...backends.volumes],
        },
      },
    },
  });
}
