/** What takes more than a line to say falsely in a record: each gives the record as the lie would have it. */
import { withLedger } from '../../capacity/altered-run.harness.ts';
import type { LatencyHistogram, RunRecord } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';

/** Nothing is due for some seconds, then twice as much, until the count is that of the plan. */
export function paused(run: RunRecord, seconds: number): RunRecord {
  const chat = run.samples.filter(({ phase }) => phase === 'chat');
  const from = chat[5]!;
  const dueAt = (tMs: number, due: number) => {
    const at = (tMs - from.tMs) / 1_000;
    if (at <= 0 || at >= 2 * seconds) return due;
    const before = from.due;
    return at < seconds ? before : before + (at - seconds) * 2 * run.settings.sendsPerSecond;
  };
  const samples = run.samples.map((sample) => {
    const due = dueAt(sample.tMs, sample.due);
    return { ...sample, due, accepted: due, delivered: due * 2 };
  });
  return { ...run, samples };
}

/** Every count says half, and the settings say the whole. */
export function halved(run: RunRecord): RunRecord {
  const half = syntheticRun({ sendsPerSecond: run.settings.sendsPerSecond / 2 });
  return { ...half, settings: run.settings };
}

export function refusedLoad(run: RunRecord, share: number): RunRecord {
  const refused = Math.round(run.ledger.due * share);
  const accepted = run.ledger.due - refused;
  const changed = withLedger(
    run,
    { accepted, refused, recipientsExpected: accepted * 2, delivered: accepted * 2 },
    { accepted, delivered: accepted * 2 },
  );
  return { ...changed, samples: run.samples.map((sample) => ({ ...sample, accepted: Math.round(sample.accepted * (1 - share)) })) };
}

export function unanswered(run: RunRecord, unknown: number): RunRecord {
  const accepted = run.ledger.due - unknown;
  const changed = withLedger(
    run,
    { accepted, unknown, recipientsExpected: accepted * 2, delivered: accepted * 2 },
    { accepted, delivered: accepted * 2 },
  );
  return { ...changed, samples: run.samples.map((sample) => ({ ...sample, accepted: Math.min(sample.accepted, accepted) })) };
}

/** The slowest bucket's count goes to the fastest, and nothing else changes. */
export function moved(one: LatencyHistogram): LatencyHistogram {
  const buckets = [...one.buckets];
  buckets[1]! += buckets.at(-1)!;
  return { ...one, buckets: buckets.slice(0, -2) };
}
