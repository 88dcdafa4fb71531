/**
 * The load engine in pods: a coordinator, and an indexed Job of workers that join it, against the first box of the cell. One box,
 * since that is what the sheet's rows are about and what its verdict can say. Both Jobs are applied suspended and started
 * together, by hand, when no k6 runs: an apply sends nothing.
 */
import type { Job } from 'kubernetes-types/batch/v1';
import type { ConfigMap, PodSpec, Service } from 'kubernetes-types/core/v1';
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import type { Environment } from '../environment.ts';
import { loadOf } from '../hosts/node-contract.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import { imageOf } from '../image.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES, placement } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { EDGES, GATEWAY_NAMESPACE } from './gateway-names.ts';
import { DNS_EGRESS, fromNamespace, policy, scrapedOn, tcp } from './gateway-network.ts';
import { gatewayPlan } from './gateway-plan.ts';
import { CONTAINER_SAFETY, flags, namedSecretFile, POD_SAFETY, POD_USER, resources } from './pod-parts.ts';
import { PORTS } from './ports.ts';

const NAMESPACE = NAMESPACES.loadgen.name;
export const COORDINATOR = 'loadgen-coordinator';
export const WORKERS = 'loadgen-worker';
export const TARGET = 'loadgen-target';
const TARGET_MOUNT = '/etc/parley/target';
/** Records are below it, in `runs`. */
const WORK_DIRECTORY = '/var/lib/parley';
/** Any box is as good; this one is always there. */
const TARGET_HOST = `${EDGES}-0.${EDGES}.${GATEWAY_NAMESPACE}.svc`;

const HOLD_SECONDS = 600;
/** Nodes may have to come first. */
const JOIN_SECONDS = 900;
/** In which the record is read out of the coordinator (ARCHITECTURE.md, Load from many machines). */
const LINGER_SECONDS = 3_600;
/** It merges ledgers and histograms and sends nothing itself. What it needs for this was not measured. */
const COORDINATOR_SIZE = { cores: 1, memoryBytes: 4_000_000_000 } as const;
/** A name that is looked up anew: who comes back has another address. */
const DNS_TIME = { name: 'BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS', value: '1' } as const;

export interface EngineSize {
  /** Worker hosts: pods. Each has one address, so there are as many as the plan has source addresses, if not more. */
  readonly hosts: number;
  readonly workersOfHost: number;
  readonly coresOfHost: number;
  readonly memoryBytesOfHost: number;
  readonly connections: number;
  readonly sendsPerSecond: number;
  readonly rampPerSecond: number;
}

/** From the plan: what loads one gateway at its peak. */
export function engineSize({ loadgen, gateway, pools }: CellSizes): EngineSize {
  const boxes = Math.max(1, loadgen.boxesForGateway);
  const hosts = Math.max(boxes, loadgen.addressesForGateway);
  // Several share a machine where addresses, and not processors, set their number.
  const share = boxes / hosts;
  const coresOfHost = Math.floor(pools.loadgen.podCores * share * 10) / 10;
  return {
    hosts,
    workersOfHost: Math.max(1, Math.floor(coresOfHost)),
    coresOfHost,
    memoryBytesOfHost: Math.floor(pools.loadgen.podMemoryBytes * share),
    connections: Math.floor(gateway.connections),
    sendsPerSecond: Math.max(1, Math.floor(loadgen.gatewaySendsPerSecond)),
    rampPerSecond: Math.max(1, Math.floor(gateway.admissionsPerSecond)),
  };
}

export function engineObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const size = engineSize(cell);
  return [
    target(cell, environment),
    coordinatorName(cell),
    coordinator(cell, environment, size),
    workers(cell, environment, size),
    ...policies(),
  ];
}

/** As `box.json` of a box, which this one's own does not say: how it is reached from here. */
function target(cell: CellSizes, environment: Environment): Manifest {
  const box = {
    schema: 1,
    url: `wss://${TARGET_HOST}:${PORTS.client}/v1`,
    adminUrl: `http://${TARGET_HOST}:${PORTS.edgesAdmin}`,
    tls: true,
    // Workers mint with the region's secret; the coordinator mints nothing.
    keysFile: '',
    pids: { edges: [] },
    config: { edges: gatewayPlan(cell, environment).edges },
  };
  return manifest<ConfigMap>({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: TARGET, namespace: NAMESPACE, labels: labels(COORDINATOR, cell) },
    data: { 'box.json': `${JSON.stringify(box, undefined, 2)}\n` },
  });
}

/** Found before it is ready: its workers wait for it and nobody else asks. */
function coordinatorName(cell: CellSizes): Manifest {
  return manifest<Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: COORDINATOR, namespace: NAMESPACE, labels: labels(COORDINATOR, cell) },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'app.kubernetes.io/name': COORDINATOR },
      ports: [{ name: 'workers', port: PORTS.coordinator, targetPort: PORTS.coordinator, protocol: 'TCP' }],
    },
  });
}

function coordinator(cell: CellSizes, environment: Environment, size: EngineSize): Manifest {
  const link = namedSecretFile('link', 'loadgenLink', environment, '/etc/parley/link');
  const settings = {
    box: `${TARGET_MOUNT}/box.json`,
    allowHost: TARGET_HOST,
    workerHosts: size.hosts,
    listen: `0.0.0.0:${PORTS.coordinator}`,
    metricsListen: `0.0.0.0:${PORTS.coordinatorAdmin}`,
    secretFile: link.path,
    joinSeconds: JOIN_SECONDS,
    connections: size.connections,
    ramp: size.rampPerSecond,
    rate: size.sendsPerSecond,
    heartbeatSeconds: cell.gateway.heartbeatSeconds,
    holdSeconds: HOLD_SECONDS,
    lingerSeconds: LINGER_SECONDS,
    name: cell.cell.name,
  };
  return job(
    COORDINATOR,
    cell,
    { completions: 1, parallelism: 1, activeDeadlineSeconds: deadlineSeconds(size) },
    {
      ...placement('loadgen', environment),
      securityContext: POD_USER,
      containers: [
        {
          name: COORDINATOR,
          image: imageOf('loadgen', environment),
          args: ['chat', ...flags(settings)],
          workingDir: WORK_DIRECTORY,
          env: [DNS_TIME],
          ports: [
            { name: 'workers', containerPort: PORTS.coordinator, protocol: 'TCP' },
            // By this name Prometheus finds it; workers say all to the coordinator and have no such port.
            { name: 'admin', containerPort: PORTS.coordinatorAdmin, protocol: 'TCP' },
          ],
          resources: resources(COORDINATOR_SIZE.cores, COORDINATOR_SIZE.memoryBytes),
          securityContext: CONTAINER_SAFETY,
          volumeMounts: [
            { name: 'work', mountPath: WORK_DIRECTORY },
            { name: 'scratch', mountPath: '/tmp' },
            { name: 'target', mountPath: TARGET_MOUNT, readOnly: true },
            link.mount,
          ],
        },
      ],
      volumes: [
        { name: 'work', emptyDir: { sizeLimit: '64Gi' } },
        { name: 'scratch', emptyDir: { sizeLimit: '64Mi' } },
        { name: 'target', configMap: { name: TARGET, defaultMode: 0o444 } },
        link.volume,
      ],
    },
  );
}

function workers(cell: CellSizes, environment: Environment, size: EngineSize): Manifest {
  const link = namedSecretFile('link', 'loadgenLink', environment, '/etc/parley/link');
  const region = namedSecretFile('region', 'regionKeys', environment, '/etc/parley/region');
  const { shape } = loadOf('loadgen', cell);
  const sysctls = podSysctls(Math.ceil(size.connections / size.hosts), [], { ...shape, destinationAddresses: 1 });
  const settings = {
    coordinator: `${COORDINATOR}.${NAMESPACE}.svc:${PORTS.coordinator}`,
    secretFile: link.path,
    regionSecretFile: region.path,
    workers: size.workersOfHost,
    joinSeconds: JOIN_SECONDS,
  };
  const indexed = {
    completionMode: 'Indexed',
    completions: size.hosts,
    parallelism: size.hosts,
    activeDeadlineSeconds: deadlineSeconds(size),
  };
  return job(WORKERS, cell, indexed, {
    ...placement('loadgen', environment),
    securityContext: { ...POD_USER, sysctls: sysctls.map(({ name, value }) => ({ name, value })) },
    containers: [
      {
        name: WORKERS,
        image: imageOf('loadgen', environment),
        args: ['work', ...flags(settings)],
        env: [DNS_TIME],
        resources: resources(size.coresOfHost, size.memoryBytesOfHost),
        securityContext: CONTAINER_SAFETY,
        volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }, link.mount, region.mount],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '64Mi' } }, link.volume, region.volume],
  });
}

/** Nobody is started again: a worker that is lost makes the run inconclusive, and another in its place would change nothing. */
function job(name: string, cell: CellSizes, spec: Partial<Job['spec']>, pod: Omit<PodSpec, 'restartPolicy'>): Manifest {
  return manifest<Job>({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: NAMESPACE, labels: labels(name, cell) },
    spec: {
      ...spec,
      backoffLimit: 0,
      suspend: true,
      template: { metadata: { labels: labels(name, cell) }, spec: { ...POD_SAFETY, restartPolicy: 'Never', ...pod } },
    },
  });
}

/** Twice what a ramp takes, and what else has its time. */
function deadlineSeconds({ connections, rampPerSecond }: EngineSize): number {
  return JOIN_SECONDS + Math.ceil((2 * connections) / rampPerSecond) + 2 * HOLD_SECONDS + LINGER_SECONDS;
}

function policies(): readonly Manifest[] {
  const pods = (name: string): NetworkPolicyPeer => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } });
  const gateways = fromNamespace(GATEWAY_NAMESPACE);
  return [
    policy(
      COORDINATOR,
      NAMESPACE,
      { 'app.kubernetes.io/name': COORDINATOR },
      [{ from: [pods(WORKERS)], ports: [tcp(PORTS.coordinator)] }, scrapedOn(PORTS.coordinatorAdmin)],
      [DNS_EGRESS, { to: [gateways], ports: [tcp(PORTS.edgesAdmin)] }],
    ),
    policy(
      WORKERS,
      NAMESPACE,
      { 'app.kubernetes.io/name': WORKERS },
      [],
      [DNS_EGRESS, { to: [pods(COORDINATOR)], ports: [tcp(PORTS.coordinator)] }, { to: [gateways], ports: [tcp(PORTS.client)] }],
    ),
  ];
}
