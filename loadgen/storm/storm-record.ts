/** One storm as plain data: `storm.json` in its run's folder. */
import type { StormFit, StormObservation } from '../../capacity/storm/fit.ts';
import type { Recovery } from '../../capacity/storm/recovery.ts';
import type { OfRun } from '../frame/of-run.ts';
import type { BoxAsked } from './box-asked.ts';
import type { Sightings } from './sightings.ts';
import type { StormOptions } from './storm-options.ts';

export interface StormRecord extends OfRun {
  readonly schema: 1;
  readonly id: string;
  readonly command: readonly string[];
  readonly startedAt: string;
  readonly options: StormOptions;
  readonly edges: number;
  readonly workers: number;
  readonly seen: Sightings;
  /** Until 50, 95, 99 and 100 % of the dropped; null: never. */
  readonly backSeconds: readonly (number | null)[];
  readonly caughtUpSeconds: readonly (number | null)[];
  readonly peakBackPerSecond: number;
  readonly peakAttemptsPerSecond: number;
  /** Left out where the box did not say. */
  readonly asked?: BoxAsked;
  /** Left out where nobody looked on, or too little was seen. */
  readonly undisturbed?: Undisturbed;
  readonly observation: StormObservation;
}

export interface Undisturbed {
  readonly connections: number;
  readonly acceptedBefore: Percentiles;
  readonly acceptedDuring: Percentiles;
  readonly deliveredBefore: Percentiles;
  readonly deliveredDuring: Percentiles;
}

export interface Percentiles {
  readonly samples: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Written before the storm that it speaks of. */
export interface StormPrediction {
  readonly schema: 1;
  readonly at: string;
  readonly fittedOn: { readonly id: string; readonly connections: number; readonly dropped: number };
  readonly fit: StormFit;
  readonly recovery: Recovery;
  /** Every client's own time, which the curve does not hold. */
  readonly passageSeconds: number;
  readonly caughtUpCurve: { readonly stepSeconds: number; readonly clients: readonly number[] };
}
