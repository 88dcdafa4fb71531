/**
 * The keys with which a region signs its own resume tokens. An edge must not hold a key that can forge any user for long,
 * so they are short-lived: a new one takes over each period, the one before counts for one more.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface RegionKey {
  readonly kid: string;
  readonly secretBase64Url: string;
  /** Life of a token signed with it. */
  readonly tokenSeconds: number;
}

export interface RegionKeySource {
  /** The key to sign with. */
  readonly current: RegionKey;
  /** The keys whose tokens are accepted. */
  readonly accepted: readonly RegionKey[];
  readonly rotationMs: number;
  rotate(): void;
}

/** Random keys of one supervisor, which hands them to its processes. */
export class RegionKeys implements RegionKeySource {
  private readonly tokenSeconds: number;
  private keys: readonly RegionKey[];

  constructor(tokenSeconds: number) {
    this.tokenSeconds = tokenSeconds;
    this.keys = [this.create()];
  }

  get current(): RegionKey {
    return this.keys.at(-1)!;
  }

  get accepted(): readonly RegionKey[] {
    return this.keys;
  }

  get rotationMs(): number {
    return this.tokenSeconds * 1_000;
  }

  rotate(): void {
    this.keys = [this.current, this.create()];
  }

  private create(): RegionKey {
    return {
      kid: `region-${randomBytes(6).toString('hex')}`,
      secretBase64Url: randomBytes(32).toString('base64url'),
      tokenSeconds: this.tokenSeconds,
    };
  }
}

const PERIOD_PARTS = 20;

/** Keys that are made of the file's secret; random ones where no file is named. */
export function regionKeySource(secretFile: string, tokenSeconds: number): RegionKeySource {
  return secretFile === '' ? new RegionKeys(tokenSeconds) : new MadeRegionKeys(() => readFileSync(secretFile), tokenSeconds, Date.now);
}

/**
 * Keys that processes which share a secret make alike, each by itself: one a period of the clock. Those of the periods before
 * and after count too, so that clocks may differ and a token lives its time. Who has the secret can make every key of the
 * future, so it is replaced like a password: then tokens of before no longer count and clients come with their users' tokens.
 */
export class MadeRegionKeys implements RegionKeySource {
  private readonly readSecret: () => Uint8Array;
  private readonly tokenSeconds: number;
  private readonly nowMs: () => number;
  private keys!: readonly [RegionKey, RegionKey, RegionKey];

  constructor(readSecret: () => Uint8Array, tokenSeconds: number, nowMs: () => number) {
    this.readSecret = readSecret;
    this.tokenSeconds = tokenSeconds;
    this.nowMs = nowMs;
    this.rotate();
  }

  get current(): RegionKey {
    return this.keys[1];
  }

  get accepted(): readonly RegionKey[] {
    return this.keys;
  }

  /** Well within a period: whoever is late by a part of it still accepts what others sign. */
  get rotationMs(): number {
    return (this.tokenSeconds * 1_000) / PERIOD_PARTS;
  }

  rotate(): void {
    const secret = this.readSecret();
    const period = Math.floor(this.nowMs() / (this.tokenSeconds * 1_000));
    const key = (number: number): RegionKey => {
      const made = createHmac('sha256', secret).update(`parley resume key ${this.tokenSeconds} ${number}`).digest();
      const mark = createHmac('sha256', made).update('name').digest('hex').slice(0, 12);
      return { kid: `region-${number}-${mark}`, secretBase64Url: made.toString('base64url'), tokenSeconds: this.tokenSeconds };
    };
    this.keys = [key(period - 1), key(period), key(period + 1)];
  }
}
