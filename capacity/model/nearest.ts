/**
 * The nearest workload that can be met, for one that can't: the same with fewer users, connections, messages and reads, all in
 * one proportion, found by halving. Undefined where less of it is no easier, such as bodies above the limit.
 */
import type { CoefficientNumbers } from './coefficients.ts';
import { isInfeasible } from './component.ts';
import { planOnce } from './plan-once.ts';
import type { WorkloadNumbers } from './workload.ts';

const LEAST = 1e-6;
const STEPS = 24;

export function nearestShare(workload: WorkloadNumbers, coefficients: CoefficientNumbers): number | undefined {
  const can = (share: number) => !isInfeasible(planOnce(partOf(workload, share), coefficients));
  if (!can(LEAST)) return undefined;
  let low = Math.log(LEAST);
  let high = 0;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (can(Math.exp(middle))) low = middle;
    else high = middle;
  }
  // To two figures, downwards: it is said to people, and what is said can be met.
  const share = Math.exp(low);
  const digit = 10 ** (Math.floor(Math.log10(share)) - 1);
  const rounded = Math.floor(share / digit) * digit;
  return can(rounded) ? rounded : share;
}

export function partOf(workload: WorkloadNumbers, share: number): WorkloadNumbers {
  return {
    ...workload,
    dailyUsers: workload.dailyUsers * share,
    connections: workload.connections * share,
    peakSendsPerSecond: workload.peakSendsPerSecond * share,
    presenceReadsPerSecond: workload.presenceReadsPerSecond * share,
  };
}
