/**
 * Dispatch is away for a stated time while the load goes on: its processes are stopped, and then killed, so that they begin
 * anew. Measured is how long after they are back messages are late, and noted what they had to do meanwhile.
 */
import { join } from 'node:path';
import { OBJECTIVES } from '../../capacity/claims.ts';
import { type Box, sumOf } from '../coordinator/box.ts';
import { inTime } from '../ledger/in-time.ts';
import { fileChunks } from '../ledger/reader.ts';
import { Population } from '../plan/population.ts';
import { recoveryMs } from '../prove/recovery.ts';
import { onRealBox, type RealSystems } from './real-box.ts';
import type { BenchRecord } from './run-outcome.ts';
import type { BenchSizes } from './sizes.ts';

const SENDS_PER_SECOND = 1_000;
const STRETCH_MS = 500;
const BACK_LIMIT_MS = 60_000;
/** After the time in which it is to have caught up. */
const LOOK_ON_MS = 15_000;

export async function catchUp(systems: RealSystems, folder: string, signal: AbortSignal, sizes: BenchSizes): Promise<BenchRecord> {
  let [awayMs, backMs, caughtUpMs] = [Number.NaN, Number.NaN, Number.NaN];
  let work = 'what dispatch did is not known: the box did not answer';
  return onRealBox(systems, 'real-catch-up', folder, signal, async (load) => {
    const record = await load({
      sendsPerSecond: SENDS_PER_SECOND,
      warmSeconds: sizes.realWarmSeconds,
      seconds: sizes.realAwaySeconds * 2 + 120,
      during: async (chat, box) => {
        await Bun.sleep(sizes.realWarmSeconds * 1_000 + 5_000);
        const before = await dispatchers(box);
        if (before.length === 0) throw new Error('this box has no dispatch');
        const metricsBefore = (await box.metrics()) ?? '';
        awayMs = chat.tMs;
        for (const pid of before) process.kill(pid, 'SIGSTOP');
        try {
          await Bun.sleep(sizes.realAwaySeconds * 1_000);
        } finally {
          for (const pid of before) process.kill(pid, 'SIGKILL');
        }
        await untilBack(box, before);
        backMs = chat.tMs;
        await Bun.sleep(sizes.realAwaySeconds * 1_000 + LOOK_ON_MS);
        work = workOf(metricsBefore, (await box.metrics()) ?? '') ?? work;
      },
      after: (run, plan, own) => {
        const { startMs, dueUntilMs } = run.chatTimes;
        const stretches = inTime({
          population: new Population(plan.population),
          schedule: plan.schedule,
          ledgers: Array.from({ length: plan.shape.workers }, (_, worker) => fileChunks(join(own, 'ledgers', `worker-${worker}.ledger`))),
          chatStartMs: startMs,
          dueUntilMs,
          stretchMs: STRETCH_MS,
          acceptedWithinMs: OBJECTIVES.acceptedP99Us / 1_000,
          deliveredWithinMs: OBJECTIVES.deliveredP99Us / 1_000,
        });
        caughtUpMs = recoveryMs(stretches, STRETCH_MS, backMs, dueUntilMs);
      },
    });
    const away = `dispatch was away for ${((backMs - awayMs) / 1_000).toFixed(0)} s`;
    return {
      ...record,
      problems: [...record.problems, ...[away, work].map((text) => ({ tMs: 0, whose: 'probe' as const, text }))],
      ...(Number.isNaN(caughtUpMs) ? {} : { measured: { catchUpUs: caughtUpMs * 1_000 } }),
    };
  });
}

/** From the counters of the box before and after, which go on when a process begins anew. Undefined where they are not there. */
export function workOf(before: string, after: string): string | undefined {
  const done = (name: string) => {
    const [from, to] = [before, after].map((metrics) => sumOf(metrics, `parley_dispatch_${name}_total`));
    return from === undefined || to === undefined ? undefined : to - from;
  };
  const [records, repeated, asked] = [done('records'), done('repeated'), done('outcomes_read')];
  if (records === undefined || repeated === undefined || asked === undefined) return undefined;
  return `since it was stopped it decided ${records} records, ${repeated} of them repeats, and asked the store for ${asked} outcomes`;
}

async function dispatchers(box: Box): Promise<number[]> {
  await box.refresh();
  return (box.info.pids.dispatchers ?? []).filter((pid) => typeof pid === 'number');
}

async function untilBack(box: Box, before: readonly number[]): Promise<void> {
  const limitMs = performance.now() + BACK_LIMIT_MS;
  for (;;) {
    const now = await dispatchers(box);
    if (now.length === before.length && now.every((pid) => !before.includes(pid))) return;
    if (performance.now() > limitMs) throw new Error('dispatch does not come back');
    await Bun.sleep(100);
  }
}
