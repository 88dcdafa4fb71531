/** What a storm's course comes to: times, peaks, how often each part was asked, and which limit it was that held it up. */
import { type StormCourse, type StormScene, simulateStorm } from './storm.ts';

export const RECOVERY_SHARES = [0.5, 0.95, 0.99, 1] as const;

export interface Recovery {
  /** Seconds until these shares were back, in the order of RECOVERY_SHARES; infinite where they never were. */
  readonly backSeconds: readonly number[];
  /** The same, and had received what they missed. */
  readonly caughtUpSeconds: readonly number[];
  readonly peakAttemptsPerSecond: number;
  readonly peakAdmittedPerSecond: number;
  readonly attemptsPerClient: number;
  readonly refused: number;
  readonly givenUp: number;
  /** What held it up for most of the time until 95 % were back; `backoff` where no limit did. */
  readonly binding: string;
  /** Operations for each client that was lost, by stage: attempts that were given up asked for some that were for nothing. */
  readonly operationsPerClient: Readonly<Record<string, number>>;
}

const NOBODY = 0.5;
const MOST_OF_THE_TIME = 0.5;

export function recoveryOf(scene: StormScene, course: StormCourse = simulateStorm(scene)): Recovery {
  const { clients } = scene;
  const passage = clients === 0 ? 0 : (scene.passageSeconds ?? 0);
  const attempts = course.attempts.at(-1) ?? 0;
  const admitted = course.admitted.at(-1) ?? 0;
  return {
    backSeconds: RECOVERY_SHARES.map((share) => passage + secondsUntil(course, course.back, clients, share)),
    caughtUpSeconds: RECOVERY_SHARES.map((share) => passage + secondsUntil(course, course.caughtUp, clients, share)),
    peakAttemptsPerSecond: peakPerSecond(course.attempts, course.stepSeconds),
    peakAdmittedPerSecond: peakPerSecond(course.admitted, course.stepSeconds),
    attemptsPerClient: clients === 0 ? 0 : attempts / clients,
    refused: course.refused,
    givenUp: course.givenUp,
    binding: bindingOf(course),
    operationsPerClient: Object.fromEntries(
      scene.stages.map(({ name, operationsPerClient }) => [name, clients === 0 ? 0 : (operationsPerClient * admitted) / clients]),
    ),
  };
}

/** Linear between two steps, so that the length of a step does not show. */
export function secondsUntil({ stepSeconds }: StormCourse, series: Float64Array, clients: number, share: number): number {
  if (clients === 0) return 0;
  const wanted = share === 1 ? clients - NOBODY : clients * share;
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series[middle]! >= wanted) high = middle;
    else low = middle + 1;
  }
  if (low === series.length) return Number.POSITIVE_INFINITY;
  const before = low === 0 ? 0 : series[low - 1]!;
  const within = series[low] === before ? 1 : (wanted - before) / (series[low]! - before);
  return (low + Math.min(1, Math.max(0, within))) * stepSeconds;
}

/** Over a second at least, as a scrape would see it. */
function peakPerSecond(series: Float64Array, stepSeconds: number): number {
  const steps = Math.max(1, Math.round(1 / stepSeconds));
  let peak = 0;
  for (let at = 0; at < series.length; at++) {
    const before = at < steps ? 0 : series[at - steps]!;
    peak = Math.max(peak, series[at]! - before);
  }
  return peak / (steps * stepSeconds);
}

function bindingOf({ bound }: StormCourse): string {
  // Where a stage is full, those that wait before it make the door full as well: what is nearest to the end is the reason.
  const held = Object.entries(bound).filter(([, share]) => share >= MOST_OF_THE_TIME);
  if (held.length === 0) return 'backoff';
  const stages = held.filter(([name]) => name !== 'admission' && name !== 'processor');
  return (stages.length > 0 ? stages : held).reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}
