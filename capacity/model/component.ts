/**
 * What a component of the fleet is to the model: a pure function from numbers to a plan of itself, each number with its
 * reason, or to the reason why it can't be built and what would have to change. Components never read a file or a clock,
 * and never round twice: a count is rounded up once, where it becomes machines.
 */
import type { Unit } from './unit.ts';

export type ComponentName =
  | 'gateway'
  | 'relay'
  | 'kafka'
  | 'dispatch'
  | 'cassandra'
  | 'redis'
  | 'push'
  | 'prekeys'
  | 'observability'
  | 'loadgen';

export interface PlanRow {
  /** Stable, such as `kafka.brokersPerCell`; a golden plan, a sheet and a stack name it so. */
  readonly id: `${ComponentName | 'demand' | 'cells' | 'fleet' | 'cost' | 'storm'}.${string}`;
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** How it came to be, with the numbers in it: "120,000 deliveries/s ÷ (0.6 × 9,800 a core) = 20.4 → 21". */
  readonly reason: string;
}

/** What runs on machines, for the cost and the stacks: what one of `count` needs, not what a shape that is bought would have. */
export interface Machines {
  readonly count: number;
  readonly cores: number;
  readonly memoryBytes: number;
  /** 0 for none that outlives the process. */
  readonly diskBytes: number;
  readonly networkBytesPerSecond: number;
}

export interface ComponentPlan {
  readonly component: ComponentName;
  readonly rows: readonly PlanRow[];
  /** In one cell. */
  readonly machines: Machines;
  /** Which limit sets the size, in words of the rows: "processor", "disk", "partitions", "connections in memory". */
  readonly binding: string;
}

export interface Infeasible {
  readonly infeasible: string;
  /** What would have to change, and to what: the nearest workload or coefficient that can be met. */
  readonly change: string;
  readonly component: ComponentName | 'demand' | 'cells' | 'cost';
}

export function isInfeasible(value: object): value is Infeasible {
  return 'infeasible' in value;
}
