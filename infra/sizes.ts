/**
 * What stacks take from a plan: sizes of one cell and of the machines under it, plain numbers. `readSizes` (read-sizes.ts) makes
 * them from `parley plan --json`; every number there is a row, a coefficient or a quantity of the workload, so that a stack that no
 * longer matches can be told by its row.
 */
import type { Environment } from './environment.ts';
import type { Manifest } from './manifest.ts';

/** Pools of nodes: a component of the plan that has machines of its own. */
export const POOLS = ['gateway', 'kafka', 'dispatch', 'cassandra', 'redis', 'push', 'observability', 'loadgen'] as const;
export type PoolName = (typeof POOLS)[number];

/** The nodes of one pool in one cell: what they are bought as, and what one pod that has such a node for itself may ask for. */
export interface NodePool {
  readonly count: number;
  /** Name in the list of machine shapes: the cheapest that carries the plan's machine and what is reserved on a node. */
  readonly shape: string;
  readonly shapeCores: number;
  readonly shapeMemoryBytes: number;
  /** What the plan asks for. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly networkBytesPerSecond: number;
  /** Of the disk: of the machine itself, or attached; '' where there is none. */
  readonly storageClass: string;
  /** All processors and memory that pods of the plan's part may ask for on one node: the plan's, less what is reserved. */
  readonly podCores: number;
  readonly podMemoryBytes: number;
}

export interface PartitionCounts {
  readonly messages: number;
  readonly receipts: number;
  readonly deliveries: number;
}

export interface CellSizes {
  readonly cell: {
    readonly number: number;
    /** `cell-007`: in names of stacks, contexts, states. Inside a cluster nothing needs it but labels and settings. */
    readonly name: string;
    readonly region: string;
    readonly zones: readonly string[];
    /** In the whole plan. */
    readonly cells: number;
  };
  readonly pools: Readonly<Record<PoolName, NodePool>>;
  readonly gateway: {
    readonly gateways: number;
    /** At the peak, all gateways there. */
    readonly connections: number;
    /** With a zone lost or an upgrade under way, whichever is more: what memory is sized for. */
    readonly connectionsFull: number;
    /** That a box may hold at most: the setting maxConnections. */
    readonly connectionsMost: number;
    readonly admissionsPerSecond: number;
    readonly memoryBytes: number;
    readonly bytesPerConnection: number;
    readonly cores: number;
    /** Processors of the relay that are busy, and of the whole box, at the peak. */
    readonly relayBusyCores: number;
    readonly busyCores: number;
    readonly heartbeatSeconds: number;
    /** Share of a part's machines that may be out at once in an upgrade. */
    readonly upgradeShare: number;
    readonly stormShare: number;
    readonly stormSeconds: number;
  };
  readonly kafka: {
    readonly brokers: number;
    readonly replicas: number;
    readonly partitions: PartitionCounts;
    readonly retentionDays: PartitionCounts;
    /** Records at the peak, once. */
    readonly bytesPerSecond: number;
    readonly storedBytes: number;
  };
  readonly dispatch: {
    readonly boxes: number;
    readonly messageProcesses: number;
    readonly receiptProcesses: number;
    /** Of all processes of the cell. */
    readonly memoryBytes: number;
  };
  readonly cassandra: {
    readonly nodes: number;
    readonly replicas: number;
    readonly nodeBytes: number;
    readonly nodeDiskBytes: number;
    readonly nodeMemoryBytes: number;
  };
  readonly redis: {
    readonly primaries: number;
    readonly replicasPerPrimary: number;
    /** All keys, once. */
    readonly memoryBytes: number;
    /** Share of a node's memory that keys may fill. */
    readonly memoryUse: number;
  };
  readonly push: {
    readonly boxes: number;
    readonly connections: number;
    readonly noticesPerSecond: number;
  };
  readonly observability: {
    readonly servers: number;
    readonly replicas: number;
    readonly series: number;
    readonly scrapeSeconds: number;
    readonly retentionDays: number;
    readonly storedBytes: number;
  };
  /** Numbers of the plan that alerts and the lines of boards are made of, by the names that they use. */
  readonly watched: ReadonlyMap<string, number>;
  readonly loadgen: {
    readonly boxesForCell: number;
    readonly boxesForGateway: number;
    readonly addressesForGateway: number;
    readonly connectionsPerAddressPair: number;
    readonly connectsPerSecond: number;
    /** Of the connections of one gateway, at the peak. */
    readonly gatewaySendsPerSecond: number;
    readonly memoryBytes: number;
    /** Connections of a cell at the peak. */
    readonly connections: number;
  };
}

/** A stack's objects: pure, the same for the same cell, and for two cells different in their names and numbers only. */
export type StackObjects = (cell: CellSizes, environment: Environment) => readonly Manifest[];

export function cellName(number: number): string {
  return `cell-${String(number).padStart(3, '0')}`;
}
