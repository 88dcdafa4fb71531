/** The ladder's results for people: a table of rungs, then what was found and what was left out, each in a line. Pure. */
import { EXIT } from '../../services/runtime/verb.ts';
import { RUNGS, type RungResult } from './rung.ts';

export function ladderText(results: readonly RungResult[]): string {
  const rows = results.map((result) => [
    result.environment,
    String(result.rung),
    stateOf(result),
    String(result.findings.length),
    `${result.seconds.toFixed(1)} s`,
    RUNGS[result.rung],
  ]);
  const table = [['environment', 'rung', 'state', 'findings', 'time', 'what'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 3 || column === 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  const told = results.flatMap(({ environment, rung, did, findings, skipped, broken }) => [
    ...(did === 'nothing' ? [] : [`${environment} ${rung}: ${did}`]),
    ...(broken === undefined ? [] : [`${environment} ${rung}: could not be tried: ${broken}`]),
    ...skipped.map((reason) => `${environment} ${rung}: SKIPPED ${reason}`),
    ...findings.map(({ subject, problem }) => `${environment} ${rung}: ${subject}: ${problem}`),
  ]);
  return [...lines, '', ...told].join('\n');
}

function stateOf({ findings, skipped, broken, did }: RungResult): string {
  if (broken !== undefined) return 'broken';
  if (findings.length > 0) return 'red';
  if (did === 'nothing' && skipped.length > 0) return 'SKIPPED';
  return skipped.length > 0 ? 'green, part skipped' : 'green';
}

/** A rung that could not be tried leaves the question open, and is worse than a skip that was to be expected. */
export function exitCodeOf(results: readonly RungResult[]): number {
  if (results.some(({ findings }) => findings.length > 0)) return EXIT.refuted;
  if (results.some(({ broken }) => broken !== undefined)) return EXIT.couldNotRun;
  return EXIT.ok;
}
