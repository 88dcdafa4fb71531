/**
 * How long a client waits before it comes back. A pure rule: the attempt's number, what the server said, and a random
 * number decide. The count of attempts goes back to zero only after a session has lived for a while, so that a login that
 * is refused after the upgrade backs off like any other failure (destinygg/chat-gui#872).
 */
export interface ReconnectPolicy {
  /** none: at once · exponential: base × 2^n · fullJitter: random up to that · decorrelated: random up to three times the last wait. */
  readonly kind: 'none' | 'exponential' | 'fullJitter' | 'decorrelated';
  readonly baseMs: number;
  readonly capMs: number;
  /** The server's own delay is waited out first; the policy's wait comes on top, so that a common hint makes no herd. */
  readonly honourHint: boolean;
  /** A session that lived this long resets the count of attempts. */
  readonly resetAfterMs: number;
}

export const DEFAULT_RECONNECT: ReconnectPolicy = {
  kind: 'fullJitter',
  baseMs: 500,
  capMs: 60_000,
  honourHint: true,
  resetAfterMs: 10_000,
};

/** `failures`: attempts since the last session that lived, this one included, from 1. `lastWaitMs`: 0 at the first. */
export function reconnectDelayMs(policy: ReconnectPolicy, failures: number, lastWaitMs: number, hintMs: number, unit: number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(30, failures - 1));
  const hint = policy.honourHint ? hintMs : 0;
  switch (policy.kind) {
    case 'none':
      return hint;
    case 'exponential':
      return hint + ceiling;
    case 'fullJitter':
      return hint + unit * ceiling;
    case 'decorrelated':
      return hint + Math.min(policy.capMs, policy.baseMs + unit * Math.max(0, 3 * lastWaitMs - policy.baseMs));
  }
}
