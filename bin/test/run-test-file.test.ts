/** Whole test files of every bad kind, run as `parley test` runs them. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInGroup } from './process-group.ts';
import { runTestFile, type TakeLeavings } from './run-test-file.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-files-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a test file', () => {
  test('is counted by its tests', async () => {
    const body = `test('a', () => {}); test('b', () => { throw new Error('b is wrong'); }); test.skip('c', () => {});
      describe.skip('d [needs java: not on the PATH; apt-get install java]', () => { test('e', () => {}); });`;
    const outcome = await outcomeOfFile(body);
    expect(outcome).toMatchObject({ passed: 1, failed: 1, problem: undefined });
    expect(outcome.output).toContain('b is wrong');
    expect(outcome.skips.map((skip) => skip.reason).sort()).toEqual(['needs java: not on the PATH; apt-get install java', undefined]);
  });

  test('that does not load counts as one failure', async () => {
    const outcome = await outcomeOfFile(`throw new Error('at load');`);
    expect(outcome).toMatchObject({ passed: 0, failed: 1, problem: 'failed outside its tests, exit code 1' });
  });

  test('that fails after its tests have passed counts as one failure', async () => {
    const outcome = await outcomeOfFile(`test('a', () => {}); afterAll(() => { throw new Error('in the end'); });`);
    expect(outcome).toMatchObject({ passed: 1, failed: 1 });
  });

  test('that holds no test counts as one failure', async () => {
    expect(await outcomeOfFile('')).toMatchObject({ passed: 0, failed: 1, problem: 'holds no test' });
  });

  test('that kills itself counts as one failure', async () => {
    const outcome = await outcomeOfFile(`test('a', () => { process.kill(process.pid, 'SIGKILL'); });`);
    expect(outcome).toMatchObject({ passed: 0, failed: 1 });
  });

  test('that leaves something on servers fails by its names, unless a test of it failed already', async () => {
    const leavings = async (pid: number) => (pid > 0 ? ['topics test.1.a', 'keys test.1.b'] : []);
    const outcome = await outcomeOfFile(`test('a', () => {});`, undefined, leavings);
    expect(outcome).toMatchObject({ passed: 1, failed: 1, problem: 'left on the servers: topics test.1.a; keys test.1.b' });
    const failed = await outcomeOfFile(`test('a', () => { throw new Error('wrong'); });`, undefined, leavings);
    expect(failed).toMatchObject({ passed: 0, failed: 1, problem: undefined });
  });

  test('that leaves a process running fails with its command line, and the process is ended', async () => {
    const outcome = await outcomeOfFile(`test('a', () => { Bun.spawn(['sleep', '61.25']).unref(); });`);
    expect(outcome).toMatchObject({ passed: 1, failed: 1 });
    expect(outcome.problem).toMatch(/^left processes running: \d+ sleep 61\.25$/);
    const left = Number(/\d+/.exec(outcome.problem!)![0]);
    await ended(left);
  });

  test('that is stopped says why', async () => {
    const stop = new AbortController();
    const running = outcomeOfFile(`test('a', () => Bun.sleep(20_000));`, stop.signal);
    setTimeout(() => stop.abort('interrupted'), 300);
    expect(await running).toMatchObject({ passed: 0, failed: 1, problem: 'interrupted' });
  });
});

describe('a command in a group of its own', () => {
  const forever = new AbortController().signal;

  test('is ended with its children when it takes too long', async () => {
    const ending = await runInGroup(['sh', '-c', 'sleep 61.5 & echo $!; wait'], { folder: root, limitMs: 300, stop: forever });
    expect(ending.cut).toBe('took more than 0.3 s');
    await ended(Number(ending.output));
  });

  test('does not start after the stop', async () => {
    const ending = await runInGroup(['sh', '-c', 'echo started'], { folder: root, limitMs: 1_000, stop: AbortSignal.abort('too late') });
    expect(ending).toMatchObject({ output: '', cut: 'too late' });
  });

  test('that is not there is a failure and no throw', async () => {
    const ending = await runInGroup(['/nowhere/at-all'], { folder: root, limitMs: 1_000, stop: forever });
    expect(ending.code).toBeNull();
    expect(ending.output).toContain('ENOENT');
  });
});

let files = 0;

/** A process that nobody has waited for yet stays in the table as a zombie (Z): it has ended. */
async function ended(pid: number): Promise<void> {
  const state = () => {
    try {
      return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    } catch {
      return undefined;
    }
  };
  for (let turn = 0; turn < 100 && ![undefined, 'Z', 'X'].includes(state()); turn++) await Bun.sleep(10);
  expect([undefined, 'Z', 'X']).toContain(state());
}

function outcomeOfFile(body: string, stop = new AbortController().signal, leavings?: TakeLeavings) {
  const path = `number-${files++}.test.ts`;
  writeFileSync(join(root, path), `import { afterAll, describe, test } from 'bun:test';\nvoid [afterAll, describe, test];\n${body}\n`);
  return runTestFile(root, path, stop, leavings);
}
