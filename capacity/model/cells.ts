/**
 * How many cells, and how large: the most that any one reason asks for. A cell is a set of gateways with a bus, dispatch, a
 * store and routes of its own; its loss touches its users only, and none of its clusters passes what such a cluster is known
 * to bear. What the clusters of a cell need is known only when the components have been planned, so `cellsAfter` is asked
 * again with what they came to: halving a cell halves it, so few rounds suffice.
 */
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible, Machines, PlanRow } from './component.ts';
import type { Demand } from './demand.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface Cell {
  /** In the whole fleet, all regions. */
  readonly cells: number;
  /** Gateways in one cell. */
  readonly gateways: number;
  /** Of the fleet's load that one cell carries: 1 / cells. */
  readonly share: number;
  readonly zones: number;
}

export interface CellChoice {
  readonly cell: Cell;
  /** Which reason asked for so many: "gateways that batch", "blast radius", "Cassandra's nodes" … */
  readonly binding: string;
}

/** From gateways and blast radius alone. `fleetGateways` is what holds all connections with their headroom. */
export function cellsFor(workload: WorkloadNumbers, coefficients: CoefficientNumbers, fleetGateways: number): CellChoice {
  const reasons: Reason[] = [
    ['regions', workload.regions],
    ['blast radius', 1 / lostShareMost(coefficients, workload.connections)],
    ['gateways that batch', fleetGateways / coefficients.gatewaysPerCellMost],
  ];
  return chosenCells(reasons, workload, fleetGateways);
}

/** Share of all users that one cell may have: the blast radius that is asked for, but a fleet is not cut below a least size of cells. */
export function lostShareMost(coefficients: CoefficientNumbers, connections: number): number {
  return Math.min(1, Math.max(coefficients.blastRadiusShare, coefficients.cellConnectionsLeast / connections));
}

/** Once more, after the components of a cell were planned; the same choice when each cluster bears what it got. */
export function cellsAfter(
  before: CellChoice,
  parts: readonly ComponentPlan[],
  workload: WorkloadNumbers,
  coefficients: CoefficientNumbers,
  fleetGateways: number,
): CellChoice {
  const over = clusterLoads(parts, coefficients).filter(({ value, most }) => value > most);
  if (over.length === 0) return before;
  const reasons = over.map(({ what, value, most }): Reason => [what, before.cell.cells * (value / most)]);
  const after = chosenCells(reasons, workload, fleetGateways);
  // Rounding up to machines can leave a share of one too many however often it is scaled: one cell more each round then.
  return after.cell.cells > before.cell.cells
    ? after
    : { ...after, cell: cellOf(before.cell.cells + workload.regions, workload, fleetGateways) };
}

export interface ClusterLoad {
  readonly what: string;
  readonly value: number;
  readonly most: number;
}

/** What each cluster of one cell would have, beside what such a cluster is known to bear. */
export function clusterLoads(parts: readonly ComponentPlan[], coefficients: CoefficientNumbers): readonly ClusterLoad[] {
  return clusterMost({ rows: parts.flatMap((part) => part.rows), components: parts }, coefficients);
}

/** The same of a plan that is data. */
export function clusterMost(
  plan: {
    readonly rows: ReadonlyArray<Pick<PlanRow, 'id' | 'value'>>;
    readonly components: ReadonlyArray<{ readonly component: string; readonly machines: Pick<Machines, 'count'> }>;
  },
  coefficients: CoefficientNumbers,
): readonly ClusterLoad[] {
  const nodes = plan.components.reduce((sum, part) => (part.component === 'loadgen' ? sum : sum + part.machines.count), 0);
  return [
    { what: 'nodes of one Kubernetes cluster', value: nodes, most: coefficients.kubernetesNodesMost },
    {
      what: 'nodes of one Cassandra cluster',
      value: plan.components.find((part) => part.component === 'cassandra')?.machines.count ?? 0,
      most: coefficients.cassandraNodesMost,
    },
    {
      what: 'partitions of one Kafka cluster',
      value: plan.rows.find((row) => row.id === 'kafka.partitionReplicasPerCell')?.value ?? 0,
      most: coefficients.kafkaPartitionsPerClusterMost,
    },
    {
      what: 'processes that decide (a partition of messages each)',
      value: plan.rows.find((row) => row.id === 'dispatch.messageProcesses')?.value ?? 0,
      most: coefficients.dispatchPartitionsMost,
    },
  ];
}

/** Share of a message's other members that live in another cell than the conversation. */
export function abroadShare(cells: number, coefficients: CoefficientNumbers): number {
  return (1 - coefficients.cellLocality) * (1 - 1 / cells);
}

/** Records that pass from a conversation's cell to another cell's bus, in the whole fleet: one per message and such cell. */
export function abroadRecordsPerSecond(cell: Cell, demand: Demand, coefficients: CoefficientNumbers): number {
  return demand.sendsPerSecond * demand.recipientsPerMessage * abroadShare(cell.cells, coefficients);
}

/** More cells than this are no plan but a mistake in the workload. */
const CELLS_MOST = 100_000;

export function tooManyCells(choice: CellChoice): Infeasible | undefined {
  if (choice.cell.cells <= CELLS_MOST) return undefined;
  return {
    component: 'cells',
    infeasible: `${choice.cell.cells} cells, set by ${choice.binding}`,
    change: `a larger limit of ${choice.binding}, or less of everything`,
  };
}

type Reason = readonly [what: string, cells: number];

function chosenCells(reasons: readonly Reason[], workload: WorkloadNumbers, fleetGateways: number): CellChoice {
  const [binding, most] = reasons.reduce((left, right) => (right[1] > left[1] ? right : left));
  const perRegion = Math.ceil(most / workload.regions - 1e-9);
  return { cell: cellOf(Math.max(1, perRegion) * workload.regions, workload, fleetGateways), binding };
}

export function cellOf(cells: number, workload: WorkloadNumbers, fleetGateways: number): Cell {
  // As many in each zone: what is left when one is lost must be known.
  const perZone = Math.ceil(fleetGateways / cells / workload.zones - 1e-9);
  return { cells, gateways: Math.max(1, perZone) * workload.zones, share: 1 / cells, zones: workload.zones };
}
