/**
 * How clients wait before they come back, as a fluid sees it: not one client's draw but the spread of all that failed at
 * once. A client's level is what its next wait hangs on: how often it has failed, or how long it waited last.
 */

/** The same words as the load engine's policies. `hint`: nothing but what the server says. */
export const BACKOFFS = ['none', 'exponential', 'fullJitter', 'decorrelated', 'hint'] as const;
export type Backoff = (typeof BACKOFFS)[number];

export interface BackoffPolicy {
  readonly kind: Backoff;
  readonly baseSeconds: number;
  readonly capSeconds: number;
  /** What the server says is waited out first, the policy's own wait on top of it. */
  readonly honoursHint: boolean;
}

/** A share of those that failed at a level waits evenly between two times, and is at another level when it fails again. */
export interface WaitRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly share: number;
  readonly nextLevel: number;
}

/** For each level, the waits after a failure there. Level 0: the connection itself was lost. The shares of a level add to 1. */
export function waitRanges(policy: BackoffPolicy): ReadonlyArray<readonly WaitRange[]> {
  switch (policy.kind) {
    case 'none':
    case 'hint':
      return [[{ fromSeconds: 0, toSeconds: 0, share: 1, nextLevel: 0 }]];
    case 'exponential':
      return ceilings(policy).map((ceiling, level, all) => [
        { fromSeconds: ceiling, toSeconds: ceiling, share: 1, nextLevel: Math.min(level + 1, all.length - 1) },
      ]);
    case 'fullJitter':
      return ceilings(policy).map((ceiling, level, all) => [
        { fromSeconds: 0, toSeconds: ceiling, share: 1, nextLevel: Math.min(level + 1, all.length - 1) },
      ]);
    case 'decorrelated':
      return decorrelated(policy);
  }
}

/** base, 2 base, 4 base, … up to the cap. */
function ceilings({ baseSeconds, capSeconds }: BackoffPolicy): number[] {
  const all = [Math.min(baseSeconds, capSeconds)];
  while (all.at(-1)! < capSeconds && all.length < LEVELS_MOST) all.push(Math.min(capSeconds, all.at(-1)! * 2));
  return all;
}

const LEVELS_MOST = 24;

/** Between base and three times the last wait: a level is a range of last waits, twice as long as the one before. */
function decorrelated(policy: BackoffPolicy): WaitRange[][] {
  const { baseSeconds: base, capSeconds: cap } = policy;
  const edges = [0, ...ceilings(policy)];
  const levelOf = (wait: number) => {
    const level = edges.findIndex((edge) => wait <= edge * (1 + 1e-9));
    return level < 0 ? edges.length - 1 : level;
  };
  return edges.map((_, level) => {
    const last = level === 0 ? 0 : (edges[level]! + edges[level - 1]!) / 2;
    const longest = 3 * last;
    const from = Math.min(base, cap);
    if (longest <= from) return [{ fromSeconds: from, toSeconds: from, share: 1, nextLevel: levelOf(from) }];
    const ranges: WaitRange[] = [];
    const cuts = [from, ...edges.filter((edge) => edge > from && edge < Math.min(longest, cap)), Math.min(longest, cap)];
    for (let at = 1; at < cuts.length; at++) {
      const [low, high] = [cuts[at - 1]!, cuts[at]!];
      if (high > low)
        ranges.push({ fromSeconds: low, toSeconds: high, share: (high - low) / (longest - from), nextLevel: levelOf((low + high) / 2) });
    }
    // What would be longer than the cap waits for just that.
    if (longest > cap)
      ranges.push({ fromSeconds: cap, toSeconds: cap, share: (longest - cap) / (longest - from), nextLevel: levelOf(cap) });
    return ranges;
  });
}
