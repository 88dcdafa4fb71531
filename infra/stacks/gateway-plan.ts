/**
 * The numbers of a gateway's pods, from a cell's sizes: how many connections a box may take, how fast it lets go of them, how
 * long it is given for that, and how its node's processors and memory are shared between edges and relay. Pure arithmetic.
 */
import { closesPerSecond as closesWithin, closeSeconds as secondsToClose } from '../../capacity/drain/rolling.ts';
import type { Environment } from '../environment.ts';
import type { CellSizes } from '../sizes.ts';

export interface GatewayPlan {
  /** Processes that share the port, told to the box and to its relay. */
  readonly edges: number;
  /** What the memory of the edges' pod is sized for; the box refuses more. */
  readonly maxConnections: number;
  readonly admissionsPerSecond: number;
  /** Gateways that may drain at once: the disruption budget, and one rolling update. */
  readonly drainsAtOnce: number;
  readonly closesPerSecond: number;
  /** While a load balancer still sends new connections to a target that is going. */
  readonly deregistrationSeconds: number;
  readonly drainSeconds: number;
  readonly graceSeconds: number;
  /** From ready to the next drain: the time in which the clients of the last one are back. */
  readonly minReadySeconds: number;
  /** What an autoscaler aims at: the plan's connections of a gateway at the peak, with everything there. */
  readonly targetConnections: number;
  readonly leastGateways: number;
  /** A partition of deliveries each; more gateways need another generation of topics. */
  readonly mostGateways: number;
  readonly relay: { readonly cores: number; readonly memoryBytes: number; readonly pendingBytes: number };
  readonly edgesPod: { readonly cores: number; readonly memoryBytes: number };
}

/** Time beside the paced closes: the last frames are read, processes end (supervisor: 15 s), the kubelet looks. */
const DRAIN_SLACK_SECONDS = 15;
const STOP_SLACK_SECONDS = 30;
/** Faster than this gains nothing: the next box would be drained a few seconds earlier. */
const MOST_CLOSES_PER_SECOND = 2_000;
/** A relay with the clients of Kafka, Cassandra and Redis (capacity: dispatchProcessBytes), and per session (README: 90 B). */
const RELAY_PROCESS_BYTES = 190_000_000;
const RELAY_BYTES_PER_SESSION = 90;
const RELAY_PENDING_BYTES = 67_108_864;
/** For what tunes and watches the node beside the two. */
export const NODE_AGENTS = { cores: 0.02, memoryBytes: 100_000_000 };

export function gatewayPlan(cell: CellSizes, environment: Environment): GatewayPlan {
  const { gateway, pools, kafka } = cell;
  const { podCores, podMemoryBytes } = pools.gateway;
  const drainsAtOnce = Math.max(1, Math.floor(gateway.gateways * gateway.upgradeShare));
  const staying = Math.max(1, gateway.gateways - drainsAtOnce);
  const admissionsPerSecond = Math.max(1, Math.ceil(gateway.admissionsPerSecond));
  const closesPerSecond = Math.min(MOST_CLOSES_PER_SECOND, closesWithin(staying, admissionsPerSecond, drainsAtOnce));
  const maxConnections = Math.max(1, Math.ceil(gateway.connectionsFull));
  const closeSeconds = Math.ceil(secondsToClose(maxConnections, closesPerSecond));
  const { deregistrationSeconds } = environment.loadBalancer;
  const drainSeconds = closeSeconds + DRAIN_SLACK_SECONDS;
  const relayMemoryBytes = RELAY_PROCESS_BYTES + RELAY_PENDING_BYTES + RELAY_BYTES_PER_SESSION * maxConnections;
  const relayCores = podCores * (gateway.relayBusyCores / Math.max(gateway.busyCores, gateway.relayBusyCores));
  return {
    edges: Math.max(1, Math.floor(gateway.cores)),
    maxConnections,
    admissionsPerSecond,
    drainsAtOnce,
    closesPerSecond,
    deregistrationSeconds,
    drainSeconds,
    graceSeconds: deregistrationSeconds + drainSeconds + STOP_SLACK_SECONDS,
    minReadySeconds: Math.max(10, closeSeconds),
    targetConnections: Math.max(1, Math.floor(gateway.connections)),
    leastGateways: Math.min(gateway.gateways, Math.max(cell.cell.zones.length, Math.ceil(gateway.gateways / 2))),
    mostGateways: kafka.partitions.deliveries,
    relay: { cores: relayCores, memoryBytes: relayMemoryBytes, pendingBytes: RELAY_PENDING_BYTES },
    edgesPod: {
      cores: podCores - relayCores - NODE_AGENTS.cores,
      memoryBytes: podMemoryBytes - relayMemoryBytes - NODE_AGENTS.memoryBytes,
    },
  };
}
