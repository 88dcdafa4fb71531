/**
 * The highest rate of sends at which a box keeps the objectives, from runs at lower rates: how full the machine gets with the
 * rate, and how long an event waits on a machine so full (`waitP99Seconds`). The length of a turn, which is what an event waits
 * for, is what the lower rates' latencies say it is.
 */
import { OBJECTIVES } from './claims.ts';
import { chatSamples, p99Us, processors } from './held.ts';
import { waitP99Seconds } from './model/headroom.ts';
import type { Unfit } from './regression.ts';
import type { RunRecord } from './run-record.ts';

export interface RateComparison {
  readonly predictedPerSecond: number;
  /** Highest rate that held, and the lowest above it that did not; undefined where every rate held. */
  readonly heldPerSecond: number;
  readonly brokePerSecond: number | undefined;
  readonly from: readonly string[];
}

/** Two rates at least: one says nothing of how the next costs. */
const FEWEST_RATES = 2;
const SEARCH_STEPS = 60;

/** `held`: the same box at rising rates, the last of which broke an objective. `setWaitsMs`: waits that are there when nothing queues. */
export function compareRate(fitted: readonly RunRecord[], held: readonly RunRecord[], setWaitsMs: number): RateComparison | Unfit {
  const lower = fitted.toSorted((left, right) => left.settings.sendsPerSecond - right.settings.sendsPerSecond);
  const rates = new Set(lower.map(({ settings }) => settings.sendsPerSecond));
  if (rates.size < FEWEST_RATES) return { unfit: `${rates.size} rates of this box were fitted, ${FEWEST_RATES} are the least` };
  const first = lower[0]!;
  const last = lower.at(-1)!;
  const [from, to] = [ownShare(first), ownShare(last)];
  if (from <= 0 || to <= from) return { unfit: 'the machine was not fuller at the higher rate' };
  const exponent = Math.log(to / from) / Math.log(last.settings.sendsPerSecond / first.settings.sendsPerSecond);
  const shareAt = (rate: number) => to * (rate / last.settings.sendsPerSecond) ** exponent;
  const turns = lower.flatMap((run) => turnSeconds(run, setWaitsMs)).sort((left, right) => left - right);
  if (turns.length === 0) return { unfit: 'no fitted run waited long enough to tell the length of a turn' };
  const turn = turns[Math.floor(turns.length / 2)]!;
  const allowed = OBJECTIVES.acceptedP99Us / 1e6 - setWaitsMs / 1e3;
  let [low, high] = [0, last.settings.sendsPerSecond / to ** (1 / exponent)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2;
    if (waitP99Seconds(shareAt(middle), turn, first.host.cores) <= allowed) low = middle;
    else high = middle;
  }
  const good = held.filter(keepsObjectives).map(({ settings }) => settings.sendsPerSecond);
  const best = Math.max(0, ...good);
  const broke = held
    .filter((run) => !keepsObjectives(run))
    .map(({ settings }) => settings.sendsPerSecond)
    .filter((rate) => rate > best);
  return {
    predictedPerSecond: low,
    heldPerSecond: best,
    brokePerSecond: broke.length === 0 ? undefined : Math.min(...broke),
    from: lower.map(({ id }) => id),
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

function turnSeconds(run: RunRecord, setWaitsMs: number): readonly number[] {
  const waited = (p99Us(run, 'accepted') ?? 0) / 1e6 - setWaitsMs / 1e3;
  const forOneSecond = waitP99Seconds(processors(run, chatSamples(run)).busyShare, 1, run.host.cores);
  return waited > 0 && forOneSecond > 0 && Number.isFinite(forOneSecond) ? [waited / forOneSecond] : [];
}
