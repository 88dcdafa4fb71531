/**
 * Runs of a box on real Kafka, Cassandra and Redis: at the rate of one gateway, up to where the objectives break, and with
 * dispatch away for a minute. All start warm, as JVMs want it, and on names of their own, so that nothing of before is there.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OBJECTIVES } from '../../capacity/claims.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyName, RunRecord } from '../../capacity/run-record.ts';
import { catchUp } from './catch-up.ts';
import { limitOf } from './limiting-part.ts';
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
  const { realWarmSeconds: warm, realSeconds: seconds, realStepSeconds: step, realRates: rates, realAwaySeconds: away } = sizes;
  return {
    'real-2500': run(warm + seconds, (systems, folder, signal) =>
      onRealBox(systems, 'real-2500', folder, signal, (load) => load({ sendsPerSecond: 2_500, warmSeconds: warm, seconds })),
    ),
    'real-ceiling': run(rates.length * (OVERHEAD_SECONDS / 2 + step * 1.5), (systems, folder, signal) =>
      ceiling(systems, folder, signal, sizes),
    ),
    'real-catch-up': run(warm + away * 2 + 20, (systems, folder, signal) => catchUp(systems, folder, signal, sizes)),
  };
}

interface Step {
  readonly sendsPerSecond: number;
  readonly held: boolean;
  readonly why: string;
}

/** Rates from the lowest on, one box for all, up to the first at which an objective does not hold. */
async function ceiling(systems: RealSystems, folder: string, signal: AbortSignal, sizes: BenchSizes): Promise<BenchRecord> {
  return onRealBox(systems, 'real-ceiling', folder, signal, async (load) => {
    const steps: Step[] = [];
    let best: RunRecord | undefined;
    let last: RunRecord | undefined;
    for (const [at, sendsPerSecond] of sizes.realRates.entries()) {
      // The first step warms the whole; later ones what their rate brings.
      const warmSeconds = at === 0 ? sizes.realWarmSeconds : sizes.realStepSeconds / 2;
      last = await load({ sendsPerSecond, warmSeconds, seconds: sizes.realStepSeconds });
      const why = brokenObjective(last);
      steps.push({ sendsPerSecond, held: why === undefined, why: why ?? textOf(last) });
      writeFileSync(join(folder, 'ceiling.json'), `${JSON.stringify(steps, null, 1)}\n`);
      if (why !== undefined || signal.aborted) break;
      best = last;
    }
    const held = best?.settings.sendsPerSecond ?? 0;
    const broke = steps.find((one) => !one.held);
    const notes = steps.map((one) => `${one.sendsPerSecond}/s: ${one.held ? 'held' : 'broke'}: ${one.why}`);
    if (broke !== undefined) notes.push(`the limit at ${broke.sendsPerSecond}/s: ${limitOf(last!)}`);
    else notes.push('every rate that was tried held: the limit is higher');
    const record = best ?? last!;
    return {
      ...record,
      problems: [...record.problems, ...notes.map((text) => ({ tMs: 0, whose: 'probe' as const, text }))],
      measured: { heldPerSecond: held },
    };
  });
}

/** Undefined: all of them held. */
function brokenObjective(record: RunRecord): string | undefined {
  const { ledger, settings, generator } = record;
  const broken = ledger.lost + ledger.duplicated + ledger.outOfOrder + ledger.unknown;
  if (broken > 0) return `${broken} messages lost, doubled, out of order or unanswered`;
  if (!record.complete) return record.problems[0]?.text ?? 'the run was not whole';
  if (ledger.unsent > 0) return `${ledger.unsent} messages were never sent`;
  if (generator.latenessP99Us > OBJECTIVES.acceptedP99Us) return `the load engine was late: p99 ${ms(generator.latenessP99Us)}`;
  if (ledger.accepted < settings.sendsPerSecond * settings.chatSeconds * (1 - OBJECTIVES.rateShare))
    return `${ledger.accepted} accepted in ${settings.chatSeconds} s`;
  const accepted = p99Of(record, 'accepted');
  const delivered = p99Of(record, 'delivered');
  if (accepted === undefined || delivered === undefined) return 'nothing was measured';
  return accepted > OBJECTIVES.acceptedP99Us || delivered > OBJECTIVES.deliveredP99Us ? textOf(record) : undefined;
}

function textOf(record: RunRecord): string {
  return `accepted p99 ${ms(p99Of(record, 'accepted'))}, delivered p99 ${ms(p99Of(record, 'delivered'))}`;
}

function p99Of(record: RunRecord, name: LatencyName): number | undefined {
  const histogram = record.latencies.find((one) => one.name === name);
  return histogram === undefined ? undefined : percentileUs(histogram, 0.99);
}

function ms(us: number | undefined): string {
  return us === undefined ? 'unknown' : `${(us / 1_000).toFixed(0)} ms`;
}
