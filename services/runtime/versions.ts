/**
 * The versions of what parts of different age leave for each other: records on the bus, the link between an edge and its
 * relay, the tables of the store. A part takes every version in its range, the one before the newest always among them, and
 * refuses any other. A rolling upgrade is two rounds: first the new code everywhere, told to speak as its predecessor does,
 * then the same without that, so that nobody is ever spoken to in a version that he does not know.
 */
export interface VersionRange {
  readonly oldest: number;
  readonly newest: number;
}

export const VERSIONS = {
  /** 2: receipts on deliveries, and each session with its device. */
  record: { oldest: 1, newest: 2 },
  /** 2: `newer` for many sessions at once. */
  link: { oldest: 1, newest: 2 },
  /** There has been one so far. */
  schema: { oldest: 1, newest: 1 },
} as const satisfies Record<string, VersionRange>;

export const SPEAKS = ['newest', 'predecessor'] as const;
export type Speaks = (typeof SPEAKS)[number];

/** The version that a part writes, where it does not ask the other side first. */
export function spokenVersion({ oldest, newest }: VersionRange, speaks: Speaks): number {
  return speaks === 'newest' ? newest : Math.max(oldest, newest - 1);
}

export function isAccepted(version: number, { oldest, newest }: VersionRange): boolean {
  return version >= oldest && version <= newest;
}

/** The newest that both know; undefined where there is none. */
export function agreedVersion(one: VersionRange, other: VersionRange): number | undefined {
  const version = Math.min(one.newest, other.newest);
  return isAccepted(version, one) && isAccepted(version, other) ? version : undefined;
}
