/** A soak told in lines: the grade with the memory of each component; files, threads and tables only where they are refuted. */
import { type GradedRow, gradeLines } from '../frame/grade.ts';
import { gradeSoak } from './grade.ts';
import type { SoakRecord } from './soak-record.ts';

export const STATISTICS = [
  'Slopes: medians of 24 blocks after the warm-up, least squares, error raised by the correlation of neighbours, 95 % intervals.',
  'Leak: the whole interval is above the tolerance (5 % of the level an hour, at least 4 MiB, 10 files or 10,000 entries), and the second half still grows.',
  'No leak: the whole interval is below it. Growth that goes with records or ids by design is fitted apart; a JVM within its heap is not judged to leak.',
];

export function soakLines(record: SoakRecord, rows: readonly GradedRow[] = gradeSoak(record)): string[] {
  const { options, chatMs, judgedFromMs, gaps, disconnects, latencies, noise } = record;
  const isSide = ({ name, grade }: GradedRow) => /: (?!memory)/.test(name) && grade !== 'refuted';
  const shown = rows.filter((row) => !isSide(row));
  const sides = rows.filter(isSide);
  const unknown = sides.filter(({ grade }) => grade === 'inconclusive').map(({ name }) => name);
  const { severed = 0, ...others } = disconnects;
  return [
    `${(chatMs / 60_000).toFixed(1)} min on ${options.system}: ${options.connections} connections, ${options.sendsPerSecond} sends/s on average, ${record.samples} samples, judged from ${(judgedFromMs / 60_000).toFixed(1)} min`,
    ...gradeLines(shown),
    `  files, threads and tables: no leak in ${sides.length - unknown.length} of ${sides.length} series${unknown.length === 0 ? '' : `; can't tell of ${unknown.join(', ')}`}`,
    `  connections ended: ${severed} by their lifetimes${Object.entries(others)
      .map(([reason, count]) => `, ${count} ${reason}`)
      .join('')}`,
    ...latencies.map(
      ({ name, samples, p50Us, p99Us }) =>
        `  ${name}: p50 ${(p50Us / 1_000).toFixed(0)} ms, p99 ${(p99Us / 1_000).toFixed(0)} ms of ${samples}`,
    ),
    ...gaps.map(
      ({ fromMs, toMs }) => `  its own process was away from ${(fromMs / 1_000).toFixed(0)} to ${(toMs / 1_000).toFixed(0)} s, and went on`,
    ),
    ...(noise === undefined ? [] : [`  ${noise}: latencies say nothing`]),
  ];
}
