/** Asks the workers what they see of a storm; and what the one that looks on saw of the others' misfortune. */
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import type { WorkerGroup } from '../coordinator/worker-group.ts';
import type { FromWorker } from '../worker/messages.ts';
import type { StormSeen } from '../worker/storm-tally.ts';
import type { Percentiles, Undisturbed } from './storm-record.ts';

const LIMIT_MS = 2_000;

/** By the worker's number; one that does not answer in time is left out. */
export async function seenOf(group: WorkerGroup, mark: number, latencies: boolean): Promise<Map<number, StormSeen>> {
  const isAnswer = (answer: FromWorker) => answer.type === 'storm' && answer.mark === mark;
  const answers = await group.ask({ type: 'stormReport', mark, latencies }, isAnswer, LIMIT_MS);
  const seen = new Map<number, StormSeen>();
  for (const [worker, answer] of answers) if (answer.type === 'storm') seen.set(worker.index, answer.seen);
  return seen;
}

/** Undefined where too little was seen to speak of a 99th percentile. */
export function undisturbedOf({ undisturbed, calm, during }: StormSeen): Undisturbed | undefined {
  if (calm === undefined || during === undefined) return undefined;
  return {
    connections: undisturbed,
    acceptedBefore: percentilesOf(calm.accepted),
    acceptedDuring: percentilesOf(during.accepted),
    deliveredBefore: percentilesOf(calm.delivered),
    deliveredDuring: percentilesOf(during.delivered),
  };
}

function percentilesOf(histogram: LatencyHistogram): Percentiles {
  return { samples: histogram.count, p50Us: percentileUs(histogram, 0.5) ?? 0, p99Us: percentileUs(histogram, 0.99) ?? 0 };
}
