/**
 * A sheet whose rows carry the model's own names, as `parley sheet new` writes them: row of a plan or quantity of the workload → key
 * of the relations. What the model knows and the relations do not is known all the same: its reason for not being checked is another.
 */
import { DEFAULT_COEFFICIENTS } from '../../model/coefficients.ts';
import type { Quantity } from '../../model/quantity.ts';
import { DEFAULT_WORKLOAD } from '../../model/workload.ts';
import { QUANTITIES } from './quantity-names.ts';

const KEYS: Readonly<Record<string, string>> = {
  'demand.connections': 'connection',
  'demand.messagesPerDay': 'message/t',
  'demand.meanSendsPerSecond': 'message/t',
  'demand.sendsPerSecond': 'message/t^peak',
  'demand.peakFactor': 'factor:peak',
  'demand.heartbeatsPerSecond': 'heartbeat/t',
  'demand.connectsPerSecond': 'connect/t',
  'demand.storedLogicalBytesPerDay': 'bytes:logical/t',
  'cells.cells': 'cell',
  'gateway.gatewaysPerCell': 'gateway@cell',
  'gateway.gateways': 'gateway',
  'gateway.connections': 'connection@gateway',
  'gateway.bytesPerConnection': 'bytes:memory@connection',
  'gateway.memoryBytes': 'bytes:ram@gateway',
  'cost.usdPerMonth': 'cost/t',
  sessionSeconds: 'time:session',
};

/** `gateway.connections`, `kafka.brokersPerCell`: a part of the model and a quantity of it. */
const ROW_OF_PLAN =
  /^(gateway|relay|kafka|dispatch|cassandra|redis|push|prekeys|observability|loadgen|demand|cells|fleet|cost|storm|machines)\.[a-z]\w*$/;

/** A key or a name for `askedClaim`; undefined where the model has it and the relations do not; null where it is no name of the model. */
export function keyOfId(id: string): string | undefined | null {
  if (Object.hasOwn(KEYS, id)) return KEYS[id];
  if (Object.hasOwn(DEFAULT_WORKLOAD, id)) return Object.hasOwn(QUANTITIES, id) ? id : undefined;
  if (Object.hasOwn(DEFAULT_COEFFICIENTS, id) || ROW_OF_PLAN.test(id)) return undefined;
  return null;
}

/** The quantity of workload or coefficients that an id names. */
export function inputOfId(id: string): { readonly of: 'workload' | 'coefficients'; readonly quantity: Quantity } | undefined {
  if (Object.hasOwn(DEFAULT_WORKLOAD, id)) return { of: 'workload', quantity: DEFAULT_WORKLOAD[id as keyof typeof DEFAULT_WORKLOAD] };
  if (!Object.hasOwn(DEFAULT_COEFFICIENTS, id)) return undefined;
  return { of: 'coefficients', quantity: DEFAULT_COEFFICIENTS[id as keyof typeof DEFAULT_COEFFICIENTS] };
}
