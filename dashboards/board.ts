/**
 * What a dashboard is here, as data: panels with queries, a unit, and lines at what the plan says. A board knows its own file, so
 * that a mistake can be named with its place. Ids are written down and never counted: a link to a panel stays good.
 */

/** A number that the plan stands behind: rows multiplied, divided by others. Names only, so that a check can hold them to the plan. */
export interface PlanValue {
  readonly rows: readonly string[];
  readonly dividedBy?: readonly string[];
  /** A share of it: `0.8` of what a gateway may hold. */
  readonly times?: number;
}

export interface PlanLine extends PlanValue {
  readonly label: string;
}

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  /** Unique in its board, for ever. */
  readonly id: number;
  readonly title: string;
  /** What it is good for: what is seen when all is well, and when not. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly lines?: readonly PlanLine[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Where it is written. */
  readonly file: string;
  /** A variable `gateway`: one pod, or all. */
  readonly oneGateway?: boolean;
  readonly panels: readonly Panel[];
}

/** Of values, as Grafana names them. */
export const UNITS = [
  'bytes',
  'Bps',
  's',
  'ms',
  'percentunit',
  'suffix: connections',
  'suffix: connections/s',
  'suffix: heartbeats/s',
  'suffix: messages',
  'suffix: messages/s',
  'suffix: messages/request',
  'suffix: deliveries/s',
  'suffix: records',
  'suffix: records/s',
  'suffix: requests',
  'suffix: requests/s',
  'suffix: commands',
  'suffix: commands/s',
  'suffix: frames/s',
  'suffix: routes/s',
  'suffix: users/s',
  'suffix: pairs',
  'suffix: edges',
  'suffix: partitions',
  'suffix: processes',
  'suffix: cores',
  'suffix: compactions',
  'suffix: runs',
  'suffix: starts',
  'suffix: notices',
  'suffix: notices/s',
  'suffix: times/s',
  'suffix: ids',
  'suffix: series',
  'suffix: routes',
  'suffix: requests/message',
  'suffix: records/message',
  'suffix: records/request',
  'suffix: commands/message',
  'suffix: deliveries/message',
] as const;
export type Unit = (typeof UNITS)[number];

/** Rows of a plan by their id. */
export type PlanRows = ReadonlyMap<string, number>;

/** Undefined when a row is missing or is no number. */
export function planValue({ rows, dividedBy = [], times = 1 }: PlanValue, plan: PlanRows): number | undefined {
  let value = times;
  for (const row of rows) value *= plan.get(row) ?? Number.NaN;
  for (const row of dividedBy) value /= plan.get(row) ?? Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
