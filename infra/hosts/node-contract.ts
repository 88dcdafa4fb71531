/**
 * What the nodes of a pool must be. Neither provider makes nodes, so this is what a platform team's own tool is held to: sizes from
 * the plan, label and taint, kernel, runtime and kubelet. Files and documents are written from it, and `parley doctor --node` checks
 * a machine against it.
 */
import { type BoxShape, DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { hostLimit } from '../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import type { Environment } from '../environment.ts';
import type { CellSizes, NodePool, PoolName } from '../sizes.ts';
import { type NodeSetting, nodeSettings, roundUp } from './node-settings.ts';

export const NODE_CONTRACT_SCHEMA = 1;

export interface NodeContract {
  readonly schema: typeof NODE_CONTRACT_SCHEMA;
  readonly pool: PoolName;
  /** Nodes of the pool in one cell. */
  readonly nodes: number;
  /** What it is bought as, and the least that it must be. */
  readonly machine: { readonly shape: string; readonly cores: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** Value of the label, and of the taint with effect NoSchedule; left out where an environment keeps no pools apart. */
  readonly poolLabel?: { readonly key: string; readonly value: string };
  readonly kernelAtLeast: string;
  readonly kubernetesAtLeast: string;
  /** Connections that a node is tuned for; 0 for a pool that holds none. */
  readonly connections: number;
  readonly settings: readonly NodeSetting[];
  /** LimitNOFILE of the container runtime. */
  readonly runtimeFiles: number;
  readonly kubelet: {
    readonly allowedUnsafeSysctls: readonly string[];
    readonly podPidsLimit: number;
    readonly reservedCores: number;
    readonly reservedMemoryBytes: number;
  };
}

/** Since 5.14 handshakes move to another edge when one ends (tcp_migrate_req). */
const KERNEL_AT_LEAST = '5.14';
/**
 * Since 1.32 a pod may set its socket buffers without the kubelet's allowance; since 1.35 an autoscaler may be told its tolerance
 * (kube_features.go: HPAConfigurableTolerance), without which one box of a dozen would have no relay.
 */
const KUBERNETES_AT_LEAST = '1.35';
/** What the runtime had before it kept systemd's 524,288, and the most that fs.nr_open allows by itself. */
const USUAL_FILES = 1_048_576;
/** Ids of a pod's threads that are always granted: the table's need is small, a crash loop's remains are not. */
const USUAL_POD_PROCESSES = 4_096;

/** Databases map files: each of their documents asks for so many, whatever the number of connections. */
const MAPPINGS: Partial<Record<PoolName, { readonly value: number; readonly why: string }>> = {
  cassandra: { value: 1_048_575, why: 'Cassandra maps each of its data files in parts' },
  kafka: { value: 262_144, why: 'Kafka maps two indexes of each segment of each partition' },
};

export function nodeContract(pool: PoolName, cell: CellSizes, environment: Environment): NodeContract {
  const machine = cell.pools[pool];
  const { connections, shape } = loadOf(pool, cell);
  const { poolLabel, reservedCores, reservedMemoryBytes } = environment.nodes;
  const runtimeFiles = Math.max(USUAL_FILES, roundUp(hostLimit('containerRuntimeFiles')!.needed(connections, shape)));
  return {
    schema: NODE_CONTRACT_SCHEMA,
    pool,
    nodes: machine.count,
    machine: { shape: machine.shape, cores: machine.shapeCores, memoryBytes: machine.shapeMemoryBytes, diskBytes: machine.diskBytes },
    ...(poolLabel === '' ? {} : { poolLabel: { key: poolLabel, value: pool } }),
    kernelAtLeast: KERNEL_AT_LEAST,
    kubernetesAtLeast: KUBERNETES_AT_LEAST,
    connections,
    settings: settingsOf(pool, connections, shape, runtimeFiles),
    runtimeFiles,
    kubelet: {
      allowedUnsafeSysctls: connections > 0 ? UNSAFE_POD_SYSCTLS : [],
      podPidsLimit: Math.max(USUAL_POD_PROCESSES, roundUp(hostLimit('cgroupProcesses')!.needed(connections, shape))),
      reservedCores,
      reservedMemoryBytes,
    },
  };
}

/** The box of a gateway's node, or the load engine of its pool; the others hold no clients. An edge, or a worker, for each core. */
export function loadOf(pool: PoolName, cell: CellSizes): { readonly connections: number; readonly shape: BoxShape } {
  const { gateway, loadgen } = cell;
  const cores = coresOf(cell.pools[pool]);
  const shape: BoxShape = { ...DEFAULT_SHAPE, cores, tls: true, heartbeatSeconds: gateway.heartbeatSeconds };
  if (pool === 'gateway')
    return {
      connections: gateway.connectionsMost,
      shape: { ...shape, edges: cores, connectionsPerSecond: Math.ceil(gateway.admissionsPerSecond) },
    };
  if (pool !== 'loadgen') return { connections: 0, shape };
  const boxes = Math.max(1, loadgen.boxesForCell);
  return {
    connections: Math.ceil(loadgen.connections / boxes),
    shape: {
      ...shape,
      workers: cores,
      // The other ends are on other machines; as many here would be no more than these.
      edges: cores,
      // Each gateway is an address of its own.
      destinationAddresses: Math.max(1, gateway.gateways),
      connectionsPerSecond: Math.ceil(loadgen.connectsPerSecond / boxes),
    },
  };
}

function coresOf(pool: NodePool): number {
  return Math.max(1, Math.floor(pool.shapeCores));
}

function settingsOf(pool: PoolName, connections: number, shape: BoxShape, runtimeFiles: number): readonly NodeSetting[] {
  const mappings = MAPPINGS[pool];
  if (connections === 0) return mappings === undefined ? [] : [mappingSetting(mappings)];
  // No unit may ask for more files than the kernel lets a process have.
  return nodeSettings(connections, shape).map((setting) =>
    setting.limit === 'nrOpen' ? { ...setting, value: String(Math.max(Number(setting.value), runtimeFiles)) } : setting,
  );
}

function mappingSetting({ value, why }: { readonly value: number; readonly why: string }): NodeSetting {
  return { name: 'vm.max_map_count', value: String(value), when: 'below', limit: 'memoryMappings', why };
}
