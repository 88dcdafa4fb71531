/**
 * A run record cut down to what bills and predictions read, so that a clone can hold them against each other: still a record,
 * read by the same reader, with the same bills to the last byte. What goes: samples between the ends of a phase, slab caches that no item
 * reads, latencies that no objective is about.
 */
import { cachesRead } from './memory-series.ts';
import type { LatencyName, MemoryCheckpoint, RunRecord, RunSample } from './run-record.ts';

const LATENCIES: readonly LatencyName[] = ['accepted', 'delivered'];

export function summaryOf(record: RunRecord): RunRecord {
  return {
    ...record,
    samples: record.samples.filter((sample, at) => isEnd(record.samples, sample, at)),
    checkpoints: record.checkpoints.map(withReadCaches),
    latencies: record.latencies.filter(({ name }) => LATENCIES.includes(name)),
  };
}

/** First and last of each stretch of a phase: what happened within is a difference of the two. */
function isEnd(samples: readonly RunSample[], { phase }: RunSample, at: number): boolean {
  return samples[at - 1]?.phase !== phase || samples[at + 1]?.phase !== phase;
}

function withReadCaches(point: MemoryCheckpoint): MemoryCheckpoint {
  if (point.slabBytes === undefined) return point;
  return { ...point, slabBytes: Object.fromEntries(Object.entries(point.slabBytes).filter(([cache]) => cachesRead(cache))) };
}
