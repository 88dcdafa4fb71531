/**
 * Which row of a plan says the same as a row of the sheet, and which quantities of a sheet are the workload of a plan. Plans count per
 * second and in bytes, as claims do, but for what their units say.
 */
import { makePlan } from '../../model/make-plan.ts';
import type { Plan, PlanResult } from '../../model/plan.ts';
import { UNITS } from '../../model/unit.ts';
import { DEFAULT_WORKLOAD, type Workload, type WorkloadKey } from '../../model/workload.ts';
import type { Claim } from './claim.ts';

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
  const row = ROWS[claim.key];
  const found = row === undefined ? undefined : plan.rows.find((one) => one.id === row.id);
  if (row === undefined || found === undefined) return undefined;
  const by = UNITS[found.unit].factor * (row.ofCell === true ? plan.cells : 1);
  return { id: found.id, value: found.value * by, low: found.low * by, high: found.high * by };
}

/** The plan for what the sheet claims of its workload; the rest as the model's default has it. */
export function planOfSheet(claims: readonly Claim[]): PlanResult {
  const workload: Record<string, Workload[WorkloadKey]> = { ...DEFAULT_WORKLOAD };
  for (const claim of claims) {
    const name = WORKLOAD_OF[claim.key];
    if (name === undefined || !(claim.value > 0)) continue;
    const { unit } = DEFAULT_WORKLOAD[name];
    const each = (value: number) => value / UNITS[unit].factor;
    const source = { kind: 'chosen', why: `the sheet, ${claim.figure.place}` } as const;
    workload[name] = { ...DEFAULT_WORKLOAD[name], low: each(claim.value), mid: each(claim.value), high: each(claim.value), source };
  }
  return makePlan({ workload: workload as Workload });
}
