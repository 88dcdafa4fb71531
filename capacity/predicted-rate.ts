/**
 * The highest rate of sends at which a box keeps the objectives, from runs at lower rates: how much of the machine a message takes
 * as work, and how long an event waits for so much work (`waitP99Seconds`). The length of a turn, which is what an event waits
 * for, is what the lower rates' latencies say it is.
 */
import { OBJECTIVES } from './claims.ts';
import { chatSamples, p99Us, processors } from './held.ts';
import { waitP99Seconds } from './model/headroom.ts';
import type { Unfit } from './regression.ts';
import type { RunRecord } from './run-record.ts';

export interface PredictedRate {
  readonly perSecond: number;
  /** By the shortest and the longest turn that a fitted run tells. */
  readonly low: number;
  readonly high: number;
  /** Share of the machine that the load takes there. */
  readonly busyShare: number;
  readonly from: readonly string[];
}

export interface RateComparison {
  readonly predicted: PredictedRate;
  /** Highest rate that held, and the lowest above it that did not; undefined where every rate held. */
  readonly heldPerSecond: number;
  readonly brokePerSecond: number | undefined;
}

/** Two rates at least: one says nothing of how the next costs. */
const FEWEST_RATES = 2;
const SEARCH_STEPS = 60;

/** `setWaitsMs`: waits that are there when nothing queues. */
export function predictRate(fitted: readonly RunRecord[], setWaitsMs: number): PredictedRate | Unfit {
  const lower = fitted.toSorted((left, right) => left.settings.sendsPerSecond - right.settings.sendsPerSecond);
  const rates = [...new Set(lower.map(({ settings }) => settings.sendsPerSecond))];
  if (rates.length < FEWEST_RATES) return { unfit: `${rates.length} rates of this box were fitted, ${FEWEST_RATES} are the least` };
  // The two highest: the fuller the turns, the less a further message costs, so the last slope is the nearest to what comes.
  const [rate, last] = rates.slice(-2) as [number, number];
  const [from, to] = [rate, last].map((one) => mean(lower.filter(({ settings }) => settings.sendsPerSecond === one).map(ownShare)));
  if (from! <= 0 || to! <= from!) return { unfit: 'the machine was not fuller at the higher rate' };
  const costs = costsOf(rate, from!, last, to!);
  const workAt = (one: number) => costs.work * one;
  const turns = lower
    .flatMap((run) => turnSeconds(run, workAt(run.settings.sendsPerSecond), setWaitsMs))
    .sort((left, right) => left - right);
  if (turns.length === 0) return { unfit: 'no fitted run waited long enough to tell the length of a turn' };
  const allowed = OBJECTIVES.acceptedP99Us / 1e6 - setWaitsMs / 1e3;
  const rateFor = (turn: number) => {
    let [low, high] = [0, 1 / costs.work];
    for (let step = 0; step < SEARCH_STEPS; step++) {
      const middle = (low + high) / 2;
      if (waitP99Seconds(workAt(middle), turn, lower[0]!.host.cores) <= allowed) low = middle;
      else high = middle;
    }
    return low;
  };
  const perSecond = rateFor(turns[Math.floor(turns.length / 2)]!);
  return {
    perSecond,
    low: rateFor(turns.at(-1)!),
    high: rateFor(turns[0]!),
    busyShare: ((costs.work + costs.wake) * perSecond) / (1 + costs.wake * perSecond),
    from: lower.map(({ id }) => id),
  };
}

/** `held`: the same box at rising rates, the last of which broke an objective. A rate that was tried twice held when one did. */
export function compareRate(fitted: readonly RunRecord[], held: readonly RunRecord[], setWaitsMs: number): RateComparison | Unfit {
  const predicted = predictRate(fitted, setWaitsMs);
  if ('unfit' in predicted) return predicted;
  const good = held.filter(keepsObjectives).map(({ settings }) => settings.sendsPerSecond);
  const best = Math.max(0, ...good);
  const broke = held
    .filter((run) => !keepsObjectives(run))
    .map(({ settings }) => settings.sendsPerSecond)
    .filter((rate) => rate > best);
  return {
    predicted,
    heldPerSecond: best,
    brokePerSecond: broke.length === 0 ? undefined : Math.min(...broke),
  };
}

export function keepsObjectives(run: RunRecord): boolean {
  const { ledger, settings } = run;
  const failed = ledger.lost + ledger.duplicated + ledger.outOfOrder + ledger.unknown + ledger.unsent + ledger.refused;
  const within = (name: 'accepted' | 'delivered', most: number) => (p99Us(run, name) ?? Number.POSITIVE_INFINITY) <= most;
  return (
    run.complete &&
    failed === 0 &&
    ledger.accepted >= settings.sendsPerSecond * settings.chatSeconds * (1 - OBJECTIVES.rateShare) &&
    within('accepted', OBJECTIVES.acceptedP99Us) &&
    within('delivered', OBJECTIVES.deliveredP99Us)
  );
}

/** Of all processors, without what others used. */
function ownShare(run: RunRecord): number {
  const { busyShare, othersShare } = processors(run, chatSamples(run));
  return busyShare - othersShare;
}

/**
 * What a message is as work, and what waking its processes adds, both as a share of the machine for one a second. Messages that
 * come at random find a process at rest in the share of time that it rests: share = rate × (work + wake × (1 − share)). So a fuller
 * machine wakes less, its turns are longer, and it is full for good only where work alone fills it: the queue hangs on that.
 */
export function costsOf(rate: number, share: number, last: number, lastShare: number): { readonly work: number; readonly wake: number } {
  const wake = Math.max(0, (share / rate - lastShare / last) / (lastShare - share));
  return { wake, work: (share - wake * rate * (1 - share)) / rate };
}

function turnSeconds(run: RunRecord, workShare: number, setWaitsMs: number): readonly number[] {
  const waited = (p99Us(run, 'accepted') ?? 0) / 1e6 - setWaitsMs / 1e3;
  const forOneSecond = waitP99Seconds(workShare, 1, run.host.cores);
  return waited > 0 && forOneSecond > 0 && Number.isFinite(forOneSecond) ? [waited / forOneSecond] : [];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
