/**
 * The keys with which a region signs its own resume tokens. An edge must not hold a key that can forge any user for long,
 * so they are short-lived: a new one takes over each period, the one before counts for one more.
 */
import { randomBytes } from 'node:crypto';

export interface RegionKey {
  readonly kid: string;
  readonly secretBase64Url: string;
  /** Life of a token signed with it. */
  readonly tokenSeconds: number;
}

export class RegionKeys {
  private readonly tokenSeconds: number;
  private keys: readonly RegionKey[];

  constructor(tokenSeconds: number) {
    this.tokenSeconds = tokenSeconds;
    this.keys = [this.create()];
  }

  /** The key to sign with. */
  get current(): RegionKey {
    return this.keys.at(-1)!;
  }

  /** The keys whose tokens are accepted. */
  get accepted(): readonly RegionKey[] {
    return this.keys;
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
