/**
 * The grade of a drain against the plan that was written before it. What hangs on speed is inconclusive where the run itself is in
 * doubt; what was lost or closed twice is excused by nothing.
 */
import { doubtOfSpeed, type GradedRow } from '../frame/grade.ts';
import { promisesBroken } from '../ledger/promises.ts';
import { BIN_MS } from '../worker/storm-tally.ts';
import type { DrainPlanned } from './drain-options.ts';
import type { DrainedPart, DrainRecord } from './drain-record.ts';

export interface DrainRow extends GradedRow {
  readonly planned?: string;
}

export const DRAIN_BOUNDS = {
  /** Over the planned rate of closes, in any second. */
  closes: 1.1,
  /** Of the planned time of an edge, and seconds beside it: clients that are refused by the one that goes wait once more. */
  time: 1.25,
  timeSlackSeconds: 10,
  /** Of the planned number of times that a client is closed, on average. */
  closesPerClient: 0.15,
} as const;

export function gradeDrain(record: DrainRecord, planned: DrainPlanned): DrainRow[] {
  const doubt = doubtOf(record);
  const judged: Judged = (row, held) =>
    doubt === undefined ? { ...row, grade: held ? 'proved' : 'refuted' } : { ...row, grade: 'inconclusive', because: doubt };
  const edges = record.parts.filter(({ part }) => part !== 'relay');
  return [
    ledger(record),
    relay(record),
    ...(record.options.relayOnly
      ? []
      : [...edges.flatMap((edge, at) => edgeRows(record, planned, edge, at, judged)), ...clients(record, planned, edges, judged)]),
  ];
}

type Judged = (row: Omit<DrainRow, 'grade'>, held: boolean) => DrainRow;

/** Why nothing that hangs on speed can be said of this run; undefined when it can. */
export function doubtOf(record: DrainRecord): string | undefined {
  if (!record.complete) return record.problems[0]?.text ?? 'the run was cut short';
  return doubtOfSpeed(record);
}

function ledger({ ledger: sums, complete, problems }: DrainRecord): DrainRow {
  const row = {
    name: 'ledger',
    measured: `${sums.accepted} accepted of ${sums.due}, ${sums.delivered} delivered of ${sums.recipientsExpected}`,
  };
  const broken = [...promisesBroken(sums), ...problems.filter(({ whose }) => whose === 'box').map(({ text }) => text)];
  if (broken.length > 0) return { ...row, grade: 'refuted', because: broken.join(', ') };
  if (!complete || sums.due === 0 || sums.unsent > 0)
    return { ...row, grade: 'inconclusive', because: sums.unsent > 0 ? `${sums.unsent} were due and never sent` : 'the run was cut short' };
  return { ...row, grade: 'proved', because: 'the ledgers of both ends agree' };
}

function relay({ parts, complete }: DrainRecord): DrainRow {
  const found = parts.find(({ part }) => part === 'relay');
  const row = {
    name: 'the relay is replaced without a disconnect',
    planned: '0',
    measured: found === undefined ? 'not replaced' : `${found.closed}`,
  };
  if (found === undefined) return { ...row, grade: 'inconclusive', because: 'the run ended before' };
  if (found.closed > 0) return { ...row, grade: 'refuted', because: `${found.closed} connections ended` };
  if (found.calmMs === undefined)
    return { ...row, grade: complete ? 'refuted' : 'inconclusive', because: 'the load did not go on as before within the limit' };
  return { ...row, grade: 'proved', because: `as before after ${((found.calmMs - found.fromMs) / 1_000).toFixed(1)} s` };
}

function edgeRows(
  { seen, complete, options }: DrainRecord,
  planned: DrainPlanned,
  edge: DrainedPart,
  at: number,
  judged: Judged,
): DrainRow[] {
  const step = planned.rolling.steps[at]!;
  const allowedSeconds = step.seconds * DRAIN_BOUNDS.time + DRAIN_BOUNDS.timeSlackSeconds;
  const tookSeconds = edge.calmMs === undefined ? undefined : (edge.calmMs - edge.fromMs) / 1_000;
  const within = (bins: readonly number[]) =>
    bins.slice(Math.floor(edge.fromMs / BIN_MS), Math.ceil((edge.calmMs ?? Number.POSITIVE_INFINITY) / BIN_MS) + 1);
  const closes = closeRate(within(seen.bins.closed));
  const arrivals = Math.max(0, ...within(seen.bins.attempts));
  const time = {
    name: `${edge.part}: all back`,
    planned: `${step.seconds.toFixed(1)} s for ${Math.round(step.connections)}`,
    measured: tookSeconds === undefined ? 'never' : `${tookSeconds.toFixed(1)} s for ${edge.closed}`,
  };
  return [
    tookSeconds === undefined
      ? { ...time, grade: complete ? 'refuted' : 'inconclusive', because: `not within ${options.limitSeconds} s` }
      : judged({ ...time, because: `at most ${allowedSeconds.toFixed(1)} s` }, tookSeconds <= allowedSeconds),
    judged(
      {
        name: `${edge.part}: closes a second`,
        planned: `${planned.closesPerSecond}`,
        measured: `${closes.toFixed(0)} on average`,
        because: `at most ${DRAIN_BOUNDS.closes} times`,
      },
      closes <= planned.closesPerSecond * DRAIN_BOUNDS.closes,
    ),
    judged(
      {
        name: `${edge.part}: arrivals in 100 ms`,
        planned: `at most ${planned.mostArrivals}`,
        measured: `${arrivals} at most`,
        because: 'one and a half times their mean, or five deviations',
      },
      arrivals <= planned.mostArrivals,
    ),
    edge.mostOfOne <= 1
      ? {
          name: `${edge.part}: closes of one client`,
          planned: 'at most 1',
          measured: `${edge.mostOfOne}`,
          grade: complete ? 'proved' : 'inconclusive',
          because: 'each was followed by itself',
        }
      : {
          name: `${edge.part}: closes of one client`,
          planned: 'at most 1',
          measured: `${edge.mostOfOne}`,
          grade: 'refuted',
          because: 'a client was closed again in the same step',
        },
  ];
}

function clients({ seen, options }: DrainRecord, { rolling }: DrainPlanned, edges: readonly DrainedPart[], judged: Judged): DrainRow[] {
  if (edges.length < options.edges)
    return [
      { name: 'every edge', measured: `${edges.length} of ${options.edges}`, grade: 'inconclusive', because: 'the run ended before' },
    ];
  const closes = edges.reduce((total, { closed }) => total + closed, 0) / options.connections;
  const off = closes / rolling.closesPerClient - 1;
  return [
    judged(
      {
        name: 'closes of a client in the whole upgrade',
        planned: `${rolling.closesPerClient.toFixed(2)} (${shares(rolling.clientsByCloses)})`,
        measured: `${closes.toFixed(2)} (${shares(seen.byDrops)})`,
        because: `${(off * 100).toFixed(0)} % off, ${DRAIN_BOUNDS.closesPerClient * 100} % allowed`,
      },
      Math.abs(off) <= DRAIN_BOUNDS.closesPerClient,
    ),
  ];
}

/** Closes a second from the first tenth of a second with one to the last. */
export function closeRate(bins: readonly number[]): number {
  const first = bins.findIndex((count) => count > 0);
  if (first < 0) return 0;
  const last = bins.findLastIndex((count) => count > 0);
  const total = bins.reduce((sum, count) => sum + count, 0);
  return (total * 1_000) / (Math.max(10, last - first + 1) * BIN_MS);
}

/** "1: 52 %, 2: 31 %": of clients, by how often each was closed. */
function shares(clients: readonly number[]): string {
  const all = clients.reduce((sum, count) => sum + count, 0);
  return clients.flatMap((count, times) => (count / all < 0.0005 ? [] : [`${times}: ${((count / all) * 100).toFixed(0)} %`])).join(', ');
}
