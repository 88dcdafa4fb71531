/** One soak as plain data: `soak.json` in its run's folder, with its samples beside it. */
import type { LeakFinding } from '../../capacity/soak/leak.ts';
import type { OfRun } from '../frame/of-run.ts';
import type { Ended } from './series.ts';
import type { SoakOptions } from './soak-options.ts';
import type { Restarts } from './soak-watch.ts';

export interface SoakRecord extends OfRun {
  readonly schema: 1;
  readonly id: string;
  readonly command: readonly string[];
  /** Of the process that ended it; one that was killed before is in `gaps`. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly options: SoakOptions;
  readonly samples: number;
  readonly judgedFromMs: number;
  readonly chatMs: number;
  readonly restarts?: Restarts;
  /** The soak's own process was away, and went on after it. Times are in ms of the chat. */
  readonly gaps: ReadonlyArray<{ readonly fromMs: number; readonly toMs: number }>;
  readonly ended: readonly Ended[];
  readonly findings: readonly LeakFinding[];
  /** Ends of open connections by reason, of the last process of the load engine; `severed` are lifetimes that were over. */
  readonly disconnects: Readonly<Record<string, number>>;
  readonly latencies: ReadonlyArray<{ readonly name: string; readonly samples: number; readonly p50Us: number; readonly p99Us: number }>;
}
