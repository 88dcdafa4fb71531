/**
 * Routes: which session of which gateway a device is on. Every command is idempotent and names its owner, so that it may be
 * repeated when its outcome is unknown, and a late goodbye removes nothing that belongs to another.
 */

import type { SessionAddress } from '../bus/records.ts';
import type { DeviceKey, UserId } from '../protocol/ids.ts';

export interface Route extends SessionAddress {
  readonly device: DeviceKey;
  /** Start of the session in ms of the gateway's clock; the newer epoch of a device wins, a tie goes to the one put last. */
  readonly epoch: number;
}

export interface Routes {
  /**
   * Writes routes. For each, in order: `undefined`, or the route that lost: the one that was displaced, or the given one
   * where a newer epoch stands.
   */
  put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>>;
  /** Removes those that are exactly these: same device, session and epoch. */
  remove(routes: readonly Route[]): Promise<void>;
  /** The routes of each user's devices, in order of the users. None means not known here, which is not offline. */
  lookup(users: readonly UserId[]): Promise<ReadonlyArray<readonly Route[]>>;
  /** Calls back whenever the table may have lost routes: its owner then puts them again at a pace. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}
