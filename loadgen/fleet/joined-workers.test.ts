/** Workers that join over TCP: the contract of every channel, and who is refused. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differenceOf } from '../../services/runtime/build.ts';
import { workerChannelContract } from '../coordinator/worker-channel.contract.ts';
import { ownBuild } from './build.ts';
import { JoinedWorkers, type JoinedWorkersOptions } from './joined-workers.ts';
import { WorkerHost, writeSecret } from './worker-hosts.harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-joined-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secretFile = writeSecret(folder);
const never = new AbortController().signal;

function listen(options: Partial<JoinedWorkersOptions> = {}): { readonly place: JoinedWorkers; readonly said: string[] } {
  const said: string[] = [];
  const defaults = { host: '127.0.0.1', port: 0, secret: readFileSync(secretFile), hosts: 1, say: (text: string) => void said.push(text) };
  return { place: new JoinedWorkers({ ...defaults, ...options }), said };
}

const words = (place: JoinedWorkers, name: string, ...more: string[]) => [
  ...['--coordinator', `127.0.0.1:${place.port}`, '--secret-file', secretFile, '--workers', '1', '--name', name, ...more],
];

workerChannelContract('that joined', async (workers) => {
  const { place } = listen();
  const host = new WorkerHost(words(place, 'alpha', '--workers', String(workers)));
  expect(await place.all(30_000, never)).toBe(workers);
  const pids = host.workers;
  return { place, pidOf: (index) => pids[index]!, end: () => host.end() };
});

describe('who joins', () => {
  test('of another build is refused by what differs, on both ends', async () => {
    const { place, said } = listen({ build: { ...ownBuild(), parley: '9.9.9' } });
    const host = new WorkerHost(words(place, 'old'));
    const { exitCode, stderr } = await host.ended();
    place.close();
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/refused it: it has parley \S+, the coordinator parley 9\.9\.9/);
    expect(said.some((line) => /worker host old was refused: it has parley/.test(line))).toBe(true);
  }, 30_000);

  test('with another secret never joins, and says so when its time is over; the coordinator says who is missing', async () => {
    const { place } = listen();
    const other = writeSecret(folder, 'another secret of the test, as long');
    const host = new WorkerHost([...words(place, 'stranger', '--join-seconds', '2'), '--secret-file', other]);
    const missing = place.all(2_500, never).catch((error: Error) => error.message);
    const { exitCode, stderr } = await host.ended();
    expect(exitCode).toBe(3);
    expect(stderr).toContain('could not join');
    expect(await missing).toContain('0 of 1 worker hosts joined in 2.5 s; nothing was sent');
    place.close();
  }, 30_000);

  test('under a name that is taken, or when all are there, is refused; the others wait for nobody', async () => {
    const { place } = listen({ hosts: 2 });
    const first = new WorkerHost(words(place, 'alpha'));
    const all = place.all(20_000, never);
    while (!(await Promise.race([all.then(() => true), Bun.sleep(1_500).then(() => false)])) && first.workers.length === 0);
    const twin = new WorkerHost(words(place, 'alpha'));
    const second = await twin.ended();
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain('a worker host named alpha has joined already');
    const beta = new WorkerHost(words(place, 'beta'));
    expect(await all).toBe(2);
    const late = await new WorkerHost(words(place, 'gamma')).ended();
    expect(late.stderr).toContain('the run has its worker hosts');
    place.close();
    // Whoever waited in vain ends by itself.
    expect((await first.ended()).exitCode).toBe(3);
    expect((await beta.ended()).exitCode).toBe(3);
  }, 60_000);

  test('builds that differ in one word differ', () => {
    const build = ownBuild();
    expect(differenceOf(build, { ...build })).toBeUndefined();
    expect(differenceOf(build, { ...build, sources: 'abc' })).toBe(`it has sources abc, the coordinator sources ${build.sources}`);
    expect(differenceOf(build, undefined)).toContain('it has parley unknown');
  });
});
