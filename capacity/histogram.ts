/**
 * Log-linear histogram of microseconds: exact below 2^subBucketBits, then 2^(subBucketBits - 1) equal steps an octave, so
 * with 8 bits a value is off by less than 0.8 %. Histograms are added; percentiles are never averaged.
 *
 *   index < 2^b:  value = index                       (step 1)
 *   otherwise:    g = floor(index / 2^(b-1)) - 1      octave above the exact part
 *                 value = (index - g · 2^(b-1)) · 2^g (lower bound of a step of 2^g)
 */
import type { LatencyHistogram, LatencyName } from './run-record.ts';

export const SUB_BUCKET_BITS = 8;
/** An hour and more; larger values count in the last bucket, and `maxUs` keeps the truth. */
export const LARGEST_US = 2 ** 32 - 1;

export class Histogram {
  readonly name: LatencyName;
  readonly #counts = new Float64Array(bucketOf(LARGEST_US, SUB_BUCKET_BITS) + 1);
  #count = 0;
  #minUs = Number.POSITIVE_INFINITY;
  #maxUs = 0;
  #sumUs = 0;

  constructor(name: LatencyName) {
    this.name = name;
  }

  get count(): number {
    return this.#count;
  }

  /** Fractions are rounded down. The caller counts invalid samples (negative, not a number) itself; none may come here. */
  record(us: number): void {
    if (!(us >= 0)) throw new RangeError(`histogram ${this.name}: ${us} us`);
    const whole = Math.floor(us);
    const index = bucketOf(Math.min(whole, LARGEST_US), SUB_BUCKET_BITS);
    this.#counts[index] = this.#counts[index]! + 1;
    this.#count += 1;
    this.#sumUs += whole;
    if (whole < this.#minUs) this.#minUs = whole;
    if (whole > this.#maxUs) this.#maxUs = whole;
  }

  add(other: LatencyHistogram): void {
    if (other.subBucketBits !== SUB_BUCKET_BITS) throw new RangeError(`histogram of ${other.subBucketBits} bits`);
    if (other.count === 0) return;
    for (let at = 0; at < other.buckets.length; at += 2) {
      const index = Math.min(other.buckets[at]!, this.#counts.length - 1);
      this.#counts[index] = this.#counts[index]! + other.buckets[at + 1]!;
    }
    this.#count += other.count;
    this.#sumUs += other.sumUs;
    this.#minUs = Math.min(this.#minUs, other.minUs);
    this.#maxUs = Math.max(this.#maxUs, other.maxUs);
  }

  /** Back to empty; a worker sends what it has each second and starts anew. */
  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#minUs = Number.POSITIVE_INFINITY;
    this.#maxUs = 0;
    this.#sumUs = 0;
  }

  toRecord(): LatencyHistogram {
    const buckets: number[] = [];
    this.#counts.forEach((count, index) => {
      if (count > 0) buckets.push(index, count);
    });
    return {
      name: this.name,
      subBucketBits: SUB_BUCKET_BITS,
      count: this.#count,
      minUs: this.#count === 0 ? 0 : this.#minUs,
      maxUs: this.#maxUs,
      sumUs: this.#sumUs,
      buckets,
    };
  }
}

export function bucketOf(us: number, subBucketBits: number): number {
  if (us < 2 ** subBucketBits) return us;
  const octave = Math.floor(Math.log2(us)) - subBucketBits + 1;
  return octave * 2 ** (subBucketBits - 1) + Math.floor(us / 2 ** octave);
}

/** Smallest value of a bucket and the first value above it. */
export function boundsOf(index: number, subBucketBits: number): { readonly fromUs: number; readonly belowUs: number } {
  if (index < 2 ** subBucketBits) return { fromUs: index, belowUs: index + 1 };
  const half = 2 ** (subBucketBits - 1);
  const octave = Math.floor(index / half) - 1;
  const step = 2 ** octave;
  const fromUs = (index - octave * half) * step;
  return { fromUs, belowUs: fromUs + step };
}

/**
 * The value that a share of samples does not exceed, as the upper end of its bucket (never above the maximum seen), so
 * that rounding makes latency look worse, never better. Undefined when empty.
 */
export function percentileUs(histogram: LatencyHistogram, share: number): number | undefined {
  if (histogram.count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * histogram.count - 1e-9));
  let seen = 0;
  for (let at = 0; at < histogram.buckets.length; at += 2) {
    seen += histogram.buckets[at + 1]!;
    if (seen >= rank) {
      const bounds = boundsOf(histogram.buckets[at]!, histogram.subBucketBits);
      return Math.max(histogram.minUs, Math.min(histogram.maxUs, bounds.belowUs - 1));
    }
  }
  return histogram.maxUs;
}

/** A bucket is 0.8 % wide: with enough samples its last one holds a hundredth only where something cut off what is longer. */
const HEAP = { samples: 1_000, share: 0.01 } as const;

export function isHeapAtEnd({ count, buckets }: LatencyHistogram): boolean {
  return count >= HEAP.samples && buckets.at(-1)! > count * HEAP.share;
}
