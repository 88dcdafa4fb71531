/**
 * Which row of a plan says the same as a row of the sheet, and which quantities of a sheet are the workload of a plan. Plans count per
 * second and in bytes, as claims do, but for what their units say.
 */
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../../model/coefficients.ts';
import { costRowsOf } from '../../model/cost.ts';
import { makePlan } from '../../model/make-plan.ts';
import type { Plan, PlanResult } from '../../model/plan.ts';
import type { PriceList } from '../../model/prices.ts';
import type { Quantity } from '../../model/quantity.ts';
import { type Dimension, UNITS, type Unit } from '../../model/unit.ts';
import { DEFAULT_WORKLOAD, type Workload, type WorkloadKey } from '../../model/workload.ts';
import type { Claim } from './claim.ts';
import { type Figure, type Measure, sameMeasure } from './figure.ts';
import { inputOfId } from './model-ids.ts';

/** Key of a claim → row of a plan; rows of one cell are multiplied by the cells where a sheet means the fleet. */
const ROWS: Readonly<Record<string, { readonly id: string; readonly ofCell?: true }>> = {
  connection: { id: 'demand.connections' },
  'message/t': { id: 'demand.messagesPerDay' },
  'message/t^peak': { id: 'demand.sendsPerSecond' },
  'factor:peak': { id: 'demand.peakFactor' },
  'delivery@message': { id: 'demand.deliveriesPerMessage' },
  'delivery/t^peak': { id: 'demand.deliveriesPerSecond' },
  'receipt/t^peak': { id: 'demand.receiptEventsPerSecond' },
  'heartbeat/t': { id: 'demand.heartbeatsPerSecond' },
  'push/t^peak': { id: 'demand.pushesPerSecond' },
  'bytes:logical/t': { id: 'demand.storedLogicalBytesPerDay' },
  cell: { id: 'cells.cells' },
  'connection@gateway': { id: 'gateway.connections' },
  gateway: { id: 'gateway.gateways' },
  'gateway@cell': { id: 'gateway.gatewaysPerCell' },
  'bytes:memory@connection': { id: 'gateway.bytesPerConnection' },
  'core@gateway': { id: 'gateway.cores' },
  broker: { id: 'kafka.brokersPerCell', ofCell: true },
  node: { id: 'cassandra.nodesPerCell', ofCell: true },
  shard: { id: 'redis.primariesPerCell', ofCell: true },
  'bytes:presence': { id: 'redis.memoryBytes', ofCell: true },
  'bytes:stored/t': { id: 'cassandra.logicalBytesPerDay', ofCell: true },
  'bytes:replicated/t': { id: 'cassandra.storedBytesPerDay', ofCell: true },
  'bytes:replicated': { id: 'cassandra.storedBytes', ofCell: true },
  'bytes:stored@node': { id: 'cassandra.nodeBytes' },
};

/** What a spreadsheet's own arithmetic and a number that was copied with six digits are forgiven. */
const OF_ARITHMETIC = 1e-5;

/** Key of a claim → quantity of the workload that a plan is made for. */
export const WORKLOAD_OF: Readonly<Record<string, WorkloadKey>> = {
  'user:daily': 'dailyUsers',
  connection: 'connections',
  'device@user': 'devicesPerUser',
  'message@user/t': 'messagesPerUserDay',
  'message/t^peak': 'peakSendsPerSecond',
  'bytes:body@message': 'bodyBytes',
  'time:retention': 'retentionDays',
  'time:heartbeat': 'heartbeatSeconds',
  'read/t': 'presenceReadsPerSecond',
};

export interface Planned {
  readonly id: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** In the base units of claims; undefined where the plan has no such row. */
export function plannedFor(claim: Claim, plan: Plan): Planned | undefined {
  const byId = plannedById(claim.figure, plan);
  if (byId !== undefined) return byId;
  const row = ROWS[claim.key];
  const found = row === undefined ? undefined : plan.rows.find((one) => one.id === row.id);
  if (row === undefined || found === undefined) return undefined;
  const by = UNITS[found.unit].factor * (row.ofCell === true ? plan.cells : 1);
  return { id: found.id, value: found.value * by, low: found.low * by, high: found.high * by };
}

/** The row of the plan that carries the figure's own identifier. */
export function plannedById({ id }: Figure, plan: Plan): Planned | undefined {
  const found = id === undefined ? undefined : plan.rows.find((one) => one.id === id);
  if (found === undefined) return undefined;
  const by = UNITS[found.unit].factor;
  return { id: found.id, value: found.value * by, low: found.low * by, high: found.high * by };
}

/** Identified rows whose number is not what the model makes of the sheet's own inputs: typed over, or the plan must be made anew. */
export function notOfItsInputs(figures: readonly Figure[], plan: Plan): readonly { readonly figure: Figure; readonly planned: number }[] {
  return figures.flatMap((figure) => {
    if (figure.group === 'measured') return [];
    const planned = plannedById(figure, plan)?.value;
    return planned === undefined || Math.abs(figure.value - planned) <= OF_ARITHMETIC * Math.abs(planned) ? [] : [{ figure, planned }];
  });
}

/** The plan for what the sheet claims of its workload; the rest as the model's default has it. With the sheet's own prices it has costs. */
export function planOfSheet(claims: readonly Claim[], figures: readonly Figure[] = [], prices?: PriceList): PlanResult {
  const workload: Record<string, Quantity> = { ...DEFAULT_WORKLOAD };
  const coefficients: Record<string, Quantity> = { ...DEFAULT_COEFFICIENTS };
  for (const claim of claims) {
    const name = WORKLOAD_OF[claim.key];
    if (name !== undefined && claim.value > 0) workload[name] = quantityOf(workload[name]!, claim.value, claim.figure, undefined);
  }
  // A sheet that carries the model's own names says all of them, with their intervals.
  for (const figure of figures) {
    const named = figure.id === undefined ? undefined : inputOfId(figure.id);
    if (named === undefined || figure.group === 'measured' || !sameMeasure(figure.measure, measureOf(named.quantity.unit))) continue;
    const table = named.of === 'workload' ? workload : coefficients;
    table[figure.id!] = quantityOf(named.quantity, figure.value, figure, figure.bounds);
  }
  return makePlan({
    workload: workload as Workload,
    coefficients: coefficients as Coefficients,
    ...(prices === undefined ? {} : { costRows: costRowsOf(prices) }),
  });
}

function quantityOf(of: Quantity, value: number, { place }: Figure, bounds: readonly [number, number] | undefined): Quantity {
  const by = UNITS[of.unit].factor;
  const [low, high] = bounds ?? [value, value];
  return { ...of, low: low / by, mid: value / by, high: high / by, source: { kind: 'chosen', why: `the sheet, ${place}` } };
}

/** What a figure of this unit measures: kinds of bytes and what is counted stand in words. */
function measureOf(unit: Unit): Measure {
  const { byte = 0, storedByte = 0, second = 0, dollar = 0 } = UNITS[unit].dimension as Dimension;
  return { bytes: byte + storedByte, seconds: second, dollars: dollar };
}
