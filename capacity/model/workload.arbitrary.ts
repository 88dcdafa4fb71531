/** Workloads as fast-check draws them: each quantity over orders of magnitude, ranges that go up. For tests. */
import fc from 'fast-check';
import type { Quantity } from './quantity.ts';
import { DEFAULT_WORKLOAD, type Workload, type WorkloadNumbers } from './workload.ts';

const magnitude = (low: number, high: number) => fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);
const share = fc.double({ min: 0, max: 0.95, noNaN: true });

export const workloadNumbers: fc.Arbitrary<WorkloadNumbers> = fc.record({
  dailyUsers: magnitude(1e3, 8e9),
  connections: magnitude(1e3, 4e9),
  devicesPerUser: magnitude(1, 5),
  messagesPerUserDay: magnitude(0.1, 500),
  peakSendsPerSecond: magnitude(10, 2e7),
  groupMessageShare: share,
  meanGroupMembers: magnitude(2, 256),
  bodyBytes: magnitude(20, 5_000),
  mediaShare: fc.constant(0),
  mediaBytes: magnitude(1e3, 1e6),
  receiptsPerDelivery: magnitude(0.1, 2),
  retentionDays: magnitude(1, 4_000),
  heartbeatSeconds: magnitude(10, 1_800),
  sessionSeconds: magnitude(60, 86_400),
  presenceReadsPerSecond: magnitude(1, 5e6),
  presenceWatchesPerConnection: magnitude(0.1, 20),
  typingPerMessage: share,
  listReadsPerSession: share,
  historyReadsPerSession: magnitude(0.1, 10),
  offlineShare: share,
  stormShare: share,
  stormSeconds: magnitude(10, 3_600),
  regions: fc.integer({ min: 1, max: 5 }),
  zones: fc.integer({ min: 1, max: 4 }),
});

/** The numbers as a workload, each with a range about it. */
export function workloadOf(numbers: WorkloadNumbers, spread = 1): Workload {
  const entries = Object.entries<Quantity>(DEFAULT_WORKLOAD).map(([key, quantity]) => {
    const mid = numbers[key as keyof WorkloadNumbers];
    return [key, { ...quantity, low: mid / spread, mid, high: quantity.unit === '1' ? mid : mid * spread }];
  });
  return Object.fromEntries(entries) as Workload;
}
