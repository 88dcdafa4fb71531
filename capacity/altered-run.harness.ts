/** Records that say something else than they did: for tests of what is concluded from them. */
import { boundsOf, bucketOf, Histogram, SUB_BUCKET_BITS } from './histogram.ts';
import type { LatencyHistogram, LatencyName, RunRecord } from './run-record.ts';

/** `samples`: how many latencies there are now. */
export function withLedger(
  record: RunRecord,
  changes: Partial<RunRecord['ledger']>,
  samples: Partial<Record<LatencyName, number>> = {},
): RunRecord {
  const ledger = { ...record.ledger, ...changes };
  const latencies = record.latencies.map((one) => (samples[one.name] === undefined ? one : resized(one, samples[one.name]!)));
  return { ...record, ledger, latencies };
}

/** From the fullest bucket, so that no count falls below zero. */
function resized(one: LatencyHistogram, count: number): LatencyHistogram {
  const buckets = [...one.buckets];
  const fullest = buckets.reduce((best, value, at) => (at % 2 === 1 && value > buckets[best]! ? at : best), 1);
  buckets[fullest] = buckets[fullest]! + count - one.count;
  const { fromUs } = boundsOf(buckets[fullest - 1]!, one.subBucketBits);
  return { ...one, count, buckets, sumUs: one.sumUs + (count - one.count) * fromUs };
}

/** All of its latencies are one. */
export function withLatency(record: RunRecord, name: LatencyName, us: number): RunRecord {
  return withLatencies(record, name, () => us);
}

/** Each of its latencies becomes what `change` makes of it, by the lower end of its bucket. */
export function withLatencies(record: RunRecord, name: LatencyName, change: (us: number) => number): RunRecord {
  const latencies = record.latencies.map((one) => {
    if (one.name !== name) return one;
    const changed = new Histogram(name);
    for (let at = 0; at < one.buckets.length; at += 2) {
      const us = Math.round(change(boundsOf(one.buckets[at]!, one.subBucketBits).fromUs));
      const count = one.buckets[at + 1]!;
      const index = bucketOf(us, SUB_BUCKET_BITS);
      changed.add({ name, subBucketBits: SUB_BUCKET_BITS, count, minUs: us, maxUs: us, sumUs: us * count, buckets: [index, count] });
    }
    return changed.toRecord();
  });
  return { ...record, latencies };
}

export function atSample(record: RunRecord, at: number, changes: Partial<RunRecord['samples'][number]>): RunRecord {
  return { ...record, samples: record.samples.map((sample, index) => (index === at ? { ...sample, ...changes } : sample)) };
}
