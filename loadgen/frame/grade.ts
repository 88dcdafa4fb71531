/** What the grades of all long runs have in common: a row for each thing that was asked, the exit code, and when speed says nothing. Pure. */
import type { OfRun } from './of-run.ts';

export type Grade = 'proved' | 'refuted' | 'inconclusive';

export interface GradedRow {
  readonly name: string;
  readonly measured: string;
  readonly grade: Grade;
  readonly because: string;
}

/** Of the load engine's own sends. */
export const MOST_LATENESS_P99_US = 100_000;

export function gradeCode(rows: ReadonlyArray<{ readonly grade: Grade }>): 0 | 1 | 2 {
  if (rows.some(({ grade }) => grade === 'refuted')) return 1;
  return rows.some(({ grade }) => grade === 'inconclusive') ? 2 : 0;
}

/** Why nothing that hangs on speed can be said of a run that came to its end; undefined when it can. */
export function doubtOfSpeed(record: Pick<OfRun, 'problems' | 'latenessP99Us' | 'noise'>): string | undefined {
  const generator = record.problems.find(({ whose }) => whose === 'generator');
  if (generator !== undefined) return generator.text;
  if (record.latenessP99Us > MOST_LATENESS_P99_US) return `the load engine was ${Math.round(record.latenessP99Us / 1_000)} ms late at p99`;
  return record.noise;
}

/** `tell`: what was measured, and what was said before. */
export function gradeLines<Row extends GradedRow>(rows: readonly Row[], tell: (row: Row) => string = ({ measured }) => measured): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map((row) => `  ${row.grade.padEnd(12)} ${row.name.padEnd(width)}  ${tell(row)}: ${row.because}`);
}
