/**
 * Runs of a box on real Kafka, Cassandra and Redis: at the rate of one gateway, and with
 * dispatch away for a minute. All start warm, as JVMs want it, and on names of their own, so that nothing of before is there.
 */
import { catchUp } from './catch-up.ts';
import { onRealBox, type RealSystems } from './real-box.ts';
import type { RealRunName } from './real-rows.ts';
import type { BenchRecord } from './run-outcome.ts';
import type { BenchRun } from './runs.ts';
import type { BenchSizes } from './sizes.ts';

const NO_SYSTEMS = { notRun: 'it needs --backends FILE: settings of real systems on this machine' } as const;
/** Start of the box, ramp, conversations, ends. */
const OVERHEAD_SECONDS = 90;

export function realRuns(sizes: BenchSizes, real: RealSystems | undefined): Readonly<Record<RealRunName, BenchRun>> {
  const run = (seconds: number, make: (systems: RealSystems, folder: string, signal: AbortSignal) => Promise<BenchRecord>): BenchRun => ({
    seconds: seconds + OVERHEAD_SECONDS,
    measuresMemory: false,
    run: async (folder, signal) => (real === undefined ? NO_SYSTEMS : make(real, folder, signal)),
  });
  const { realWarmSeconds: warm, realSeconds: seconds, realAwaySeconds: away } = sizes;
  return {
    'real-2500': run(warm + seconds, (systems, folder, signal) =>
      onRealBox(systems, 'real-2500', folder, signal, (load) => load({ sendsPerSecond: 2_500, warmSeconds: warm, seconds })),
    ),
    'real-catch-up': run(warm + away * 2 + 20, (systems, folder, signal) => catchUp(systems, folder, signal, sizes)),
  };
}
