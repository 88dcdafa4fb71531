/** hold, chat and start as commands, against a real box: what they print, leave behind, and end with. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInvalid, parseRunRecord } from '../../capacity/run-record-reader.ts';
import { CommandFolder } from './command.harness.ts';

const SMALL = ['--connections', '300', '--ramp', '1000', '--heartbeat-seconds', '5'];

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

function onlyRun() {
  const [run, ...others] = folder.runs as [string, ...string[]];
  expect(others).toEqual([]);
  const record = parseRunRecord(readFileSync(join(run, 'record.json'), 'utf8'));
  if (isInvalid(record)) throw new Error(record.invalid);
  return { run, record };
}

describe('parley start', () => {
  test('starts a box, loads it, stops it, and leaves a record, a page and ledgers', async () => {
    const { stdout, exitCode } = await folder.run(
      'start',
      ...SMALL,
      '--rate',
      '100',
      '--hold-seconds',
      '21',
      '--idle-seconds',
      '3',
      '--json',
    );
    // Others may use the machine meanwhile; what may not be is a refutation.
    expect([0, 2]).toContain(exitCode);
    JSON.parse(stdout);
    const { run, record } = onlyRun();
    expect(record.ledger).toMatchObject({ due: 2_100, accepted: 2_100, lost: 0, duplicated: 0, outOfOrder: 0 });
    expect(record.connections).toMatchObject({ opened: 300, dropped: 0 });
    expect(record.heartbeats.received).toBe(record.heartbeats.sent);
    expect(record.problems).toEqual([]);
    expect(record.command[0]).toBe('start');
    expect(existsSync(join(run, 'report.html'))).toBe(true);
    expect(existsSync(join(run, 'box.log'))).toBe(true);
    expect(existsSync(join(run, 'box'))).toBe(false);
    expect(readdirSync(join(run, 'ledgers')).length).toBe(record.settings.workers);
  }, 120_000);

  test('what the machine can’t bear opens nothing and ends with 3', async () => {
    const { stderr, exitCode } = await folder.run('start', '--connections', '100,000,000', '--edges', '1');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('nothing was opened');
    expect(folder.runs).toEqual([]);
  }, 30_000);
});

describe('parley hold', () => {
  test('Ctrl-C ends the run cleanly, with a partial record and no box left', async () => {
    const child = folder.start('hold', ...SMALL, '--hold-seconds', '300');
    const reader = child.stderr.getReader();
    const decoder = new TextDecoder();
    let said = '';
    while (!/ hold /.test(said)) {
      const { value, done } = await reader.read();
      if (done) break;
      said += decoder.decode(value);
    }
    const box = JSON.parse(readFileSync(join(folder.runs[0]!, 'box', 'box.json'), 'utf8')) as { pids: { supervisor: number } };
    child.kill('SIGINT');
    while (!(await reader.read()).done);
    expect(await child.exited).toBe(2);
    expect(existsSync(`/proc/${box.pids.supervisor}`)).toBe(false);
    const { record } = onlyRun();
    expect(record.complete).toBe(false);
    expect(record.problems.map((problem) => problem.text)).toEqual(['interrupted']);
    expect(record.connections.opened).toBe(300);
  }, 120_000);
});

describe('parley chat', () => {
  test('loads a box that runs already, and leaves it running', async () => {
    const { command: box, file } = await folder.startBox('--edges', '1', '--attempts-per-address-burst', '1000', '--drain-seconds', '5');
    try {
      const args = ['chat', ...SMALL, '--rate', '50', '--hold-seconds', '4', '--idle-seconds', '0', '--box', file];
      for (const turn of [1, 2]) {
        const { stdout, exitCode } = await folder.run(...args);
        expect(exitCode).toBe(2);
        // Where others are on the machine that is said first.
        expect(stdout).toMatch(/too short to conclude anything|others used/);
        expect(stdout).toContain('200 due = 200 accepted');
        expect(folder.runs.length).toBe(turn);
      }
      expect(box.exitCode).toBeNull();
    } finally {
      box.kill('SIGTERM');
      await box.exited;
    }
  }, 180_000);

  test('a box that is not there is one clear line and 3', async () => {
    const { stderr, exitCode } = await folder.run('chat', '--box', join(folder.path, 'nowhere.json'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not exist: no box is ready there');
  }, 30_000);
});
