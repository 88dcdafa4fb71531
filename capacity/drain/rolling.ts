/**
 * A rolling drain as arithmetic, written before it is done: how fast one may let go of its connections, how long that takes, how
 * the clients spread over those that take them, and so how often a client is closed until all have been drained. Pure.
 *
 * "One" is a box of a fleet, or an edge of a box. The same numbers size a gateway's pods (`infra/stacks/gateway-plan.ts`).
 */

/** Of what those that stay may admit, what a drain takes: the rest is left to those who come anyway. */
export const ADMISSION_SHARE = 0.5;
/** The shortest time over which clients are told to come back; see the edge's `reconnectSpreadMs`. */
const LEAST_SPREAD_SECONDS = 1;

/** Connections a second that each of `atOnce` may close, so that the others can take them. At least 1. */
export function closesPerSecond(staying: number, admissionsPerSecondOfOne: number, atOnce = 1): number {
  return Math.max(1, Math.floor((staying * admissionsPerSecondOfOne * ADMISSION_SHARE) / atOnce));
}

export function closeSeconds(connections: number, perSecond: number): number {
  return connections / perSecond;
}

export interface RollingScene {
  readonly connections: number;
  /** All are drained, one after another; clients are spread evenly over those that take them. */
  readonly parts: number;
  /** By the one that is drained. */
  readonly closesPerSecond: number;
  /** From its last close until it takes connections again. */
  readonly restartSeconds: number;
}

export interface DrainStep {
  readonly connections: number;
  readonly closeSeconds: number;
  /** Over which its clients are told to come back, each at a random time of its own. */
  readonly spreadSeconds: number;
  /** Until the last client is back, where no attempt is refused. */
  readonly seconds: number;
}

export interface RollingPlan {
  readonly steps: readonly DrainStep[];
  readonly seconds: number;
  /** Clients by how often they are closed: index 0 never. Sums to all. */
  readonly clientsByCloses: readonly number[];
  readonly closesPerClient: number;
  /** The most connections that one holds meanwhile. */
  readonly mostOnOne: number;
}

export function rollingPlan({ connections, parts, closesPerSecond: rate, restartSeconds }: RollingScene): RollingPlan {
  if (parts < 2) throw new RangeError('a drain of the only one leaves nobody to take its clients');
  // Clients by where they are and how often they were closed.
  const at = Array.from({ length: parts }, () => [connections / parts]);
  const steps: DrainStep[] = [];
  let mostOnOne = connections / parts;
  for (let drained = 0; drained < parts; drained++) {
    const moved = at[drained]!;
    const count = sum(moved);
    const closing = closeSeconds(count, rate);
    const spreadSeconds = Math.max(LEAST_SPREAD_SECONDS, closing);
    steps.push({ connections: count, closeSeconds: closing, spreadSeconds, seconds: closing + Math.max(spreadSeconds, restartSeconds) });
    at[drained] = [];
    const late = lateShare(closing, spreadSeconds, restartSeconds);
    for (let part = 0; part < parts; part++) {
      const share = late / parts + (part === drained ? 0 : (1 - late) / (parts - 1));
      for (const [closes, clients] of moved.entries()) at[part]![closes + 1] = (at[part]![closes + 1] ?? 0) + clients * share;
      mostOnOne = Math.max(mostOnOne, sum(at[part]!));
    }
  }
  const clientsByCloses = Array.from({ length: parts + 1 }, (_, closes) => at.reduce((total, list) => total + (list[closes] ?? 0), 0));
  const closes = clientsByCloses.reduce((total, clients, times) => total + clients * times, 0);
  return {
    steps,
    seconds: steps.reduce((total, { seconds }) => total + seconds, 0),
    clientsByCloses,
    closesPerClient: connections === 0 ? 0 : closes / connections,
    mostOnOne,
  };
}

/**
 * Share of the clients that come back when the drained one takes connections again. Closed at u, even over the closing time C; back
 * after d, even over the spread S, which is never shorter; the one is back at C + r: P(u + d > C + r), integrated over u.
 */
function lateShare(closing: number, spread: number, restart: number): number {
  const from = Math.max(0, closing + restart - spread);
  if (from >= closing) return 0;
  return ((spread - closing - restart) * (closing - from) + (closing ** 2 - from ** 2) / 2) / (closing * spread);
}

/** Arrivals in a tenth of a second that chance alone may reach at a mean of half the admissions: G4's 1.5 times, or five deviations where those are few. */
export function mostArrivals(closesPerSecondOfOne: number): number {
  const mean = closesPerSecondOfOne / 10;
  return Math.ceil(Math.max(1.5 * mean, mean + 5 * Math.sqrt(mean)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + (value ?? 0), 0);
}
