/** What a soak is, and when what happens in it: all of it follows from its length. */
import type { Kind } from '../prove/target.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Mean over the run; the daily curve goes below and above it. */
  readonly sendsPerSecond: number;
  readonly meanLifetimeSeconds: number;
  readonly edges: number;
  readonly seed: number;
  readonly restarts: boolean;
  /** Kept out of what is judged; left out: a quarter of the run. */
  readonly warmUpSeconds?: number | undefined;
  /** What the box stands on, in words. */
  readonly system: string;
}

/** Replaced inside of a soak, in this order. */
export const RESTARTED: readonly Kind[] = ['edge', 'relay', 'dispatch'];

/** Of the run. The judged part is three days long, so that the curve of the day is no slope in it. */
const RESTART_AT = 1 / 8;
const DAY = 1 / 4;
/** Samples of a whole run, and how close they may come. */
const SAMPLES = 1_200;
const LEAST_SAMPLE_MS = 500;
/** Of the mean rate. */
export const SWING = 0.8;

export function daySecondsOf(options: SoakOptions): number {
  return options.seconds * DAY;
}

export function restartAtMs(options: SoakOptions): number {
  return options.seconds * RESTART_AT * 1_000;
}

/** Samples before it are not judged: the restart is over and what was started again has warmed up for as long as what was there before it. */
export function judgedFromMs(options: SoakOptions, restartsOverMs: number | undefined): number {
  if (options.warmUpSeconds !== undefined) return Math.max(options.warmUpSeconds * 1_000, restartsOverMs ?? 0);
  const least = options.seconds * DAY * 1_000;
  return restartsOverMs === undefined ? least : Math.max(least, restartsOverMs + restartAtMs(options));
}

export function sampleEveryMs(options: SoakOptions): number {
  return Math.max(LEAST_SAMPLE_MS, (options.seconds * 1_000) / SAMPLES);
}
