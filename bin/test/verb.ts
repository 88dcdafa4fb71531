/**
 * `parley test`: types, lint and every test file that this machine can run, with one closing line. It says what was
 * skipped and why. The order is quick things side by side, then slow files one at a time, each with the machine to itself.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readBackends } from '../../services/backends/read-settings.ts';
import { namesOfTest, removeLeavings } from '../../services/local/leavings.ts';
import { type RunStacks, startRunStacks } from '../../services/local/run-stacks.ts';
import { isCi } from '../../services/runtime/shortfall.ts';
import { stacksRequired, TEST_STACKS, type TestStackKind } from '../../services/runtime/test-servers.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { installMissingTools } from './ci-tools.ts';
import { closingLine, describeOutcome, skipTable, sumUp } from './outcome.ts';
import { runInGroup } from './process-group.ts';
import { type FileOutcome, runTestFile, type TakeLeavings } from './run-test-file.ts';
import { findTestFiles } from './test-files.ts';

const ROOT = dirname(dirname(import.meta.dir));
const STACKS = join(ROOT, '.parley');
const DEADLINE_MINUTES = 39;
const CHECK_LIMIT_MS = 5 * 60_000;

const HELP = `
Usage: parley test [--quick] [--json] [WORD...]

Checks the types and the style, then runs every test file that this machine can run, each in a process of its own.
What needs something the machine lacks is skipped with its reason; with CI=true that is a failure instead, and root
with apt-get installs what is missing first. Where files need real servers (Kafka, Cassandra, Valkey), it brings them up
once for all, and ends and wipes them (a file that leaves topics, keyspaces or keys there fails); PARLEY_TEST_STACK (and PARLEY_SECURE_TEST_STACK) name ones that stand already.

  WORD      only test files whose path contains one of the words, without the checks of types and style
  --quick   leave out the files named *.slow.test.ts: the part that takes seconds
  --json    one JSON document on standard output instead of lines

The whole ends within ${DEADLINE_MINUTES} minutes. Exit codes: 0 all passed, 1 something failed, 3 interrupted or nothing to run.

  npm test                          all of it
  npm run test:quick                the working day's part
  npx parley test services/protocol one folder
`;

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const stop = new AbortController();
  const deadline = setTimeout(() => stop.abort(`The ${DEADLINE_MINUTES} minutes of the whole are over`), DEADLINE_MINUTES * 60_000);
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      stop.abort('Interrupted');
    });
  }

  const files = findTestFiles(ROOT, positionals);
  const slow = values.quick ? [] : files.slow;
  const leftOut = values.quick ? files.slow : [];
  if (isCi()) await installMissingTools(ROOT, [...files.quick, ...slow], stop.signal);

  const outcomes: FileOutcome[] = [];
  let notRun = 0;
  const take = async (task: Task) => {
    if (stop.signal.aborted) notRun++;
    const outcome = await task(stop.signal);
    outcomes.push(outcome);
    if (!values.json && !stop.signal.aborted) console.log(describeOutcome(outcome, isCi()));
  };
  const testFile = (path: string) => (signal: AbortSignal) => runTestFile(ROOT, path, signal, leavingsOn(stacksOf([path])));
  const checks = positionals.length === 0 ? [checkTypes, checkStyle] : [];
  const { onServers, alone } = Object.groupBy(files.quick, (path) => (stacksOf([path]).length > 0 ? 'onServers' : 'alone'));
  const kinds = stacksOf([...files.quick, ...slow]);
  const say = (line: string) => console.error(line);
  // While they come up, what does not need them runs.
  const starting: Promise<RunStacks> =
    kinds.length === 0 || stop.signal.aborted ? Promise.resolve({ stop: async () => {} }) : startRunStacks(STACKS, kinds, say);
  try {
    await inParallel([...checks, ...(alone ?? []).map(testFile)], availableParallelism(), take);
    await starting;
    await inParallel((onServers ?? []).map(testFile), availableParallelism(), take);
    await inParallel(slow.map(testFile), 1, take);
  } finally {
    await (await starting).stop();
  }
  clearTimeout(deadline);

  const sum = sumUp(outcomes, isCi());
  if (values.json) {
    console.log(JSON.stringify({ schema: 1, interrupted, ...sum, leftOut, outcomes: outcomes.map(({ output: _, ...rest }) => rest) }));
  } else {
    const table = skipTable(outcomes, leftOut);
    if (table !== '') console.log(`\n${table}`);
    if (stop.signal.aborted) console.log(`\n${stop.signal.reason}: ${notRun} not run, which counts as failed`);
    console.log(`\n${closingLine(sum)}`);
  }
  if (interrupted || sum.passed + sum.failed === 0) return EXIT.couldNotRun;
  return sum.failed > 0 ? EXIT.refuted : EXIT.ok;
}

const stacksOf = (paths: readonly string[]) => stacksRequired(paths.map((path) => readFileSync(join(ROOT, path), 'utf8')));

/** Of the stacks that a file used, and that stand. */
function leavingsOn(kinds: readonly TestStackKind[]): TakeLeavings {
  const files = kinds.flatMap((kind) => (kind === 'program' ? [] : (process.env[TEST_STACKS[kind].file] ?? [])));
  return async (pid) => {
    const found: string[] = [];
    for (const file of files) found.push(...(await removeLeavings(readBackends(file), namesOfTest(pid))));
    return found;
  };
}

type Task = (stop: AbortSignal) => Promise<FileOutcome>;

const checkTypes = (stop: AbortSignal) => check('types (tsc --noEmit)', ['tsc', '--noEmit'], stop);
const checkStyle = (stop: AbortSignal) => check('style (biome check .)', ['biome', 'check', '.'], stop);

async function check(name: string, [program, ...words]: readonly string[], stop: AbortSignal): Promise<FileOutcome> {
  const startedAt = performance.now();
  const command = [join(ROOT, 'node_modules', '.bin', program!), ...words];
  const ending = await runInGroup(command, { folder: ROOT, limitMs: CHECK_LIMIT_MS, stop });
  const passed = ending.code === 0 && ending.cut === undefined;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { path: name, passed: passed ? 1 : 0, failed: passed ? 0 : 1, skips: [], seconds, problem: ending.cut, output: ending.output };
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export const verb: Verb = { summary: 'run every check and test that this machine can run', help: HELP, run };
