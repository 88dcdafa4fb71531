/** What gateways, relays, bus, dispatch and store of a cell share: how full requests are, given the fewest brokers and the most nodes. */
import { fewestBrokers } from './bus-flow.ts';
import { type BusShape, busShape } from './bus-load.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { Demand } from './demand.ts';
import { nodeSetsOf } from './store-runs.ts';
import { nodesAtMost } from './store-work.ts';
import type { WorkloadNumbers } from './workload.ts';

interface Asked {
  readonly workload: WorkloadNumbers;
  readonly c: CoefficientNumbers;
  readonly demand: Demand;
  readonly cell: Cell;
  readonly shape: BusShape;
}

/** Its components ask for the same one after another. */
let lastAsked: Asked | undefined;

export function cellShape(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): BusShape {
  const last = lastAsked;
  if (last?.workload === workload && last.c === c && last.demand === demand && last.cell === cell) return last.shape;
  const shape = busShape(c, demand, cell, {
    fewestBrokers: fewestBrokers(workload, c, demand, cell),
    nodeSets: nodeSetsOf(c, nodesAtMost(workload, c, demand, cell)),
    bodyBytes: workload.bodyBytes,
  });
  lastAsked = { workload, c, demand, cell, shape };
  return shape;
}
