/**
 * Seeded random numbers: xoshiro128** [Blackman and Vigna 2018], seeded through splitmix32. The same seed and stream give
 * the same numbers in every process, which is what lets workers share a plan without talking. Not for secrets.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  /** `streams` name an independent sequence under one seed, such as a conversation's or a second's. */
  constructor(seed: number, ...streams: readonly number[]) {
    this.reseed(seed, ...streams);
  }

  reseed(seed: number, ...streams: readonly number[]): void {
    let state = (seed >>> 0) ^ Math.imul(Math.floor(seed / 0x1_0000_0000) >>> 0, 0x9e3779b1);
    for (const stream of streams) state = splitmix(splitmix(state) ^ stream);
    this.a = splitmix(state);
    this.b = splitmix(state + 0x9e3779b9);
    this.c = splitmix(state + 0x3c6ef372);
    this.d = splitmix(state + 0x1bbe1f1b) | 1;
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    const times5 = Math.imul(this.b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** A number in [0, 1) with 53 bits. */
  unit(): number {
    return ((this.word() >>> 5) * 0x400_0000 + (this.word() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** A whole number from 0 to `limit` - 1; `limit` is at most 2^32. Biased by less than limit / 2^53. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** Time to the next event of a Poisson process of rate 1. */
  exponential(): number {
    return -Math.log(1 - this.unit());
  }

  /** A standard normal number [Box and Muller 1958]. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
}

function splitmix(state: number): number {
  let mixed = (state + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
