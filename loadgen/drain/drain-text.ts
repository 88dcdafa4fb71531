/** A drain told in lines: the grade, planned beside measured, and the time that clients lost. */
import { gradeLines } from '../frame/grade.ts';
import { BIN_MS } from '../worker/storm-tally.ts';
import type { DrainRecord } from './drain-record.ts';
import type { DrainRow } from './grade.ts';

export function drainLines(record: DrainRecord, rows: readonly DrainRow[]): string[] {
  const { options, relayDelays, seen } = record;
  const refused = Object.entries(seen.refusals).map(([error, count]) => `${count} ${error}`);
  return [
    `${options.relayOnly ? 'the relay' : `the relay and ${options.edges} edges`} replaced under ${options.connections} connections and ${options.sendsPerSecond} sends/s${options.tls ? ', TLS' : ''}`,
    ...gradeLines(rows, ({ planned, measured }) => `${planned === undefined ? '' : `planned ${planned}, `}measured ${measured}`),
    ...(relayDelays === undefined
      ? []
      : [
          `  longest delay over the relay: accepted ${seconds(relayDelays.acceptedMaxUs)}, delivered ${seconds(relayDelays.deliveredMaxUs)}, from when it was due`,
        ]),
    ...(options.relayOnly ? [] : [`  time lost by a client with each close: ${lostTime(seen.awayBins)}`]),
    `  refused on the way back: ${refused.length === 0 ? 'none' : refused.join(', ')}`,
  ];
}

/** To the end of the tenth of a second in which each was back. */
export function lostTime(bins: readonly number[]): string {
  const total = bins.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 'none was closed';
  const at = (share: number) => {
    let sum = 0;
    const bin = bins.findIndex((count) => {
      sum += count;
      return sum >= share * total - 1e-9;
    });
    return `${(((bin + 1) * BIN_MS) / 1_000).toFixed(1)} s`;
  };
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${at(1)}`;
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(2)} s`;
}
