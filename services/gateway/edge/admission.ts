/**
 * Who may connect now, decided before the upgrade and before any signature is checked. A refused client is told when to
 * come back: refusals take places in a virtual queue that empties at the admission rate, so that those told to wait come
 * back paced and not as one herd. Pure: time and randomness are handed in.
 */
import type { ErrorName } from '../../protocol/error-codes.ts';
import { TokenBucket } from '../../runtime/token-bucket.ts';

export interface AdmissionLimits {
  readonly admissionsPerSecond: number;
  readonly admissionBurst: number;
  readonly attemptsPerAddressPerSecond: number;
  readonly attemptsPerAddressBurst: number;
}

export type Admitted = { readonly ok: true };
export type Refused = { readonly ok: false; readonly error: ErrorName; readonly retryAfterMs: number };

const LONGEST_WAIT_MS = 120_000;
const ADDRESSES_KEPT = 65_536;

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly random: () => number;
  private readonly bucket: TokenBucket;
  private readonly addresses = new Map<string, TokenBucket>();
  private queueEndsMs = 0;
  private drainSpreadMs: number | undefined;

  constructor(limits: AdmissionLimits, random: () => number, nowMs: number) {
    this.limits = limits;
    this.random = random;
    this.bucket = new TokenBucket(limits.admissionsPerSecond, limits.admissionBurst, nowMs);
  }

  /** From now on everyone is refused and sent elsewhere; the delay spreads them over `spreadMs`. */
  drain(spreadMs: number): void {
    this.drainSpreadMs = spreadMs;
  }

  admit(address: string, nowMs: number): Admitted | Refused {
    if (this.drainSpreadMs !== undefined) return this.refuse('draining', this.random() * this.drainSpreadMs);
    const addressWaitMs = this.addressBucket(address, nowMs).take(nowMs);
    if (addressWaitMs > 0) return this.refuse('addressRate', addressWaitMs * (1 + this.random()));
    if (this.bucket.take(nowMs) > 0) return this.refuse('admission', this.place(nowMs));
    return { ok: true };
  }

  private place(nowMs: number): number {
    this.queueEndsMs = Math.max(this.queueEndsMs, nowMs) + 1_000 / this.limits.admissionsPerSecond;
    return this.queueEndsMs - nowMs + this.random() * 100;
  }

  private refuse(error: ErrorName, waitMs: number): Refused {
    // Those whose place is beyond the longest wait ask again earlier than it comes, spread: cut to one time they would be a herd.
    const retryAfterMs = waitMs <= LONGEST_WAIT_MS ? Math.max(1, waitMs) : LONGEST_WAIT_MS * (0.5 + 0.5 * this.random());
    return { ok: false, error, retryAfterMs: Math.ceil(retryAfterMs) };
  }

  /** The oldest address is forgotten at the bound: its bucket starts full again, which costs it nothing. */
  private addressBucket(address: string, nowMs: number): TokenBucket {
    let bucket = this.addresses.get(address);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.limits.attemptsPerAddressPerSecond, this.limits.attemptsPerAddressBurst, nowMs);
      this.addresses.set(address, bucket);
      if (this.addresses.size > ADDRESSES_KEPT) this.addresses.delete(this.addresses.keys().next().value!);
    }
    return bucket;
  }
}
