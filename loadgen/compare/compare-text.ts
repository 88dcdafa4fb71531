/** A comparison as lines for a terminal, as Markdown, as JSON. What did not change is counted, and listed only when asked for. */
import { bytesText, durationText, percentText, text } from '../../capacity/quantity-text.ts';
import type { Change, ComparedRow, Comparison } from './compare.ts';
import type { FigureUnit } from './compared-figures.ts';

export const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  worse: 'worse',
  better: 'better',
  unchanged: 'unchanged',
  notTold: 'not told',
};
const ORDER: readonly Change[] = ['worse', 'better', 'unchanged', 'notTold'];

export function valueText(value: number, unit: FigureUnit): string {
  if (unit === 'us') return value < 1_000 ? `${value.toFixed(value < 100 ? 1 : 0)} us` : durationText(value);
  return unit === 'B' ? bytesText(value) : `${text(value)}/s`;
}

export function changeText({ changeShare }: ComparedRow): string {
  if (changeShare === undefined) return '';
  return `${changeShare < 0 ? '−' : '+'}${percentText(Math.abs(changeShare))}`;
}

export function noteText({ change, p, leastSeenShare, why }: ComparedRow): string {
  if (why !== undefined) return why;
  if (change === 'unchanged') return `changes from ${percentText(leastSeenShare!)} on would be seen`;
  return `p ${p!.toFixed(3)}`;
}

export function headline({ verdict, why, units, before, after }: Comparison): string {
  const words = { worse: 'worse', notWorse: 'not worse', inconclusive: 'inconclusive' }[verdict];
  const of = units.of === 'runs' ? 'runs' : 'stretches of one run each';
  return `${after.name} against ${before.name}: ${words}${why === undefined ? '' : `: ${why}`} (${units.after} against ${units.before} ${of})`;
}

/** Sorted by what matters; without `all` only what changed. */
export function shownRows({ rows }: Comparison, all: boolean): readonly ComparedRow[] {
  return rows
    .filter(({ change }) => all || change === 'worse' || change === 'better')
    .toSorted((one, other) => ORDER.indexOf(one.change) - ORDER.indexOf(other.change));
}

export function hiddenText({ rows }: Comparison): string {
  const count = (change: Change) => rows.filter((row) => row.change === change).length;
  return `${count('unchanged')} figures unchanged, ${count('notTold')} not told`;
}

export const METHOD =
  'Labels of runs (or of ten-second stretches of one run) are permuted; p is the share of permutations in which any figure differs by as much (Westfall and Young), so 5 % is the chance of one false alarm in the whole table. A change below the least that matters is none.';

export function comparisonLines(comparison: Comparison, all: boolean): readonly string[] {
  const rows = shownRows(comparison, all).map((row) => [
    CHANGE_WORDS[row.change],
    row.figure.name,
    valueText(row.before, row.figure.unit),
    valueText(row.after, row.figure.unit),
    changeText(row),
    noteText(row),
  ]);
  const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]!.length));
  return [
    headline(comparison),
    ...rows.map(
      (row) =>
        `  ${row
          .map((cell, at) => cell.padEnd(width(at)))
          .join('  ')
          .trimEnd()}`,
    ),
    `  ${hiddenText(comparison)}${all ? '' : ' (--all shows them)'}`,
    ...comparison.broken
      .filter(({ before, after }) => before + after > 0)
      .map(({ what, before, after }) => `  ${what}: ${before} before, ${after} after`),
    ...comparison.conditions.map(({ what, before, after }) => `  changed: ${what}: ${before} → ${after}`),
    ...comparison.doubts.map((doubt) => `  doubt: ${doubt}`),
    ...(comparison.units.of === 'stretches' ? ['  one run a side: what differs from run to run is not in the noise'] : []),
  ];
}

export function comparisonMarkdown(comparison: Comparison, all: boolean): string {
  const cell = (words: string) => words.replaceAll('|', '\\|');
  const rows = shownRows(comparison, all).map(
    (row) =>
      `| ${row.figure.name} | ${valueText(row.before, row.figure.unit)} | ${valueText(row.after, row.figure.unit)} | ${changeText(row)} | **${CHANGE_WORDS[row.change]}** | ${cell(noteText(row))} |`,
  );
  return [
    `## ${cell(headline(comparison))}`,
    '',
    ...(rows.length === 0 ? [] : ['| figure | before | after | change | | |', '|---|---:|---:|---:|---|---|', ...rows, '']),
    ...comparisonLines(comparison, all)
      .slice(1)
      .filter((line) => !/^ {2}(worse|better|unchanged|not told) /.test(line))
      .map((line) => `- ${cell(line.trim())}`),
    '',
    METHOD,
    '',
  ].join('\n');
}

export function comparisonJson(comparison: Comparison): string {
  const side = ({ name, records }: Comparison['before']) => ({ name, runs: records.map(({ id }) => id) });
  return JSON.stringify(
    { schema: 1, ...comparison, before: side(comparison.before), after: side(comparison.after), method: METHOD },
    null,
    2,
  );
}
