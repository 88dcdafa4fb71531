/** Results for people: a table for the terminal and one in Markdown. Both say the same; neither computes anything. */
import type { Measured, Verdict } from './judge-row.ts';
import type { RowResult } from './results.ts';
import type { Row, Unit } from './rows.ts';
import type { Spread } from './spread.ts';

export interface BenchHead {
  readonly quick: boolean;
  readonly repeats: number;
  /** Of the machine, in a line. */
  readonly machine: string;
  readonly date: string;
}

const QUICK = 'quick: fewer connections, shorter and once. These are not the sizes of the goals, and prove nothing about them.';

export function tableOf(results: readonly RowResult[], head: BenchHead): string {
  const lines = results.map((result) => [
    result.row.title,
    goalText(result.row),
    measuredText(result.ours, result.row.unit),
    verdictText(result.verdict),
  ]);
  const header = ['', 'goal', 'measured, median (least–most)', 'verdict'];
  const widths = [0, 1, 2].map((column) => Math.max(...[header, ...lines].map((line) => line[column]!.length)));
  const shown = (line: readonly string[]) =>
    line
      .map((cell, column) => (column < widths.length ? cell.padEnd(widths[column]!) : cell))
      .join('  ')
      .trimEnd();
  const rows = results.flatMap((result, at) => [shown(lines[at]!), ...detailLines(result).map((line) => `    ${line}`)]);
  return [headLine(head), ...(head.quick ? [QUICK] : []), '', shown(header), ...rows].join('\n');
}

export function markdownOf(results: readonly RowResult[], head: BenchHead): string {
  const rows = results.map((result) => {
    const { row } = result;
    const beside = [
      ...result.peers.map((peer) => `${peer.who} ${measuredText(peer, row.unit)}`),
      ...result.quoted.flatMap(({ who, value }) => (value === undefined ? [] : [`${who} ${valueText(value, row.unit)} (quoted)`])),
    ];
    return `| ${row.title} | ${goalText(row)} | ${measuredText(result.ours, row.unit)} | ${verdictText(result.verdict)} | ${beside.join('; ')} |`;
  });
  return [
    `${headLine(head)}${head.quick ? ` ${QUICK}` : ''}`,
    '',
    '| | goal | measured, median (least–most) | verdict | beside it |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function headLine({ date, machine, repeats }: BenchHead): string {
  return `${date}, ${machine}, ${repeats === 1 ? 'once' : `${repeats} times`}`;
}

function detailLines(result: RowResult): string[] {
  const { row } = result;
  // Of the same runs as the row’s own figure: what spoils it is said there.
  const parts = result.parts.map(({ spoilt: _, ...part }) => `${part.who} ${measuredText(part, row.unit)}`);
  return [
    ...(parts.length === 0 ? [] : [`of it: ${parts.join(', ')}`]),
    ...result.peers.map((peer) => `${peer.who}: ${measuredText(peer, row.unit)}${ratioText(peer.ratio)}`),
    ...result.quoted.map(({ who, value, ratio, because }) => {
      const quoted = value === undefined ? '' : `${valueText(value, row.unit)}, quoted${ratioText(ratio)}; `;
      return `${who}: ${quoted}not run: ${because}`;
    }),
    ...result.notes.map((note) => `note: ${note}`),
  ];
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : `, ours is ${ratio.toFixed(2)} of it`;
}

export function goalText(row: Row): string {
  if (row.timesPeers !== undefined) return `${row.timesPeers} × the best peer`;
  if (row.goal === undefined) return '–';
  return `${row.direction === 'atMost' ? '≤' : '≥'} ${valueText(row.goal, row.unit)}`;
}

export function measuredText(measured: Measured, unit: Unit): string {
  if (measured.spread === undefined) return `not run (${measured.missing})`;
  return `${spreadText(measured.spread, unit)}${measured.spoilt === undefined ? '' : ', noisy'}`;
}

function spreadText(spread: Spread, unit: Unit): string {
  if (spread.repeats === 1) return valueText(spread.median, unit);
  const [least, most] = [numberText(spread.least, unit), numberText(spread.most, unit)];
  return `${valueText(spread.median, unit)} (${least}–${most})`;
}

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'reached':
    case 'missed':
      return verdict.kind;
    case 'notJudged':
      return 'not judged';
    case 'noisy':
      return `noisy: ${verdict.reason}`;
    case 'notRun':
      return `not run: ${verdict.reason}`;
  }
}

export function valueText(value: number, unit: Unit): string {
  return isCount(unit) && unit !== 'sends/s' ? numberText(value, unit) : `${numberText(value, unit)} ${unit}`;
}

/** Counts have no unit of time or size. */
export function isCount(unit: Unit): boolean {
  return unit === 'connections' || unit === 'messages' || unit === 'sends/s';
}

function numberText(value: number, unit: Unit): string {
  switch (unit) {
    case 'KB':
      return (value / 1_000).toFixed(2);
    case 'us':
      return value.toFixed(value < 100 ? 1 : 0);
    case 'ms':
      return (value / 1_000).toFixed(2);
    case 's':
      return (value / 1_000_000).toFixed(1);
    case 'connections':
    case 'messages':
    case 'sends/s':
      return Math.round(value).toLocaleString('en-GB');
  }
}
