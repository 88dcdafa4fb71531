/**
 * Which of a part's limits asks for the most machines. Needs are fractions of machines; they are rounded up once, by
 * `machinesInZones` or `wholeMachines`. Processors are asked for with the headroom that queueing, a lost zone and an upgrade want.
 */
import { amount } from './amount.ts';
import { headroomOf } from './headroom.ts';

export interface Need {
  /** In words of the rows: "processor", "disk". */
  readonly of: string;
  /** Before rounding. */
  readonly machines: number;
  readonly why: () => string;
}

export function largestNeed(needs: readonly Need[]): Need {
  return needs.reduce((left, right) => (right.machines > left.machines ? right : left));
}

export function wholeMachines(machines: number): number {
  return Math.max(1, Math.ceil(machines - 1e-9));
}

/** As many in each zone, at least one. */
export function machinesInZones(machines: number, zones: number): number {
  return zones * Math.max(1, Math.ceil(machines / zones - 1e-9));
}

export interface ProcessorWork {
  readonly what: string;
  /** Processors busy in the mean of the peak, in the cell. */
  readonly cores: number;
  readonly usPerOperation: number;
  readonly coresPerMachine: number;
  /** A lost machine's work goes to a replica that has none yet. */
  readonly replicated?: boolean;
}

interface HeadroomNumbers {
  readonly headroomBurst: number;
  readonly headroomPauseMs: number;
  readonly headroomLatencyMs: number;
  readonly upgradeShare: number;
}

/** Machines for so many busy processors, with the headroom of `headroomOf`. */
export function coresNeed(work: ProcessorWork, cell: { readonly zones: number }, c: HeadroomNumbers): Need {
  const headroom = headroomOf({
    cores: work.cores,
    stormCores: 0,
    coresPerMachine: work.coresPerMachine,
    serviceSeconds: Math.max(work.usPerOperation / 1e6, c.headroomPauseMs / 1e3),
    latencySeconds: c.headroomLatencyMs / 1e3,
    burst: c.headroomBurst,
    zones: cell.zones,
    upgradeShare: c.upgradeShare,
    replicated: work.replicated === true,
  });
  return {
    of: work.what,
    machines: headroom.machines,
    why: () =>
      `${amount(work.cores)} processors busy × ${amount(c.headroomBurst)} burst ÷ (${amount(headroom.utilisationMost)} × ${amount(work.coresPerMachine)}), ${headroom.binding}`,
  };
}

/**
 * Processors of each of so many machines: the fewest at which waiting keeps to its objective, and no more than the largest that
 * is bought. Fewer processors share a queue less well, so it is not the quotient.
 */
export function coresOfEach(
  work: ProcessorWork,
  machines: number,
  least: number,
  cell: { readonly zones: number },
  c: HeadroomNumbers,
): number {
  let [low, high] = [Math.min(least, work.coresPerMachine), work.coresPerMachine];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (coresNeed({ ...work, coresPerMachine: middle }, cell, c).machines <= machines * (1 + 1e-9)) high = middle;
    else low = middle + 1;
  }
  return low;
}
