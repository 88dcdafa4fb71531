import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { boundsOf, bucketOf, Histogram, percentileUs, SUB_BUCKET_BITS } from './histogram.ts';

const microseconds = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

test('a value lies inside the bounds of its bucket, and a bucket is less than 0.8 % wide', () => {
  fc.assert(
    fc.property(microseconds, (us) => {
      const { fromUs, belowUs } = boundsOf(bucketOf(us, SUB_BUCKET_BITS), SUB_BUCKET_BITS);
      expect(fromUs).toBeLessThanOrEqual(us);
      expect(belowUs).toBeGreaterThan(us);
      expect(belowUs - fromUs).toBeLessThanOrEqual(Math.max(1, us * 0.008));
    }),
  );
});

test('buckets follow each other without a hole', () => {
  for (let index = 0; index < 3_000; index++) {
    expect(boundsOf(index + 1, SUB_BUCKET_BITS).fromUs).toBe(boundsOf(index, SUB_BUCKET_BITS).belowUs);
  }
});

test('added histograms are the histogram of all samples', () => {
  fc.assert(
    fc.property(fc.array(microseconds), fc.array(microseconds), (left, right) => {
      const whole = new Histogram('accepted');
      for (const us of [...left, ...right]) whole.record(us);
      const sum = new Histogram('accepted');
      for (const part of [left, right]) {
        const one = new Histogram('accepted');
        for (const us of part) one.record(us);
        sum.add(one.toRecord());
      }
      expect(sum.toRecord()).toEqual(whole.toRecord());
    }),
  );
});

test('a percentile is never below the exact one and at most a bucket above it', () => {
  fc.assert(
    fc.property(fc.array(microseconds, { minLength: 1 }), fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (samples, share) => {
      const histogram = new Histogram('delivered');
      for (const us of samples) histogram.record(us);
      const sorted = samples.toSorted((left, right) => left - right);
      const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1]!;
      const seen = percentileUs(histogram.toRecord(), share)!;
      expect(seen).toBeGreaterThanOrEqual(exact);
      expect(seen).toBeLessThanOrEqual(exact + Math.max(1, exact * 0.008));
    }),
  );
});

test('an empty histogram has no percentile', () => {
  expect(percentileUs(new Histogram('lateness').toRecord(), 0.5)).toBeUndefined();
});

test('a negative or missing sample is a bug of the caller, never clamped', () => {
  const histogram = new Histogram('accepted');
  expect(() => histogram.record(-1)).toThrow(RangeError);
  expect(() => histogram.record(Number.NaN)).toThrow(RangeError);
});

test('reset empties it', () => {
  const histogram = new Histogram('accepted');
  histogram.record(7);
  histogram.reset();
  expect(histogram.toRecord()).toEqual(new Histogram('accepted').toRecord());
});
