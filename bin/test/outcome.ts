/** What the test verb says: a line for each file, the table of skips, the closing line. */
import type { FileOutcome } from './run-test-file.ts';

export interface Sum {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** In CI a skip without a reason counts as a failure: nothing may fall silent there. */
export function sumUp(outcomes: readonly FileOutcome[], inCi: boolean): Sum {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const outcome of outcomes) {
    const silent = inCi ? silentSkips(outcome) : 0;
    passed += outcome.passed;
    failed += outcome.failed + silent;
    skipped += outcome.skips.length - silent;
  }
  return { passed, failed, skipped };
}

export function closingLine(sum: Sum): string {
  return `${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`;
}

export function describeOutcome(outcome: FileOutcome, inCi: boolean): string {
  const bad = outcome.failed > 0 || (inCi && silentSkips(outcome) > 0);
  const counts = closingLine({ passed: outcome.passed, failed: outcome.failed, skipped: outcome.skips.length });
  const line = `${bad ? 'FAIL' : 'ok  '}  ${outcome.path.padEnd(52)}  ${counts}  ${outcome.seconds.toFixed(1)} s`;
  if (!bad) return line;
  const problem = outcome.problem === undefined ? [] : [`      ${outcome.problem}`];
  if (outcome.output.trim() === '') return [line, ...problem].join('\n');
  return [
    line,
    ...problem,
    ...outcome.output
      .trimEnd()
      .split('\n')
      .map((text) => `      ${text}`),
  ].join('\n');
}

/** Empty when nothing was skipped. */
export function skipTable(outcomes: readonly FileOutcome[], leftOut: readonly string[]): string {
  const rows: Array<[string, string, string]> = [];
  for (const outcome of outcomes) {
    const byReason = Map.groupBy(outcome.skips, (skip) => skip.reason);
    for (const [reason, skips] of byReason)
      rows.push([outcome.path, String(skips.length), reason ?? 'no reason given: see services/runtime/requires.ts']);
  }
  for (const path of leftOut) rows.push([path, 'all', 'left out by --quick']);
  if (rows.length === 0) return '';
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column as 0 | 1].length)));
  const lines = rows.map(([path, count, reason]) => `  ${path.padEnd(widths[0]!)}  ${count.padStart(widths[1]!)}  ${reason}`);
  return ['Skipped:', ...lines].join('\n');
}

function silentSkips(outcome: FileOutcome): number {
  return outcome.skips.filter((skip) => skip.reason === undefined).length;
}
