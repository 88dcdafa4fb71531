/**
 * Lies of clocks: the deliveries of an honest run, timed by a receiver whose clock moves. Every five seconds the offset is
 * measured anew, as a run's clock rounds do, and what comes of it goes into the record.
 */
import { withLedger } from '../../capacity/altered-run.harness.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { agree, bestOffset } from '../clock/offset.ts';
import { OneWayLatency } from '../clock/one-way.ts';
import type { RecordLie } from './lie.ts';

const ROUND_MS = 5_000;
const TRIP_MS = 0.2;
const TRUE_LATENCY_MS = 4;

export const CLOCK_LIES: readonly RecordLie[] = [
  lie('a clock that jumps forward in mid-run', 'latency samples were beyond', (atMs) => (atMs > 31_000 ? 50 : 0)),
  lie('a clock that jumps back, so that all looks fast', 'latency samples were beyond', (atMs) => (atMs > 31_000 ? -3.9 : 0)),
  lie('a clock that jumps and comes back before it is looked at', 'latency samples were beyond', (atMs) =>
    atMs > 31_000 && atMs < 34_500 ? -50 : 0,
  ),
  lie('a clock that creeps forward all the time', 'latency samples were beyond', (atMs) => atMs / 10_000),
];

function lie(words: string, says: string, movedMs: (atMs: number) => number): RecordLie {
  return { lie: words, told: 'clocks', verdict: 'inconclusive', says, tell: (honest) => timedBy(honest, movedMs) };
}

function timedBy(honest: RunRecord, movedMs: (atMs: number) => number): RunRecord {
  const clock = (atMs: number) => atMs + movedMs(atMs);
  const measure = (atMs: number) =>
    bestOffset([{ sentMs: clock(atMs), coordinatorMs: atMs + TRIP_MS / 2, receivedMs: clock(atMs) + TRIP_MS }])!;
  const latency = new OneWayLatency('delivered');
  const runMs = honest.settings.chatSeconds * 1_000;
  const { delivered } = honest.ledger;
  let offset = measure(0);
  let roundEndMs = ROUND_MS;
  for (let number = 0; number < delivered; number++) {
    const dueMs = (number / delivered) * runMs;
    while (dueMs >= roundEndMs) {
      const now = measure(roundEndMs);
      latency.endRound(agree(now, offset));
      if (!agree(now, offset)) offset = now;
      roundEndMs += ROUND_MS;
    }
    const seenMs = clock(dueMs + TRUE_LATENCY_MS) + offset.offsetMs;
    latency.sample(seenMs - dueMs, offset.errorMs, runMs);
  }
  const last = measure(runMs);
  latency.endRound(agree(last, offset));
  const invalidLatency = latency.invalid;
  const record = withLedger(honest, { invalidLatency });
  return { ...record, latencies: [...record.latencies.filter(({ name }) => name !== 'delivered'), latency.take()] };
}
