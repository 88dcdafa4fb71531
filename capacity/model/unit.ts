/**
 * Units as types. A unit says what is counted, per what, and its factor to the base unit of that kind, so that a rate and a
 * total, logical and stored bytes, a user and a device can't be taken for each other (a sum over them is refused).
 */

/** What a quantity is made of, as exponents. `storedByte` is on a disk, replicas counted; `byte` is what a client sent. */
export type Base =
  | 'user'
  | 'device'
  | 'connection'
  | 'conversation'
  | 'message'
  | 'delivery'
  | 'receipt'
  | 'record'
  | 'request'
  | 'read'
  | 'write'
  | 'operation'
  | 'byte'
  | 'storedByte'
  | 'second'
  | 'core'
  | 'node'
  | 'gateway'
  | 'cell'
  | 'partition'
  | 'series'
  | 'sample'
  | 'dollar';

export type Dimension = Readonly<Partial<Record<Base, number>>>;

interface UnitEntry {
  readonly dimension: Dimension;
  /** Base units (seconds, bytes) that one of this is. */
  readonly factor: number;
}

export const DAY_SECONDS = 86_400;
/** A month of a price list: 730 hours. */
export const MONTH_SECONDS = 730 * 3_600;

const counted = (base: Base): UnitEntry => ({ dimension: { [base]: 1 }, factor: 1 });
const per = (base: Base, below: Base | 'day' | 'month'): UnitEntry => {
  const seconds = below === 'day' ? DAY_SECONDS : below === 'month' ? MONTH_SECONDS : undefined;
  return { dimension: { [base]: 1, [seconds === undefined ? below : 'second']: -1 }, factor: 1 / (seconds ?? 1) };
};

/** Every unit that the model uses; a new one is one line here. */
export const UNITS = {
  '1': { dimension: {}, factor: 1 },
  '%': { dimension: {}, factor: 0.01 },
  users: counted('user'),
  devices: counted('device'),
  connections: counted('connection'),
  conversations: counted('conversation'),
  messages: counted('message'),
  gateways: counted('gateway'),
  cells: counted('cell'),
  nodes: counted('node'),
  cores: counted('core'),
  partitions: counted('partition'),
  series: counted('series'),
  B: counted('byte'),
  'B stored': counted('storedByte'),
  s: counted('second'),
  ms: { dimension: { second: 1 }, factor: 1e-3 },
  us: { dimension: { second: 1 }, factor: 1e-6 },
  days: { dimension: { second: 1 }, factor: DAY_SECONDS },
  'devices/user': per('device', 'user'),
  'conversations/user': per('conversation', 'user'),
  'connections/gateway': per('connection', 'gateway'),
  'messages/s': per('message', 'second'),
  'messages/day': per('message', 'day'),
  'messages/user/day': { dimension: { message: 1, user: -1, second: -1 }, factor: 1 / DAY_SECONDS },
  'deliveries/message': per('delivery', 'message'),
  'deliveries/s': per('delivery', 'second'),
  'receipts/s': per('receipt', 'second'),
  'receipts/delivery': per('receipt', 'delivery'),
  'connections/s': per('connection', 'second'),
  'records/s': per('record', 'second'),
  'records/request': per('record', 'request'),
  'requests/s': per('request', 'second'),
  'requests/message': per('request', 'message'),
  'reads/s': per('read', 'second'),
  'writes/s': per('write', 'second'),
  'operations/s': per('operation', 'second'),
  'samples/s': per('sample', 'second'),
  'B/message': per('byte', 'message'),
  'B/connection': per('byte', 'connection'),
  'B/device': per('byte', 'device'),
  'B/user': per('byte', 'user'),
  'B/record': per('byte', 'record'),
  'B/series': per('byte', 'series'),
  'B/sample': per('byte', 'sample'),
  'B stored/message': per('storedByte', 'message'),
  'B stored/conversation': per('storedByte', 'conversation'),
  'B stored/sample': per('storedByte', 'sample'),
  'B stored/partition': per('storedByte', 'partition'),
  'B stored/node': per('storedByte', 'node'),
  'series/node': per('series', 'node'),
  'series/gateway': per('series', 'gateway'),
  'B/s': per('byte', 'second'),
  'B/day': per('byte', 'day'),
  'B stored/day': per('storedByte', 'day'),
  'us/connection': { dimension: { second: 1, connection: -1 }, factor: 1e-6 },
  'us/message': { dimension: { second: 1, message: -1 }, factor: 1e-6 },
  'us/delivery': { dimension: { second: 1, delivery: -1 }, factor: 1e-6 },
  'us/record': { dimension: { second: 1, record: -1 }, factor: 1e-6 },
  'us/partition': { dimension: { second: 1, partition: -1 }, factor: 1e-6 },
  'us/request': { dimension: { second: 1, request: -1 }, factor: 1e-6 },
  'us/operation': { dimension: { second: 1, operation: -1 }, factor: 1e-6 },
  'us/write': { dimension: { second: 1, write: -1 }, factor: 1e-6 },
  'us/read': { dimension: { second: 1, read: -1 }, factor: 1e-6 },
  'partitions/node': per('partition', 'node'),
  'gateways/cell': per('gateway', 'cell'),
  'nodes/cell': per('node', 'cell'),
  'cores/node': per('core', 'node'),
  'B/node': per('byte', 'node'),
  'USD/month': per('dollar', 'month'),
} as const satisfies Readonly<Record<string, UnitEntry>>;

export type Unit = keyof typeof UNITS;

export function sameDimension(left: Dimension, right: Dimension): boolean {
  const bases = new Set([...Object.keys(left), ...Object.keys(right)]) as Set<Base>;
  return [...bases].every((base) => (left[base] ?? 0) === (right[base] ?? 0));
}
