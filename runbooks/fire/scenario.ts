/** One thing that is done, what must fire for it, and what is then carried out. */
import type { Alert } from '../../dashboards/alerts/names.ts';
import type { Stand } from './stand.ts';

export interface Scenario {
  readonly name: string;
  readonly how: 'real' | 'forced';
  readonly fault: string;
  /** Each with labels that it must have. */
  readonly alerts: Readonly<Partial<Record<Alert, Readonly<Record<string, string>>>>>;
  /** May fire with it: they say the same from another side. */
  readonly companions: readonly Alert[];
  /** Gives the environment of the mitigation: `PID` of what is to be ended, and the like. */
  readonly inject: (stand: Stand) => Promise<Readonly<Record<string, string>>>;
  /** When all of its alerts have ended, or were waited for in vain. */
  readonly after?: (stand: Stand) => Promise<void>;
  /** What the mitigation starts in the place of the one that the fault ended. */
  readonly starts?: 'relay' | 'dispatch';
  /** The runbook whose block for a box is carried out; or what is done in its place, and why. */
  readonly mitigation: { readonly runbook: Alert } | { readonly words: string; readonly act: (stand: Stand) => Promise<void> };
}
