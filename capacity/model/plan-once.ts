/**
 * One plan from plain numbers: demand, then gateways, cells and every component in turn; more cells where a cluster would pass
 * what it bears. Plain arithmetic; the intervals of a plan are many of these.
 */

import { amount } from './amount.ts';
import { cassandraPlan } from './cassandra.ts';
import {
  abroadRecordsPerSecond,
  type CellChoice,
  cellOf,
  cellsAfter,
  cellsFor,
  clusterLoads,
  lostShareMost,
  tooManyCells,
} from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import { type ComponentPlan, type Infeasible, isInfeasible, type PlanRow } from './component.ts';
import { type Demand, demandOf } from './demand.ts';
import { demandRows } from './demand-rows.ts';
import { dispatchPlan } from './dispatch.ts';
import { gatewayPlan, gatewaySize } from './gateway.ts';
import { kafkaPlan } from './kafka.ts';
import { loadgenPlan } from './loadgen.ts';
import { observabilityPlan } from './observability.ts';
import { planRow } from './plan-row.ts';
import { prekeysPlan } from './prekeys.ts';
import { pushPlan } from './push.ts';
import { redisPlan } from './redis.ts';
import { relayPlan } from './relay.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface OncePlan {
  readonly demand: Demand;
  readonly choice: CellChoice;
  readonly parts: readonly ComponentPlan[];
  readonly rows: readonly PlanRow[];
}

/** In the order of the message's way. */
const COMPONENTS = [gatewayPlan, relayPlan, kafkaPlan, dispatchPlan, cassandraPlan, redisPlan, pushPlan, prekeysPlan, loadgenPlan] as const;

const ROUNDS = 32;
/** Between a number of cells that is too small and one that is enough: how near they are brought together. */
const NEAR_ENOUGH = 1.03;

export function planOnce(workload: WorkloadNumbers, coefficients: CoefficientNumbers): OncePlan | Infeasible {
  const demand = demandOf(workload);
  const size = gatewaySize(workload, coefficients, demand);
  const plan = (choice: CellChoice) => partsOf(workload, coefficients, demand, choice);
  let choice = cellsFor(workload, coefficients, size.gateways);
  let tooFew: CellChoice | undefined;
  let parts: readonly ComponentPlan[] | undefined;
  for (let round = 0; round < ROUNDS && parts === undefined; round++) {
    const refused = tooManyCells(choice);
    if (refused !== undefined) return refused;
    const tried = plan(choice);
    if (isInfeasible(tried)) {
      // A bus that never suffices for so much does for half of it, and has fewer brokers then, which a relay's requests are filled for.
      if (tried.component !== 'kafka' && tried.component !== 'relay') return tried;
      tooFew = choice;
      choice = { cell: cellOf(2 * choice.cell.cells, workload, size.gateways), binding: 'brokers whose requests are full' };
      continue;
    }
    const next = cellsAfter(choice, tried, workload, coefficients, size.gateways);
    if (next === choice) parts = tried;
    else {
      tooFew = choice;
      choice = next;
    }
  }
  if (parts === undefined) {
    return {
      component: 'cells',
      infeasible: `no number of cells up to ${choice.cell.cells} brings each cluster below what it bears; ${choice.binding} is left`,
      change: `a larger limit of ${choice.binding}, or less load for each user`,
    };
  }
  // Scaling may overshoot, since smaller cells batch less than what it scaled from: halve towards the last that was too few.
  while (tooFew !== undefined && choice.cell.cells / tooFew.cell.cells > NEAR_ENOUGH) {
    const cells = Math.ceil(Math.sqrt(choice.cell.cells * tooFew.cell.cells) / workload.regions) * workload.regions;
    if (cells >= choice.cell.cells || cells <= tooFew.cell.cells) break;
    const between = { cell: cellOf(cells, workload, size.gateways), binding: choice.binding };
    const tried = plan(between);
    if (isInfeasible(tried)) tooFew = between;
    else if (cellsAfter(between, tried, workload, coefficients, size.gateways) === between) {
      choice = between;
      parts = tried;
    } else tooFew = between;
  }
  const rows = [...demandRows(workload, demand), ...cellRows(choice, parts, demand, coefficients), ...parts.flatMap((part) => part.rows)];
  return { demand, choice, parts, rows };
}

function partsOf(
  workload: WorkloadNumbers,
  coefficients: CoefficientNumbers,
  demand: Demand,
  choice: CellChoice,
): readonly ComponentPlan[] | Infeasible {
  const parts: ComponentPlan[] = [];
  for (const component of COMPONENTS) {
    const part = component(workload, coefficients, demand, choice.cell);
    if (isInfeasible(part)) return part;
    parts.push(part);
  }
  parts.push(observabilityPlan(coefficients, choice.cell, parts));
  return parts;
}

function cellRows(choice: CellChoice, parts: readonly ComponentPlan[], demand: Demand, c: CoefficientNumbers): PlanRow[] {
  const { cell, binding } = choice;
  const loads = clusterLoads(parts, c);
  return [
    planRow(
      'cells.cells',
      'cells',
      cell.cells,
      'cells',
      () => `set by ${binding}; ${loads.map((load) => `${load.what} ${amount(load.value)} of ${amount(load.most)}`).join(', ')}`,
    ),
    planRow(
      'cells.usersShare',
      'share of users that the loss of a cell touches',
      cell.share,
      '1',
      () => `1 ÷ ${cell.cells}, of ${amount(lostShareMost(c, demand.connections))} allowed`,
    ),
    planRow(
      'cells.machines',
      'machines of a cell',
      loads[0]!.value,
      'nodes',
      () => `of ${amount(loads[0]!.most)} that one Kubernetes cluster bears, load generators not counted`,
    ),
    planRow(
      'cells.abroadRecordsPerSecond',
      'records from a conversation’s cell to another’s bus',
      abroadRecordsPerSecond(cell, demand, c),
      'records/s',
      () =>
        `${amount(demand.sendsPerSecond)} × ${amount(demand.recipientsPerMessage)} recipients, of whom ${amount(c.cellLocality)} live in the conversation’s cell by choice`,
    ),
  ];
}
