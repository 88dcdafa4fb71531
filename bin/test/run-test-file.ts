/**
 * Runs one test file in a process of its own: a crash, a hang or leftovers cost that file and no other. A file that
 * fails as a whole (does not load, hangs, holds no test, leaves processes behind) counts as one failed test more.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipReason } from '../../services/runtime/shortfall.ts';
import { readJunit, type TestResult } from './junit.ts';
import { type CommandEnding, runInGroup } from './process-group.ts';
import { isSlow } from './test-files.ts';

const LIMITS_MS = {
  quick: { test: 30_000, file: 180_000 },
  slow: { test: 300_000, file: 900_000 },
} as const;

export interface Skip {
  readonly test: string;
  /** Undefined for a test that was skipped without `requires`. */
  readonly reason: string | undefined;
}

export interface FileOutcome {
  readonly path: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
  readonly seconds: number;
  /** What went wrong with the file as a whole. */
  readonly problem: string | undefined;
  readonly output: string;
}

/** Removes what a process left on servers that outlive it, and says what that was. */
export type TakeLeavings = (pid: number) => Promise<readonly string[]>;

const NO_SERVERS: TakeLeavings = async () => [];

export async function runTestFile(
  root: string,
  path: string,
  stop: AbortSignal,
  takeLeavings: TakeLeavings = NO_SERVERS,
): Promise<FileOutcome> {
  const limits = LIMITS_MS[isSlow(path) ? 'slow' : 'quick'];
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'));
  const report = join(folder, 'junit.xml');
  const startedAt = performance.now();
  try {
    const command = [process.execPath, 'test', `--timeout=${limits.test}`, '--reporter=junit', `--reporter-outfile=${report}`, `./${path}`];
    const ending = await runInGroup(command, { folder: root, limitMs: limits.file, stop });
    const leavings = ending.pid === undefined ? [] : await takeLeavings(ending.pid);
    return outcomeOf(path, { ...ending, leavings }, readReport(report), (performance.now() - startedAt) / 1_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface FileEnding extends CommandEnding {
  /** On servers that outlive it. */
  readonly leavings: readonly string[];
}

export function outcomeOf(path: string, ending: FileEnding, results: readonly TestResult[], seconds: number): FileOutcome {
  const count = (wanted: TestResult['ending']) => results.filter((result) => result.ending === wanted).length;
  const skips = results
    .filter((result) => result.ending === 'skipped')
    .map((result) => ({ test: result.name, reason: skipReason(result.name) }));
  const problem = problemOf(ending, results);
  return {
    path,
    passed: count('passed'),
    failed: count('failed') + (problem === undefined ? 0 : 1),
    skips,
    seconds,
    problem,
    output: ending.output,
  };
}

function problemOf(ending: FileEnding, results: readonly TestResult[]): string | undefined {
  if (ending.cut !== undefined) return ending.cut;
  if (ending.leftBehind.length > 0) return `left processes running: ${ending.leftBehind.join('; ')}`;
  const failures = results.some((result) => result.ending === 'failed');
  if (ending.code !== 0 && !failures) return `failed outside its tests, exit code ${ending.code}`;
  if (results.length === 0) return 'holds no test';
  // One that failed had no time to clean up.
  return failures || ending.leavings.length === 0 ? undefined : `left on the servers: ${ending.leavings.join('; ')}`;
}

/** A file that did not load, or was ended early, leaves no report. */
function readReport(path: string): TestResult[] {
  try {
    return readJunit(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
}
