/**
 * Bounds of services that thresholds are taken from and that are no settings. Each names the place in the source where it is
 * written; a test reads it there.
 */
export interface Bound {
  readonly value: number;
  readonly unit: string;
  readonly file: string;
  /** The text that stands there. */
  readonly text: string;
}

const bound = (value: number, unit: string, file: string, text: string): Bound => ({ value, unit, file, text });

export const BOUNDS = {
  cassandraInFlight: bound(256, 'requests', 'services/store/cassandra-client.ts', 'const IN_FLIGHT_LIMIT = 256;'),
  pushWaiting: bound(50_000, 'notices', 'services/dispatch/offline-push.ts', 'const WAITING_LIMIT = 50_000;'),
  memoryReserveBytes: bound(400_000_000, 'bytes', 'capacity/host-limits-machine.ts', 'const MEMORY_RESERVE_BYTES = 400_000_000;'),
} as const satisfies Readonly<Record<string, Bound>>;

/** What is decided about being on call, and why. */
export interface Decision {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
}

export const ON_CALL = {
  pageSeconds: { value: 1_800, unit: 's', why: 'who is woken is at it, and has found the runbook, within half an hour' },
  startsTolerated: { value: 2, unit: 'starts', why: 'an upgrade and its way back within the hour start each process twice' },
  diskSeconds: { value: 86_400, unit: 's', why: 'a node is added and filled, or a disk grown, within a day' },
  certificateSeconds: {
    value: 7 * 86_400,
    unit: 's',
    why: 'cert-manager renews a third of the life before the end; a week is left to find out why it did not',
  },
} as const satisfies Readonly<Record<string, Decision>>;
