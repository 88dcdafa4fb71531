/**
 * A check of a sheet in words: the table of rows, then each finding with the numbers of both sides, where they stand, which is likely
 * wrong and why, then what was not checked.
 */

import type { CheckedRow, Finding, SheetCheck } from './check-figures.ts';
import type { Claim } from './claim.ts';
import type { Constraint, Way } from './constraints.ts';
import type { Suspect } from './culprit.ts';
import type { Figure } from './figure.ts';

/** "11.6 M", "20 TB", "2,000", with the unit that `like` is written in. */
export function numberText(value: number, like: Claim | Figure): string {
  if (!('figure' in like)) return plainText(value, like);
  const { measure } = like.figure;
  if (like.key.startsWith('share:')) return `${trimmed(value * 100)} %`;
  if (like.key.startsWith('time:')) return timeText(value);
  const shown = like.seconds > 0 ? value * like.seconds : value;
  const time = like.seconds > 0 ? `/${timeName(like.seconds)}` : '';
  if (measure.bytes !== 0 || like.key.startsWith('bytes:')) return `${scaledText(shown, ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'])}${time}`;
  if (like.noun === 'cost') return `$${scaledText(shown, ['', 'K', 'M', 'B', 'T']).trim()}${time}`;
  return `${scaledText(shown, ['', 'K', 'M', 'B', 'T']).trim()}${time}`;
}

/** Of a row that is no quantity of the relations: in the measure of its unit. */
function plainText(value: number, { measure }: Figure): string {
  const per = measure.seconds === -1 && measure.bytes + measure.dollars !== 0 ? '/s' : '';
  if (measure.dollars !== 0) return `$${scaledText(value, ['', 'K', 'M', 'B', 'T']).trim()}${per}`;
  if (measure.bytes !== 0) return `${scaledText(value, ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'])}${per}`;
  return measure.seconds === 1
    ? timeText(value)
    : `${scaledText(value, ['', 'K', 'M', 'B', 'T']).trim()}${measure.seconds === -1 ? '/s' : ''}`;
}

function scaledText(value: number, units: readonly string[]): string {
  let shown = Math.abs(value);
  let at = 0;
  while (shown >= 999.5 && at < units.length - 1) {
    shown /= 1_000;
    at++;
  }
  return `${value < 0 ? '-' : ''}${trimmed(shown)} ${units[at]}`;
}

function trimmed(value: number): string {
  if (value === 0) return '0';
  const text = Math.abs(value) >= 1_000 ? value.toPrecision(4) : value.toPrecision(3);
  const plain = Number(text);
  return Math.abs(plain) < 1e-4 || Math.abs(plain) >= 1e7 ? plain.toExponential(2) : String(plain);
}

function timeText(seconds: number): string {
  if (seconds >= 86_400) return `${trimmed(seconds / 86_400)} days`;
  return seconds >= 7_200 ? `${trimmed(seconds / 3_600)} h` : `${trimmed(seconds)} s`;
}

function timeName(seconds: number): string {
  const names: readonly (readonly [number, string])[] = [
    [31_536_000, 'year'],
    [2_592_000, 'month'],
    [604_800, 'week'],
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'min'],
  ];
  return names.find(([size]) => Math.abs(seconds / size - 1) < 0.1)?.[1] ?? 's';
}

export function whereText(claim: Claim): string {
  return `${claim.figure.label.trim()} ${shortText(claim.figure.text)} (${claim.figure.place})`;
}

function shortText(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

/** "Messages/day ~100 B (s.md:4) × Peak factor 10× daily mean (s.md:5 note) ÷ 86,400 = 11.6 M/s". */
export function wayText(output: Claim, way: Way): string {
  if (way.inputs.length === 1 && way.inputs[0]!.claim.key === 'note')
    return `${way.inputs[0]!.claim.figure.text} = ${numberText(way.value, output)}`;
  if (way.isSum) return `${way.inputs.map(({ claim }) => whereText(claim)).join(' + ')} = ${numberText(way.value, output)}`;
  const parts = way.inputs.map(
    ({ claim, exponent }, at) => `${at === 0 ? (exponent === 1 ? '' : '1 ÷ ') : exponent === 1 ? ' × ' : ' ÷ '}${whereText(claim)}`,
  );
  return `${parts.join('')}${conversionText(output, way)} = ${numberText(way.value, output)}`;
}

/** The times that the units of both sides leave over: " ÷ 86,400". */
function conversionText(output: Claim, way: Way): string {
  let factor = output.seconds > 0 ? output.seconds : 1;
  for (const { claim, exponent } of way.inputs) if (claim.seconds > 0) factor *= claim.seconds ** -exponent;
  if (Math.abs(factor - 1) < 1e-9) return '';
  return factor > 1 ? ` × ${Math.round(factor).toLocaleString('en-GB')}` : ` ÷ ${Math.round(1 / factor).toLocaleString('en-GB')}`;
}

export function findingLines(finding: Finding, number: number): readonly string[] {
  if (finding.units !== undefined) {
    const { figure, label, cell, factor } = finding.units;
    return [
      `${number}. ${figure.label.trim()} ${figure.text} (${figure.place}): the label says ${label}, the cell ${cell}, a factor of ${Math.round(factor).toLocaleString('en-GB')}`,
    ];
  }
  const { suspect, clashes, others } = finding.diagnosis!;
  const lines = clashes.map((clash, at) => `${at === 0 ? `${number}. ` : '   '}${clashText(clash)}`);
  lines.push(
    `   likely wrong: ${whereText(suspect.claim)}, which would have to be ${numberText(suspect.needed, suspect.claim)}${factorText(suspect)}`,
  );
  if (others.length > 0)
    lines.push(
      `   or else: ${others
        .slice(0, 3)
        .map((one) => `${whereText(one.claim)} would have to be ${numberText(one.needed, one.claim)}`)
        .join('; ')}`,
    );
  if (finding.consequences.length > 0)
    lines.push(`   follows from it, not counted again: ${finding.consequences.map(whereText).join('; ')}`);
  return lines;
}

export function clashText(clash: Constraint): string {
  const relation = clash.bound ? 'can’t be with' : 'is not';
  return `${whereText(clash.output)} ${relation} ${wayText(clash.output, clash.ways[0])}: ${timesText(clash.output.value / clash.ways[0].value)}`;
}

function timesText(ratio: number): string {
  return ratio >= 1 ? `${trimmed(ratio)} times as much` : `${trimmed(1 / ratio)} times too little`;
}

function factorText(suspect: Suspect): string {
  return suspect.factor === undefined ? '' : ` (off by ${suspect.factor.name})`;
}

export function rowCells(row: CheckedRow): readonly string[] {
  const { claim, way } = row;
  const derived = claim === undefined || way === undefined ? '' : numberText(way.value, claim);
  return [row.figure.label.trim(), shortText(row.figure.text), derived, row.verdict, row.reason];
}

export function tableLines(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)];
}

export function summaryText(check: SheetCheck): string {
  const count = (verdict: CheckedRow['verdict']) => check.rows.filter((row) => row.verdict === verdict).length;
  const findings = check.findings.length;
  const base = check.byteBase === 1_024 ? '; K, M, G, T of bytes are powers of 1,024 here' : '';
  return `${findings === 0 ? 'no contradiction' : findings === 1 ? '1 contradiction' : `${findings} contradictions`} in ${check.rows.length} rows: ${count('agrees')} agree, ${count('consequence')} follow from a wrong one, ${count('not checked')} not checked${base}`;
}
