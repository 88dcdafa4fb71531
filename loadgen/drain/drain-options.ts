/** What a drain is, and the plan that is written before it: from the admissions of the box to times, rates and bounds. */
import { closesPerSecond, mostArrivals, type RollingPlan, rollingPlan } from '../../capacity/drain/rolling.ts';

export interface DrainOptions {
  readonly connections: number;
  readonly sendsPerSecond: number;
  readonly edges: number;
  readonly tls: boolean;
  /** Of the box; each edge admits its share. */
  readonly admissionsPerSecond: number;
  /** Of the one edge that is drained; left out: half of what the others admit. */
  readonly closesPerSecond?: number | undefined;
  /** Nothing but the relay is replaced. */
  readonly relayOnly: boolean;
  readonly calmSeconds: number;
  /** For the relay, and for each edge: what is not overcome by then is not. */
  readonly limitSeconds: number;
  readonly heartbeatSeconds: number;
  readonly seed: number;
  readonly workers?: number | undefined;
}

/** Written before anything is drained. */
export interface DrainPlanned {
  readonly schema: 1;
  readonly at: string;
  readonly closesPerSecond: number;
  /** In a tenth of a second. */
  readonly mostArrivals: number;
  readonly rolling: RollingPlan;
}

/** The last that were told read it, the process ends, another starts and takes the port. */
const RESTART_SECONDS = 2;

export function plannedDrain(options: DrainOptions, at = new Date().toISOString()): DrainPlanned {
  const { connections, edges, admissionsPerSecond } = options;
  const rate = options.closesPerSecond ?? closesPerSecond(edges - 1, admissionsPerSecond / edges);
  return {
    schema: 1,
    at,
    closesPerSecond: rate,
    mostArrivals: mostArrivals(rate),
    rolling: rollingPlan({ connections, parts: edges, closesPerSecond: rate, restartSeconds: RESTART_SECONDS }),
  };
}
