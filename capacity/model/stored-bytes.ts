/**
 * Bytes that clients sent and bytes that lie on disks are two kinds of number: the second already holds replicas, row overhead
 * and what compression left. A sum over both, or replicas counted twice, does not compile.
 */
declare const LOGICAL: unique symbol;
declare const STORED: unique symbol;

/** As clients sent them, once. */
export type LogicalBytes = number & { readonly [LOGICAL]: true };
/** On all disks of a cluster together, as `du` or `nodetool status` sum them up: replicas are in it. */
export type StoredBytes = number & { readonly [STORED]: true };

export function logicalBytes(value: number): LogicalBytes {
  return value as LogicalBytes;
}

/** What was measured on disks. */
export function measuredBytes(value: number): StoredBytes {
  return value as StoredBytes;
}

/** `growth`: bytes on one replica's disk over bytes sent. */
export function stored(logical: LogicalBytes, growth: number, replicas: number): StoredBytes {
  return (logical * growth * replicas) as StoredBytes;
}

/** The way back, for a sheet or a refit that has only what was measured. */
export function logicalOf(bytes: StoredBytes, growth: number, replicas: number): LogicalBytes {
  return (bytes / (growth * replicas)) as LogicalBytes;
}

/** Nodes that hold so much, before rounding. */
export function nodesFor(bytes: StoredBytes, bytesPerNode: number): number {
  return bytes / bytesPerNode;
}
