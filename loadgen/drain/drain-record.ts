/** One drain as plain data: `drain.json` in its run's folder, beside `plan.json`, which was written before it. */
import type { OfRun } from '../frame/of-run.ts';
import type { Sightings } from '../storm/sightings.ts';
import type { DrainOptions } from './drain-options.ts';

/** Times are in ms of the watch, which begins before the relay's restart. */
export interface DrainedPart {
  /** "relay", "edge 0". */
  readonly part: string;
  readonly fromMs: number;
  /** Another process was in its place; left out: not within the limit. */
  readonly replacedMs?: number;
  /** All clients were connected, and sends were answered as they came; left out: not within the limit. */
  readonly calmMs?: number;
  /** Connections that ended meanwhile, and the most that one client's was. */
  readonly closed: number;
  readonly mostOfOne: number;
}

export interface RelayDelays {
  /** The longest from due to answered or delivered while the relay was replaced; deliveries within one process of the load engine. */
  readonly acceptedMaxUs: number;
  readonly deliveredMaxUs: number;
}

export interface DrainRecord extends OfRun {
  readonly schema: 1;
  readonly id: string;
  readonly command: readonly string[];
  readonly startedAt: string;
  readonly options: DrainOptions;
  readonly parts: readonly DrainedPart[];
  readonly relayDelays?: RelayDelays;
  /** Of all workers, from the beginning of the watch. */
  readonly seen: Sightings;
}
