/**
 * Routes: which session of which gateway a device is on. Every command is idempotent and names its owner, so that it may be
 * repeated when its outcome is unknown, and a late goodbye removes nothing that belongs to another.
 */

import type { SessionAddress } from '../bus/records.ts';
import type { DeviceKey, UserId } from '../protocol/ids.ts';

/** A gateway that died takes its lease with it: after this time at the latest its routes count no more. */
export const LEASE_MS = 10_000;

export interface Route extends SessionAddress {
  readonly device: DeviceKey;
  /** Start of the session in ms of the gateway's clock; the newer epoch of a device wins, a tie goes to the one put last. */
  readonly epoch: number;
}

/** What is known of some users' devices at one moment. */
export interface RoutesFound {
  /**
   * The table is whole: a device without a route is offline. False while it may have lost routes that are not yet put
   * again; then no route means unknown, and nobody is pushed for it.
   */
  readonly certain: boolean;
  /** The routes of each user's devices, in order of the users; those of a gateway without a live lease are left out. */
  readonly routes: ReadonlyArray<readonly Route[]>;
}

export interface Routes {
  /**
   * Writes routes. For each, in order: `undefined`, or the route that lost: the one that was displaced, or the given one
   * where a newer epoch stands. A put that is repeated while its session stands names the displaced one again, for a minute
   * at least: its first answer may have been lost.
   */
  put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>>;
  /** Removes those that are exactly these: same device, session and epoch. */
  remove(routes: readonly Route[]): Promise<void>;
  lookup(users: readonly UserId[]): Promise<RoutesFound>;
  /**
   * A gateway lives, for so long from now: one lease stands for all its routes, so that its death needs no command for
   * each of them. `whole`: every session of the gateway has its route in the table. Its routes of an epoch before `bornMs`
   * are left over from a former life of the gateway, and count no more.
   */
  renewLease(gateway: number, leaseMs: number, whole: boolean, bornMs?: number): Promise<void>;
  /** A gateway that ends in order gives its lease back. */
  dropLease(gateway: number): Promise<void>;
  /** Gateways with a live lease. */
  leases(): Promise<ReadonlySet<number>>;
  /** Calls back whenever the table may have lost routes: its owner then puts them again at a pace. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}
