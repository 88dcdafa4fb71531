import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLatencies, withLedger } from '../../capacity/altered-run.harness.ts';
import type { ByRole, LatencyWindow, RunRecord } from '../../capacity/run-record.ts';
import { readRunRecord } from '../../capacity/run-record-reader.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Random } from '../plan/random.ts';
import { verb } from '../verbs/compare.ts';
import { keepBaseline, readBaseline, sideOfRuns } from './baseline.ts';
import { type Comparison, compare } from './compare.ts';
import { comparisonPage } from './compare-page.ts';
import { comparisonJson, comparisonLines, comparisonMarkdown } from './compare-text.ts';
import type { Side } from './side.ts';

/** A run that is a little off by itself, seeded; `slower`: what it costs and takes, over what it did. */
function madeRun(seed: number, slower = 1): RunRecord {
  const random = new Random(seed, 21);
  const off = () => slower * (1 + 0.04 * (random.unit() - 0.5));
  const cpu = (roles: ByRole<number>, factor: number) =>
    Object.fromEntries(Object.entries(roles).map(([role, us]) => [role, us! * factor])) as ByRole<number>;
  const base = syntheticRun({
    connections: 10_000,
    sizes: [0, 2_500, 5_000, 7_500, 10_000],
    edges: 1,
    workers: 1,
    sendsPerSecond: 500,
    seed,
  });
  const timed = withLatencies(
    withLatencies(base, 'accepted', (us) => us * off()),
    'delivered',
    (us) => us * off(),
  );
  let [total, last] = [{} as ByRole<number>, {} as ByRole<number>];
  const samples = timed.samples.map((sample) => {
    const factor = off();
    const grown = cpu(sample.cpuUs, 1);
    total = Object.fromEntries(
      Object.entries(grown).map(([role, us]) => [
        role,
        ((total as Record<string, number>)[role] ?? 0) + (us! - ((last as Record<string, number>)[role] ?? 0)) * factor,
      ]),
    );
    last = grown;
    return { ...sample, cpuUs: total, busyUs: sample.busyUs * slower * 1.1 };
  });
  const chat = samples.filter(({ phase }) => phase === 'chat');
  const latencyWindows: LatencyWindow[] = [];
  for (let at = 10; at < chat.length; at += 10) {
    for (const [name, us] of [
      ['accepted', 7_000],
      ['delivered', 16_000],
    ] as const)
      latencyWindows.push({
        name,
        startMs: chat[at - 10]!.tMs,
        endMs: chat[at]!.tMs,
        count: 5_000,
        p50Us: Math.round((us / 4) * off()),
        p99Us: Math.round(us * off()),
      });
  }
  return { ...timed, id: `run-${seed}`, samples, latencyWindows };
}

const side = (name: string, ...records: RunRecord[]): Side => ({ name, records });
const runs = (from: number, count: number, slower = 1) => Array.from({ length: count }, (_, at) => madeRun(from + at, slower));
function compared(before: Side, after: Side): Comparison {
  const found = compare(before, after);
  if ('refused' in found) throw new Error(found.refused);
  return found;
}
const changesOf = (comparison: Comparison, change: string) =>
  comparison.rows.filter((row) => row.change === change).map(({ figure }) => figure.name);

describe('repeats of two sides', () => {
  test('of the same thing are unchanged in every figure', () => {
    const comparison = compared(side('A', ...runs(1, 5)), side('B', ...runs(11, 5)));
    expect([comparison.verdict, changesOf(comparison, 'worse'), changesOf(comparison, 'better')]).toEqual(['notWorse', [], []]);
    expect(changesOf(comparison, 'unchanged').length).toBeGreaterThan(6);
    expect(comparison.units).toEqual({ of: 'runs', before: 5, after: 5 });
  });

  test('with 10 % more latency and processor time are worse in what became more, and better the other way round', () => {
    const [before, after] = [side('A', ...runs(1, 5)), side('B', ...runs(11, 5, 1.1))];
    const worse = compared(before, after);
    expect(worse.verdict).toBe('worse');
    expect(changesOf(worse, 'worse')).toEqual(expect.arrayContaining(['accepted p99', 'delivered p99', 'processors of the box a message']));
    expect(changesOf(worse, 'worse')).not.toContain('sends accepted');
    const better = compared(after, before);
    expect([better.verdict, changesOf(better, 'worse')]).toEqual(['notWorse', []]);
    expect(changesOf(better, 'better')).toContain('accepted p99');
  });

  test('fewer than four a side tell nothing', () => {
    const comparison = compared(side('A', ...runs(1, 3)), side('B', ...runs(11, 3, 1.5)));
    expect(comparison).toMatchObject({ verdict: 'inconclusive', why: expect.stringContaining('4 units a side are the least') });
  });
});

describe('one run a side', () => {
  test('is compared by stretches of its chat', () => {
    const comparison = compared(side('A', madeRun(1)), side('B', madeRun(2)));
    expect(comparison.units).toEqual({ of: 'stretches', before: 5, after: 5 });
    expect([comparison.verdict, changesOf(comparison, 'worse')]).toEqual(['notWorse', []]);
    expect(changesOf(comparison, 'notTold')).toContain('memory of a connection, server side');
  });

  test('shows a change of 10 % in every stretch', () => {
    const comparison = compared(side('A', madeRun(1)), side('B', madeRun(2, 1.1)));
    expect(changesOf(comparison, 'worse')).toEqual(expect.arrayContaining(['accepted p99', 'processors of the box a message']));
  });
});

describe('what is no comparison', () => {
  const four = runs(1, 4);

  test('a side of two versions, two hosts, two settings, or the same run twice is refused by name', () => {
    const [first, ...rest] = four;
    const version = { ...first!, id: 'x', host: { ...first!.host, versions: { ...first!.host.versions, parley: '0.2.0' } } };
    const host = { ...first!, id: 'x', host: { ...first!.host, cpuModel: 'Another' } };
    const settings = { ...first!, id: 'x', settings: { ...first!.settings, tls: true } };
    for (const [odd, what] of [
      [version, 'parley'],
      [host, 'processor'],
      [settings, 'setting tls'],
    ] as const) {
      expect(compare(side('A', odd, ...rest), side('B', ...runs(11, 4)))).toEqual({
        refused: expect.stringContaining(`mixes runs of two kinds: ${what}`),
      });
      expect(compare(side('B', ...runs(11, 4)), side('A', odd, ...rest))).toHaveProperty('refused');
    }
    expect(compare(side('A', first!, first!), side('B', ...four))).toEqual({ refused: expect.stringContaining('twice') });
  });

  test('what changed between the sides is named', () => {
    const after = runs(11, 4).map((run) => ({ ...run, host: { ...run.host, kernel: '7.0' }, settings: { ...run.settings, tls: true } }));
    const { conditions } = compared(side('A', ...four), side('B', ...after));
    expect(conditions).toEqual([
      { what: 'kernel', before: '6.18.44', after: '7.0' },
      { what: 'setting tls', before: 'false', after: 'true' },
    ]);
  });

  test('a run in doubt makes it inconclusive, however much slower it was', () => {
    const late = runs(11, 4, 1.5).map((run) => ({ ...run, generator: { ...run.generator, latenessP99Us: 90_000 } }));
    expect(compared(side('A', ...four), side('B', ...late))).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('late'),
    });
  });

  test('a lost message is worse, without any test', () => {
    const [first, ...rest] = runs(11, 4);
    const lost = withLedger(first!, { lost: 1, delivered: first!.ledger.delivered - 1 });
    expect(compared(side('A', ...four), side('B', lost, ...rest))).toMatchObject({
      verdict: 'worse',
      why: 'messages lost, doubled or out of order: 1, before 0',
    });
  });
});

describe('what is shown', () => {
  const comparison = compared(side('A', ...runs(1, 5)), side('B | C', ...runs(11, 5, 1.1)));

  test('hides what did not change, and counts it', () => {
    const lines = comparisonLines(comparison, false).join('\n');
    expect(lines).toMatch(/^B \| C against A: worse: .*\(5 against 5 runs\)/);
    expect(lines).not.toMatch(/^ {2}unchanged/m);
    expect(lines).toMatch(/\d+ figures unchanged, \d+ not told/);
    expect(comparisonLines(comparison, true).join('\n')).toMatch(/^ {2}unchanged {2}sends accepted/m);
  });

  test('is a page without anything from elsewhere, Markdown, and JSON', () => {
    const page = comparisonPage(comparison, '0.1.0');
    expect(page).toContain('<h2>Figures</h2>');
    expect(page).not.toMatch(/<script|https?:/);
    expect(comparisonMarkdown(comparison, false)).toContain('| accepted p99 |');
    expect(JSON.parse(comparisonJson(comparison))).toMatchObject({
      verdict: 'worse',
      before: { runs: ['run-1', 'run-2', 'run-3', 'run-4', 'run-5'] },
    });
  });
});

describe('a baseline', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compare-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (run: RunRecord) => {
    const path = join(folder, run.id);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    writeRecord(path, run);
    return path;
  };

  test('is kept, read again, replaced, and told when it was edited', () => {
    const path = keepBaseline(folder, 'main', side('A', ...runs(1, 2))) as string;
    expect(readBaseline(folder, 'main')).toMatchObject({ name: 'baseline main', records: [{ id: 'run-1' }, { id: 'run-2' }] });
    keepBaseline(folder, 'main', side('A', ...runs(3, 1)));
    expect(readBaseline(folder, 'main')).toMatchObject({ records: [{ id: 'run-3' }] });
    const file = join(path, 'record-1.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"seed":3', '"seed":4'));
    expect(readBaseline(folder, 'main')).toMatchObject({ records: [{ problems: [{ text: expect.stringContaining('digest') }] }] });
  });

  test('that is not there, or has a name that leads elsewhere, is one line', () => {
    expect(readBaseline(folder, 'other')).toEqual({ noSide: expect.stringContaining('--keep-baseline other') });
    expect(readBaseline(folder, '../main')).toHaveProperty('noSide');
    expect(keepBaseline(folder, '../main', side('A', ...runs(1, 1)))).toHaveProperty('noSide');
    expect(sideOfRuns(join(folder, 'nothing'))).toHaveProperty('noSide');
  });

  test('gates a run: 0 unchanged, 1 worse, 2 nothing told, 3 could not compare', async () => {
    const list = (records: readonly RunRecord[]) => records.map(written).join(',');
    const told = async (...args: string[]) => await verb.run([...args, '--baselines', folder]);
    expect(await told(list(runs(1, 4)), '--keep-baseline', 'gate')).toBe(0);
    expect(await told(list(runs(11, 4)), '--against', 'gate')).toBe(0);
    expect(await told(list(runs(21, 4, 1.2)), '--against', 'gate', '--json')).toBe(1);
    expect(await told(list(runs(31, 2)), '--against', 'gate', '--md')).toBe(2);
    expect(await told(list(runs(41, 1)), '--against', 'nothing')).toBe(3);
    expect(await told(list(runs(41, 1)))).toBe(3);
    expect(await told(list(runs(41, 1)), '--against', 'gate', '--least', 'much')).toBe(3);
  });
});

test('stretches of latencies are read back from a record', () => {
  const record = madeRun(1);
  expect(readRunRecord(JSON.parse(JSON.stringify(record)))).toMatchObject({ latencyWindows: record.latencyWindows! });
});
