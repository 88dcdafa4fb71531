/** hold, chat and start as commands, against a real box: what they print, leave behind, and end with. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInvalid, parseRunRecord } from '../../capacity/run-record-reader.ts';

const COMMAND = join(import.meta.dir, '..', '..', 'parley.ts');
const SMALL = ['--connections', '300', '--ramp', '1000', '--heartbeat-seconds', '5'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-load-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs are written below the folder that the command stands in. */
function start(...args: string[]) {
  return Bun.spawn([process.execPath, COMMAND, ...args], { cwd: folder, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
}

async function outcome(child: ReturnType<typeof start>) {
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

function onlyRun() {
  const names = readdirSync(join(folder, 'runs'));
  expect(names.length).toBe(1);
  const run = join(folder, 'runs', names[0]!);
  const record = parseRunRecord(readFileSync(join(run, 'record.json'), 'utf8'));
  if (isInvalid(record)) throw new Error(record.invalid);
  return { run, record };
}

describe('parley start', () => {
  test('starts a box, loads it, stops it, and leaves a record, a page and ledgers', async () => {
    const child = start('start', ...SMALL, '--rate', '100', '--hold-seconds', '21', '--idle-seconds', '3', '--json');
    const { stdout, exitCode } = await outcome(child);
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
    const { stderr, exitCode } = await outcome(start('start', '--connections', '100,000,000', '--edges', '1'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('nothing was opened');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  }, 30_000);
});

describe('parley hold', () => {
  test('Ctrl-C ends the run cleanly, with a partial record and no box left', async () => {
    const child = start('hold', ...SMALL, '--hold-seconds', '300');
    const reader = child.stderr.getReader();
    const decoder = new TextDecoder();
    let said = '';
    while (!/ hold /.test(said)) {
      const { value, done } = await reader.read();
      if (done) break;
      said += decoder.decode(value);
    }
    const [name] = readdirSync(join(folder, 'runs'));
    const box = JSON.parse(readFileSync(join(folder, 'runs', name!, 'box', 'box.json'), 'utf8')) as { pids: { supervisor: number } };
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
    const state = join(folder, 'state');
    const box = start('gateway', '--state-dir', state, '--edges', '1', '--attempts-per-address-burst', '1000', '--drain-seconds', '5');
    try {
      const giveUp = Date.now() + 60_000;
      while (!existsSync(join(state, 'box.json')) && Date.now() < giveUp) await Bun.sleep(100);
      const args = ['chat', ...SMALL, '--rate', '50', '--hold-seconds', '4', '--idle-seconds', '0', '--box', join(state, 'box.json')];
      for (const turn of [1, 2]) {
        const { stdout, exitCode } = await outcome(start(...args));
        expect(exitCode).toBe(2);
        // Where others are on the machine that is said first.
        expect(stdout).toMatch(/too short to conclude anything|others used/);
        expect(stdout).toContain('200 due = 200 accepted');
        expect(readdirSync(join(folder, 'runs')).length).toBe(turn);
      }
      expect(box.exitCode).toBeNull();
    } finally {
      box.kill('SIGTERM');
      await box.exited;
    }
  }, 180_000);

  test('a box that is not there is one clear line and 3', async () => {
    const { stderr, exitCode } = await outcome(start('chat', '--box', join(folder, 'nowhere.json')));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not exist: no box is ready there');
  }, 30_000);
});
