/** A run that is told to end leaves nothing behind: neither its processes nor what a runbook's block started. */
import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signal, until } from './children.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-children-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A process, a stopped one, and a shell that has ended and left a job behind; their ids in FOLDER/pids. */
const RUN = `
const { writeFileSync } = await import('node:fs');
const { Children } = await import(process.argv[2]);
const children = new Children('${folder}');
children.endOnSignals();
const one = children.start('one', ['sleep', '600'], '.');
const stopped = children.start('stopped', ['sleep', '600'], '.');
children.stop(stopped.pid);
const shell = children.startShell('shell', 'sleep 600 & echo $! >"$JOB"', '.', { JOB: '${folder}/job' });
await shell.exited;
writeFileSync('${folder}/pids', [one.pid, stopped.pid].join(' '));
setInterval(() => undefined, 1_000);
`;

test('a run that gets SIGTERM ends its processes, those that were stopped and the jobs of its shells, and says so in its code', async () => {
  const script = join(folder, 'run.ts');
  writeFileSync(script, RUN);
  const run = Bun.spawn([process.execPath, script, join(import.meta.dir, 'children.ts')], { stdout: 'ignore', stderr: 'ignore' });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split(' ').map(Number);
  await until('all have begun', 20_000, () => read('pids').length === 2 && read('job')[0]! > 0);
  const pids = [...read('pids'), ...read('job')];
  try {
    expect(pids.map((pid) => signal(pid, 0))).toEqual([true, true, true]);
    run.kill('SIGTERM');
    expect(await run.exited).toBe(143);
    await until('the job has ended', 5_000, () => pids.every((pid) => !signal(pid, 0)));
  } finally {
    for (const pid of pids) signal(pid, 'SIGKILL');
    run.kill('SIGKILL');
  }
}, 40_000);
