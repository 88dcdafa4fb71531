/** What one measurement says of one coefficient, in the coefficient's unit. */
import type { CoefficientKey } from '../model/coefficients.ts';

export interface Observation {
  readonly key: CoefficientKey;
  readonly value: number;
  /** Half of its 95 % interval; left out where one measurement can't tell. */
  readonly error?: number;
  /** Command that measured it, and the file or run that it stands in. */
  readonly by: string;
  readonly record: string;
  /** Day, ISO 8601. */
  readonly date: string;
}

/** Something that was measured and replaces nothing, with the reason. */
export interface PassedOver {
  readonly record: string;
  readonly what: string;
  readonly because: string;
}

export interface Observed {
  readonly observations: readonly Observation[];
  readonly passedOver: readonly PassedOver[];
}

export function together(all: readonly Observed[]): Observed {
  return { observations: all.flatMap((one) => one.observations), passedOver: all.flatMap((one) => one.passedOver) };
}
