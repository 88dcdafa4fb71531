/**
 * One search, from the first size to what was found: tries a size, judges it, asks for the next. What a try is (a fresh box, one
 * on real systems, how many connections) is the caller's. Pure but for the tries and what they say.
 */
import type { RunRecord } from '../../capacity/run-record.ts';
import { FIGURES, type FigureName } from '../bench/figures.ts';
import { isNotRun, type NotRun } from '../bench/run-outcome.ts';
import { type Spread, spreadOf } from '../bench/spread.ts';
import { limitOf } from './limiting-part.ts';
import { type Found, foundBy, nextTry, type SearchPlan, type Tried } from './next-size.ts';
import { type Judged, judgeTry, type Objective } from './objectives.ts';

export interface SearchInput {
  readonly plan: SearchPlan;
  readonly objectives: readonly Objective[];
  /** What one operation costs, read from the runs that held. */
  readonly cost: FigureName;
  readonly run: (size: number, number: number) => Promise<RunRecord | NotRun>;
  /** No further try is begun after it, by `performance.now()`. */
  readonly untilMs: number;
  /** A guess that the first try replaces. */
  readonly trySeconds: number;
  readonly signal: AbortSignal;
  /** Each try, as it ends. */
  readonly told: (tried: SearchTry) => void;
}

export interface SearchTry extends Tried {
  readonly why: string;
  /** Name of its record; left out when nothing could be run. */
  readonly id?: string;
}

export interface SearchResult {
  readonly found: Found;
  readonly tries: readonly SearchTry[];
  /** Of the last size that broke, above what held. */
  readonly limit?: string;
  /** Of the largest size that held, over the repeats. */
  readonly cost?: Spread;
}

export async function search(input: SearchInput): Promise<SearchResult> {
  const tries: SearchTry[] = [];
  const costs = new Map<number, { readonly size: number; readonly value: number }>();
  let limit: string | undefined;
  let longestMs = input.trySeconds * 1_000;
  for (;;) {
    const next = nextTry(tries, input.plan);
    if (next === undefined || input.signal.aborted || performance.now() + longestMs > input.untilMs) break;
    const startedMs = performance.now();
    const record = await input.run(next.size, tries.length);
    longestMs = tries.length === 0 ? performance.now() - startedMs : Math.max(longestMs, performance.now() - startedMs);
    if (input.signal.aborted) break;
    const judged: Judged = isNotRun(record) ? { outcome: 'broke', why: record.notRun } : judgeTry(record, input.objectives);
    const tried: SearchTry = { ...next, ...judged, ...(isNotRun(record) ? {} : { id: record.id }) };
    tries.push(tried);
    input.told(tried);
    if (judged.outcome === 'broke' || judged.outcome === 'generator')
      limit = isNotRun(record) ? record.notRun : `at ${next.size}: ${limitOf(record)}`;
    if (judged.outcome !== 'held' || isNotRun(record)) continue;
    const value = FIGURES[input.cost](record);
    const best = costs.get(next.repeat);
    if (typeof value === 'number' && (best === undefined || next.size >= best.size)) costs.set(next.repeat, { size: next.size, value });
  }
  const cost = spreadOf([...costs.values()].map(({ value }) => value));
  const found = foundBy(tries, input.plan);
  const cut = nextTry(tries, input.plan) === undefined ? '' : input.signal.aborted ? '; it was interrupted' : '; the time was up';
  return {
    found: cut === '' ? found : { ...found, why: `${found.why ?? 'not whole'}${cut}` },
    tries,
    ...(limit === undefined ? {} : { limit }),
    ...(cost === undefined ? {} : { cost }),
  };
}
