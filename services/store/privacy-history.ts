/**
 * Who withheld his read receipts, and when, by the time of the log: a mark that is read from the log again is withheld as it
 * was the first time, whatever its user wants by now. Holds only users who ever withheld.
 */
import type { UserId } from '../protocol/ids.ts';

export interface PrivacyWish {
  readonly user: UserId;
  readonly withhold: boolean;
  readonly atMs: number;
}

export class PrivacyHistory {
  /** By user: the times at which he began to withhold, ended, began, …; ascending. */
  private readonly changes = new Map<UserId, number[]>();
  private readonly keep: (wish: PrivacyWish) => void;

  /** `keep` is called with each change before it counts; what it throws leaves all as it was. */
  constructor(wishes: Iterable<PrivacyWish> = [], keep: (wish: PrivacyWish) => void = () => undefined) {
    this.keep = () => undefined;
    for (const wish of wishes) this.set(wish);
    this.keep = keep;
  }

  set(wish: PrivacyWish): void {
    if (this.withholds(wish.user) === wish.withhold) return;
    this.keep(wish);
    const changes = this.changes.get(wish.user);
    if (changes === undefined) this.changes.set(wish.user, [wish.atMs]);
    else changes.push(Math.max(wish.atMs, changes.at(-1)!));
  }

  withholds(user: UserId): boolean {
    return (this.changes.get(user)?.length ?? 0) % 2 === 1;
  }

  withheldAt(user: UserId, atMs: number): boolean {
    const changes = this.changes.get(user);
    if (changes === undefined) return false;
    let before = 0;
    while (before < changes.length && changes[before]! <= atMs) before++;
    return before % 2 === 1;
  }
}
