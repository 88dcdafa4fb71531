/** One run over several machines: a coordinator, a box and worker hosts, each in a network namespace of its own. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { doubtsOf } from '../../capacity/doubts.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { isInvalid, readRunRecord } from '../../capacity/run-record-reader.ts';
import { requires } from '../../services/runtime/requires.ts';
import { PARLEY } from '../verbs/command.harness.ts';
import { BRIDGED_NAMESPACES, Network } from './network.harness.ts';
import { signal, WorkerHost, writeSecret } from './worker-hosts.harness.ts';

const SKEWED = fileURLToPath(new URL('skewed-clock.harness.ts', import.meta.url));
const START_MS = 60_000;
const COORDINATOR_PORT = 7_500;

requires(BRIDGED_NAMESPACES).describe('a run over machines with a network between them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-fleet-'));
  const secretFile = writeSecret(folder);
  const boxDir = join(folder, 'box');
  const started: Bun.Subprocess[] = [];
  const hosts: WorkerHost[] = [];
  let network: Network;

  beforeAll(async () => {
    network = await Network.with('box', 'a', 'b', 'c', 'd');
    const { prefix, address } = network.machine('box');
    const rates = ['--admissions-per-second', '100000', '--admission-burst', '100000', '--attempts-per-address-per-second', '100000'];
    const words = ['gateway', '--state-dir', boxDir, '--host', address, '--admin-host', address, '--edges', '1', '--drain-seconds', '1'];
    const log = Bun.file(join(folder, 'box.log'));
    started.push(
      Bun.spawn([...prefix, process.execPath, PARLEY, ...words, ...rates, '--attempts-per-address-burst', '100000'], {
        stdio: ['ignore', log, log],
      }),
    );
    const untilMs = performance.now() + START_MS;
    while (!existsSync(join(boxDir, 'box.json'))) {
      if (performance.now() > untilMs) throw new Error(readFileSync(join(folder, 'box.log'), 'utf8'));
      await Bun.sleep(50);
    }
  }, START_MS + 20_000);

  afterAll(async () => {
    for (const host of hosts) await host.end();
    for (const child of started) {
      child.kill('SIGTERM');
      await child.exited;
    }
    await network?.end();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** A coordinator beside the bridge; `said` is what stands on its standard error. */
  function coordinate(name: string, workerHosts: number, ...words: readonly string[]) {
    const hub = network.machine('hub');
    const runs = join(folder, name);
    const child = Bun.spawn(
      [
        ...[...hub.prefix, process.execPath, PARLEY, 'chat', '--box', join(boxDir, 'box.json'), '--name', name],
        ...['--allow-host', network.machine('box').address, '--worker-hosts', String(workerHosts)],
        ...['--listen', `${hub.address}:${COORDINATOR_PORT}`, '--secret-file', secretFile, ...words],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: made(runs) },
    );
    started.push(child);
    let said = '';
    const reading = (async () => {
      for await (const bytes of child.stderr) said += Buffer.from(bytes).toString();
    })();
    const until = async (pattern: RegExp) => {
      const untilMs = performance.now() + START_MS;
      while (!pattern.test(said)) {
        if (child.exitCode !== null || performance.now() > untilMs) throw new Error(`never said ${pattern}: ${said}`);
        await Bun.sleep(20);
      }
    };
    const finished = async () => {
      const exitCode = await child.exited;
      await reading;
      const stdout = await new Response(child.stdout).text();
      const [run] = readdirSync(join(runs, 'runs'));
      const read = readRunRecord(JSON.parse(readFileSync(join(runs, 'runs', run!, 'record.json'), 'utf8')));
      if (isInvalid(read)) throw new Error(read.invalid);
      return { exitCode, stdout, said, record: read };
    };
    return { until, finished };
  }

  function work(name: string, workers: number, skewMs: number): WorkerHost {
    const { prefix } = network.machine(name);
    const words = ['--coordinator', `${network.machine('hub').address}:${COORDINATOR_PORT}`, '--secret-file', secretFile];
    const host = new WorkerHost(
      [...words, '--name', name, '--workers', String(workers), '--keys', join(boxDir, 'keys.json')],
      prefix,
      skewMs === 0 ? {} : { BUN_OPTIONS: `--preload=${SKEWED}`, TEST_CLOCK_SKEW_MS: String(skewMs) },
    );
    hosts.push(host);
    return host;
  }

  test('is one run: it begins when all have joined, clocks 100 ms apart are told with their error, nothing is lost or counted twice', async () => {
    const run = coordinate('whole', 2, '--connections', '300', '--rate', '200', '--idle-seconds', '0', '--hold-seconds', '5');
    const [a, b] = [work('a', 2, 40), work('b', 1, -60)];
    const { record, exitCode } = await run.finished();
    expectClosed(record);
    expect(record.settings).toMatchObject({ workers: 3, bothEnds: false, edges: 1 });
    expect(record.generator).toMatchObject({ workersExpected: 3, workersReported: 3 });
    expect(record.ledger).toMatchObject({ due: 1_000, accepted: 1_000, lost: 0, duplicated: 0, outOfOrder: 0, unsent: 0 });
    expect(record.connections).toMatchObject({ opened: 300, droppedByGenerator: 0, maximumOpen: 300 });
    expect(doubtsOf(record).filter((doubt) => doubt.firm)).toEqual([]);
    const [first, second] = record.generator.hosts!;
    expect([first!.name, first!.workers, second!.name, second!.workers]).toEqual(['a', 2, 'b', 1]);
    // The offset leads from its clock to the coordinator's; process clocks of one machine begin a millisecond apart.
    const errorsMs = (first!.clockErrorUs! + second!.clockErrorUs!) / 1_000;
    expect(Math.abs(second!.clockOffsetMs! - first!.clockOffsetMs! - 100)).toBeLessThan(errorsMs + 3);
    expect(exitCode).not.toBe(1);
    expect([(await a.ended()).exitCode, (await b.ended()).exitCode]).toEqual([0, 0]);
  }, 90_000);

  test('L2: one host is killed, one cut off, one stopped: 1 of 4 is told, the sums close, nothing is proved, and the cut one’s load ends', async () => {
    const run = coordinate(
      'lost',
      4,
      ...['--connections', '400', '--rate', '200', '--idle-seconds', '0', '--hold-seconds', '9', '--silent-seconds', '3'],
    );
    const [, killed, cut, stopped] = ['a', 'b', 'c', 'd'].map((name) => work(name, 1, 0)) as [
      WorkerHost,
      WorkerHost,
      WorkerHost,
      WorkerHost,
    ];
    await run.until(/ chat {2}.*sent [1-9]/);
    killed.kill();
    network.cut('c');
    for (const pid of stopped.workers) signal(pid, 'SIGSTOP');
    const { record, exitCode, stdout } = await run.finished();
    expectClosed(record);
    expect(record.generator).toMatchObject({ workersExpected: 4, workersReported: 1 });
    expect(record.generator.hosts!.map(({ name, reported }) => [name, reported])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ]);
    expect(record.complete).toBe(false);
    const texts = record.problems.filter(({ whose }) => whose === 'generator').map(({ text }) => text);
    expect(texts.some((text) => /worker 1 of b was lost: its link ended/.test(text))).toBe(true);
    expect(texts.some((text) => /worker 2 of c was lost: said nothing for 3 s/.test(text))).toBe(true);
    expect(texts.some((text) => /worker 3 of d was lost: said nothing for 3 s/.test(text))).toBe(true);
    expect(record.ledger).toMatchObject({ lost: 0, duplicated: 0 });
    expect(record.ledger.unsent).toBeGreaterThan(100);
    expect(record.connections).toMatchObject({ dropped: 0, droppedByGenerator: 300 });
    expect(exitCode).toBe(2);
    expect(stdout).toContain('1 of 4 workers of the load engine reported; lost at b, c, d');
    const { exitCode: code, stderr } = await cut.ended();
    expect(code).toBe(2);
    expect(stderr).toContain('said nothing for 15 s; its load ends');
  }, 120_000);
});

function expectClosed({ ledger, connections, heartbeats }: RunRecord): void {
  expect(ledger.accepted + ledger.refused + ledger.unknown + ledger.unsent).toBe(ledger.due);
  expect(ledger.delivered + ledger.waiting + ledger.rejected + ledger.lost).toBe(ledger.recipientsExpected);
  expect(connections.opened + connections.refused + connections.failed + connections.unopened).toBe(connections.attempted);
  expect(heartbeats.sent + heartbeats.unsent).toBe(heartbeats.due);
}

function made(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
