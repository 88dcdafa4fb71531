/** Scenarios as commands, against real boxes: all behaviours at once, and a cluster that was there before. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxInfo } from '../coordinator/box.ts';
import { sumOf } from '../coordinator/box.ts';
import { TEST_BLOCKS } from '../coordinator/plan.ts';
import type { GradedRow } from '../frame/grade.ts';
import { USERS_PER_BLOCK } from '../plan/population.ts';
import probe from '../scenarios/probe-of-a-cluster.ts';
import { type Command, CommandFolder, outcomeOf } from '../verbs/command.harness.ts';
import type { ScenarioRecord } from './scenario-record.ts';

let folder: CommandFolder;
beforeAll(() => {
  folder = new CommandFolder();
});
afterAll(() => folder.remove());

function resultOf(stdout: string) {
  return JSON.parse(stdout) as { readonly record: ScenarioRecord; readonly rows: readonly GradedRow[]; readonly exitCode: number };
}

describe('parley scenario', () => {
  test('a hot conversation, attackers and sleeping devices at once: each limit catches its own, and nobody else loses anything', async () => {
    const { stdout, exitCode } = await folder.run('scenario', 'run', 'everything', '--json');
    const { record, rows } = resultOf(stdout);
    const grade = (name: string) => rows.find((row) => row.name.startsWith(name))?.grade;
    // What hangs on speed may be anything on a machine that others use.
    const promises = [
      'nothing lost',
      'nobody else',
      'hot',
      'mobile: back',
      ...['deaf', 'mute', 'noHello', 'oversize'].map((name) => `slow: ${name}`),
    ];
    expect(promises.map((name) => [name, grade(name)])).toEqual(promises.map((name) => [name, 'proved']));
    expect(record).toMatchObject({ ledger: { lost: 0, duplicated: 0, outOfOrder: 0 }, hot: { due: 144 } });
    // Refused by the conversation's rate, and not lost; the neighbours' were all taken.
    expect(record.hot!.ends.rejected.conversationRate).toBeGreaterThan(0);
    expect(record.ledger.rejected).toBeGreaterThanOrEqual(record.hot!.ends.rejected.conversationRate! * 63);
    expect(record.neighbourSends.rejected).toEqual({});
    expect(record.disconnects).toEqual({ vanished: record.mobile!.reduce((sum, { naps }) => sum + naps.slept, 0) });
    for (const { radio, naps, devices } of record.mobile!) {
      expect(naps.slept).toBeGreaterThan(0);
      expect(radio.deviceSeconds).toBeGreaterThan(devices * 20);
      expect(Math.min(radio.bytesIn, radio.bytesOut, radio.wakeUps)).toBeGreaterThan(0);
    }
    expect(Math.min(record.neighbours!.acceptedCalm.samples, record.neighbours!.acceptedDisturbed.samples)).toBeGreaterThan(0);
    const left = readdirSync(folder.runs[0]!);
    expect(left).toEqual(expect.arrayContaining(['box.log', 'grade.json', 'record.json', 'report.html', 'scenario.json']));
    expect(left).not.toContain('box');
    expect(exitCode).not.toBe(3);
  }, 150_000);

  test('what is wrong with a file, or with its target, is one line, 3, and nothing sent', async () => {
    const wrong = join(folder.path, 'wrong.json');
    writeFileSync(wrong, JSON.stringify({ ...probe, hsots: [] }));
    const cases: Array<readonly [string[], string]> = [
      [['scenario', 'run', wrong], 'hsots: no such field'],
      [['scenario', 'run', 'probe-of-a-cluster', '--targets', '192.0.2.1:443', '--keys', wrong], 'is not of this machine'],
      [['scenario', 'run', 'probe-of-a-cluster', '--targets', '127.0.0.1:1'], 'asks for --keys'],
      [['hot', '--rate', '900000'], 'is impossible'],
    ];
    for (const [args, words] of cases) {
      const { stderr, exitCode } = await folder.run(...args);
      expect([stderr.trim().split('\n').length, exitCode]).toEqual([1, 3]);
      expect(stderr).toContain(words);
    }
  }, 60_000);
});

describe('a cluster that exists', () => {
  let gateway: Command;
  let box: BoxInfo;
  let args: string[];
  beforeAll(async () => {
    ({ command: gateway, info: box } = await folder.startBox('--edges', '1', '--drain-seconds', '2'));
    const { user } = JSON.parse(readFileSync(box.keysFile, 'utf8')) as { readonly user: object };
    const keys = join(folder.path, 'test-users.json');
    writeFileSync(keys, JSON.stringify({ user }));
    const scenario = join(folder.path, 'short.json');
    const objectives = { ...probe.objectives, abort: { windowSeconds: 2, acceptedP99Ms: 60_000, failedShare: 0.5 } };
    const duration = { warmSeconds: 0, calmSeconds: 5, disturbedSeconds: 0, turns: 1 };
    writeFileSync(scenario, JSON.stringify({ ...probe, arrival: { connectionsPerSecond: 100, sendsPerSecond: 20 }, duration, objectives }));
    args = ['scenario', 'run', scenario, '--targets', `127.0.0.1:${new URL(box.url).port}`, '--keys', keys];
  }, 70_000);
  afterAll(async () => {
    gateway.kill('SIGTERM');
    await gateway.exited;
  }, 30_000);

  const counted = async (name: string) => sumOf(await (await fetch(`${box.adminUrl}/metrics`)).text(), name) ?? 0;

  test('a dry run says what would be sent, and sends nothing', async () => {
    const { stdout, exitCode } = await folder.run(...args, '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing was sent');
    expect(stdout).toContain('100 connections of 100 test users');
    expect(stdout).toContain('then 100 messages');
    expect((await counted('parley_edge_upgrades_total')) + (await counted('parley_edge_refused_total'))).toBe(0);
  }, 30_000);

  test('test users of their own range talk there, leave their conversations, and no key is in what is left behind', async () => {
    const { stdout, stderr } = await folder.run(...args, '--json');
    const { record } = resultOf(stdout);
    expect(record.ledger).toMatchObject({ due: 100, accepted: 100, lost: 0, duplicated: 0 });
    expect(record.complete).toBe(true);
    const { firstUser, lastUser, left } = record.testData!;
    expect(firstUser).toBeGreaterThan(TEST_BLOCKS.first * USERS_PER_BLOCK);
    expect(lastUser - firstUser).toBe(99);
    expect(left).toBe(100);
    const { user } = JSON.parse(readFileSync(box.keysFile, 'utf8')) as { readonly user: { readonly privateKeyPem: string } };
    const secret = user.privateKeyPem.split('\n')[1]!;
    const run = join(folder.path, 'runs', record.id);
    for (const text of [stdout, stderr, ...readdirSync(run).map((name) => readFileSync(join(run, name), 'utf8'))])
      expect(text).not.toContain(secret);
    expect(gateway.exitCode).toBeNull();
  }, 60_000);

  test('a target that stops answering is left alone before the time is up', async () => {
    const before = await counted('parley_edge_frames_in_total');
    const child = folder.start(...args, '--json');
    const giveUp = Date.now() + 30_000;
    // A HELLO each, the conversations, and the first sends.
    while ((await counted('parley_edge_frames_in_total')) < before + 140 && Date.now() < giveUp) await Bun.sleep(100);
    process.kill(box.pids.relay!, 'SIGSTOP');
    try {
      const { stdout, exitCode } = await outcomeOf(child);
      const { record, rows } = resultOf(stdout);
      expect(record.aborted).toContain('nothing was accepted');
      expect(rows.find(({ name }) => name === 'the target’s objectives')?.grade).toBe('refuted');
      expect(exitCode).toBe(1);
    } finally {
      process.kill(box.pids.relay!, 'SIGCONT');
    }
  }, 90_000);
});
