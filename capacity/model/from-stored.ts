/**
 * A cluster that exists gives bytes on its disks, in which replicas and row overhead already are; the workload has bytes of
 * bodies, as clients sent them. Both ways between the two, so that neither is ever multiplied by replicas twice.
 */
import type { CoefficientNumbers } from './coefficients.ts';
import { demandOf } from './demand.ts';
import { logicalBytes, type StoredBytes, stored } from './stored-bytes.ts';
import type { WorkloadNumbers } from './workload.ts';

/** What all disks grow by on a day. */
export function storedBytesPerDay(workload: WorkloadNumbers, c: CoefficientNumbers): StoredBytes {
  const row = workload.bodyBytes * c.cassandraBodyCompression + workload.mediaShare * workload.mediaBytes + c.cassandraRowBytes;
  return stored(logicalBytes(demandOf(workload).messagesPerDay * row), 1, c.cassandraReplicas);
}

/** The mean body with which the disks grow so much; 0 or below where the rows alone take more. */
export function bodyBytesOf(measured: StoredBytes, workload: WorkloadNumbers, c: CoefficientNumbers): number {
  const row = measured / c.cassandraReplicas / demandOf(workload).messagesPerDay;
  return (row - c.cassandraRowBytes - workload.mediaShare * workload.mediaBytes) / c.cassandraBodyCompression;
}
