/** What was seen of each alert, as the run of `runbooks/fire/main.ts` wrote it: `runbooks/fire/seen.json`. */
import { keptFile } from './kept.ts';

const SCHEMA = 1;

export interface SeenAlert {
  readonly alert: string;
  /** `real`: a fault on the real stack. `forced`: its series were served by an exporter of the run, since this machine can't. */
  readonly how: 'real' | 'forced';
  /** What was done. */
  readonly fault: string;
  /** Fired so long after the fault; undefined: it did not within the limit. */
  readonly firedSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Why its labels are not right, if they are not. */
  readonly wrongLabels?: string;
  /** The mitigation of its runbook: its commands, or that the series went back. */
  readonly mitigation: string;
  /** Resolved so long after the mitigation had ended; undefined: it did not within the limit. */
  readonly resolvedSeconds?: number;
  /** Others that fired meanwhile and say the same from another side, and those that should not have. */
  readonly companions: readonly string[];
  readonly neighbours: readonly string[];
}

export interface Seen {
  readonly schema: number;
  /** Day of the run. */
  readonly date: string;
  /** Windows and waits of the rules were divided by it. */
  readonly compressed: number;
  /** What fired before any fault, with everything up and under load. */
  readonly quiet: readonly string[];
  readonly quietSeconds: number;
  readonly alerts: readonly SeenAlert[];
}

export const SEEN = keptFile<Seen>('seen.json', SCHEMA);

export { SCHEMA as SEEN_SCHEMA };
