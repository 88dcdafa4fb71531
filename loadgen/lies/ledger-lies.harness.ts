/**
 * Lies in the workers' ledgers: a small run is played event by event, with a server that has faults or files that were
 * tampered with, merged as a run's own ledgers are, and judged with the sums that come out.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLedger } from '../../capacity/altered-run.harness.ts';
import { type Claim, connectionsClaim, sendsClaim } from '../../capacity/claims.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { writeRecord } from '../coordinator/record.ts';
import { EVENT_BYTES, EVENTS } from '../ledger/format.ts';
import { mergeLedgers } from '../ledger/merge.ts';
import { type Fault, playedLedgers } from '../ledger/played.harness.ts';
import { visitLedger } from '../ledger/reader.ts';
import { Population } from '../plan/population.ts';
import { messagesDue, type SchedulePlan } from '../plan/schedule.ts';
import type { Lie } from './lie.ts';

const NONCE = 11;
const SIZE = { connections: 120, sendsPerSecond: 50, chatSeconds: 62 } as const;
const population = new Population({
  seed: 1,
  connections: SIZE.connections,
  devicesPerUser: 1,
  workers: 3,
  conversations: 40,
  groupShare: 0.4,
  groupMembersMin: 3,
  groupMembersMax: 8,
  userBlock: 0,
});
const SCHEDULE: SchedulePlan = {
  seed: 1,
  sendsPerSecond: SIZE.sendsPerSecond,
  seconds: SIZE.chatSeconds,
  bodyMedianBytes: 80,
  bodyP99Bytes: 1_000,
  bodyMaxBytes: 4_096,
};
export const LEDGER_CLAIMS: readonly Claim[] = [connectionsClaim(SIZE.connections), sendsClaim(SIZE.sendsPerSecond)];
/** A message in the middle of the run, in a conversation that has others before and after it. */
const MIDDLE = 1_500;

type Files = readonly Uint8Array[];

export interface LedgerLie extends Lie {
  /** What the server did, by number of the message. */
  readonly faults?: ReadonlyMap<number, Fault>;
  /** What was done to the files afterwards. */
  readonly tamper?: (files: Files) => Files;
  /** What the merge draws again. */
  readonly schedule?: Partial<SchedulePlan>;
}

export const LEDGER_LIES: readonly LedgerLie[] = [
  server('a server that acknowledges and loses', 'deliveries lost', [[MIDDLE, 'loseSequence']]),
  server('a server that loses one of a message’s deliveries', 'deliveries lost', [[MIDDLE, 'lose']]),
  server('a server that delivers twice', '1 handed over twice', [[MIDDLE, 'duplicate']]),
  server('a server that reorders', '1 out of order', [[MIDDLE, 'late']]),
  server('a server that gives a message two numbers', 'has two sequences', [[MIDDLE, 'renumber']]),
  server('a server that leaves a number out', 'goes from', [[MIDDLE, 'skipNumber']]),
  server('a server that shows a message to a stranger', '1 deliveries that nobody was to get', [[MIDDLE, 'stranger']]),
  server('a server that never answers', 'sends never got an answer', [[MIDDLE, 'silence']]),
  server(
    'objectives that were met because a fifth of the load was refused',
    'sends were refused',
    Array.from({ length: messagesDue(SCHEDULE) / 5 }, (_, at) => [at * 5, 'refuse'] as const),
  ),
  {
    ...of('a ledger that ends in the middle of an event'),
    tamper: ([first, ...rest]) => [first!.subarray(0, first!.length - 1), ...rest],
    verdict: 'inconclusive',
    says: 'the run ended before its plan did',
  },
  {
    ...of('a ledger that ends half way'),
    tamper: ([first, ...rest]) => [first!.subarray(0, Math.floor(first!.length / 2)), ...rest],
    verdict: 'inconclusive',
    says: 'latency of',
  },
  {
    ...of('a second cut out of a ledger, its end left in place'),
    tamper: ([first, ...rest]) => [without(first!, 40, 90), ...rest],
    verdict: 'inconclusive',
    says: 'latency of',
  },
  {
    ...of('the refusals cut out of a ledger, so that they were never due'),
    faults: new Map(Array.from({ length: 200 }, (_, at) => [at * 7, 'refuse'] as const)),
    tamper: (files) => files.map((file) => filtered(file, ({ kind }) => kind !== EVENTS.rejected)),
    verdict: 'refuted',
    says: 'sends never got an answer',
  },
  {
    ...of('a worker’s ledger of another run'),
    tamper: ([, ...rest]) => [played(new Map(), NONCE + 1)[0]!, ...rest],
    verdict: 'inconclusive',
    says: 'latency of',
  },
  {
    ...of('two workers’ ledgers changed for each other'),
    tamper: ([first, second, ...rest]) => [second!, first!, ...rest],
    verdict: 'inconclusive',
    says: 'latency of',
  },
  {
    ...of('the events of another run under the head of this one'),
    tamper: ([first, ...rest]) => [spliced(first!, played(new Map(), NONCE + 1, { seed: 2 })[0]!), ...rest],
    verdict: 'inconclusive',
    says: 'latency of',
  },
  { ...of('no ledger of a worker'), tamper: ([, ...rest]) => [new Uint8Array(0), ...rest], verdict: 'inconclusive', says: 'latency of' },
  { ...of('a schedule drawn again with another seed'), schedule: { seed: 2 }, verdict: 'inconclusive', says: 'latency of' },
  { ...of('a schedule drawn again at half the rate'), schedule: { sendsPerSecond: 25 }, verdict: 'inconclusive', says: 'latency of' },
];

/** The record of the run as its coordinator would have written it: sums of the ledgers, latencies of the workers' own tallies. */
export function ledgerRun(lie?: LedgerLie): RunRecord {
  const files = played(lie?.faults ?? new Map());
  const tallies = talliesOf(files);
  const schedule = { ...SCHEDULE, ...lie?.schedule };
  const merged = mergeLedgers({
    population,
    schedule,
    nonce: NONCE,
    ledgers: (lie?.tamper?.(files) ?? files).map((file, worker) => ({ worker, chunks: [file] })),
    dueUntilMs: Number.POSITIVE_INFINITY,
  });
  const honest = syntheticRun({ ...SIZE, sizes: [0, 40, 80, 120], edges: 1, workers: 3 });
  const { accepted } = tallies;
  const run = withLedger(honest, merged.sums, tallies);
  return {
    ...run,
    complete: merged.completeWorkers.length === files.length,
    samples: run.samples.map((sample) => ({ ...sample, accepted: Math.min(sample.accepted, accepted), delivered: 0 })),
    problems: [
      ...merged.faults.map((text) => ({ tMs: 1, whose: 'box' as const, text })),
      ...merged.foreignLedgers.map((worker) => ({ tMs: 1, whose: 'generator' as const, text: `foreign ledger of worker ${worker}` })),
    ],
  };
}

/** The folder that the honest run leaves: record, plan and ledgers. */
export function writeLedgerRun(folder: string): RunRecord {
  const record: RunRecord = { ...ledgerRun(), claims: LEDGER_CLAIMS.map(({ id, value }) => ({ id, value })) };
  mkdirSync(join(folder, 'ledgers'), { recursive: true });
  for (const [worker, file] of played(new Map()).entries()) writeFileSync(join(folder, 'ledgers', `worker-${worker}.ledger`), file);
  const plan = { population: population.plan, schedule: SCHEDULE, nonce: NONCE, dueUntilMs: null };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  writeRecord(folder, record);
  return record;
}

function played(faults: ReadonlyMap<number, Fault>, nonce = NONCE, changes: Partial<SchedulePlan> = {}): Files {
  return playedLedgers({ population, schedule: { ...SCHEDULE, ...changes }, nonce }, faults).map((chunks) => Buffer.concat(chunks));
}

/** What the workers timed, whatever became of their files. */
function talliesOf(files: Files): { readonly accepted: number; readonly delivered: number } {
  const sums = { accepted: 0, delivered: 0 };
  for (const file of files) {
    visitLedger([file], ({ kind }) => {
      if (kind === EVENTS.accepted) sums.accepted++;
      if (kind === EVENTS.delivered) sums.delivered++;
    });
  }
  return sums;
}

function server(lie: string, says: string, faults: ReadonlyArray<readonly [number, Fault]>): LedgerLie {
  return { ...of(lie), faults: new Map(faults), verdict: 'refuted', says };
}

function of(lie: string): { readonly lie: string; readonly told: string } {
  return { lie, told: 'ledgers' };
}

/** Events `from` to `to` per cent of the file are gone. */
function without(file: Uint8Array, from: number, to: number): Uint8Array {
  const at = (percent: number) => Math.floor((file.length / EVENT_BYTES) * (percent / 100)) * EVENT_BYTES;
  return Buffer.concat([file.subarray(0, at(from)), file.subarray(at(to))]);
}

function filtered(file: Uint8Array, keep: (event: { readonly kind: number }) => boolean): Uint8Array {
  const kept = [file.subarray(0, EVENT_BYTES)];
  for (let at = EVENT_BYTES; at < file.length; at += EVENT_BYTES)
    if (keep({ kind: file[at]! })) kept.push(file.subarray(at, at + EVENT_BYTES));
  return Buffer.concat(kept);
}

function spliced(head: Uint8Array, events: Uint8Array): Uint8Array {
  return Buffer.concat([head.subarray(0, EVENT_BYTES), events.subarray(EVENT_BYTES)]);
}
