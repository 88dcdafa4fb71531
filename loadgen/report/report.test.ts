import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { html, table } from '../../capacity/page/markup.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { assess } from './assessment.ts';
import { equationsOf } from './equations.ts';
import { percentileText } from './latency-chart.ts';
import { reportPage } from './page.ts';
import { jsonReport, markdownReport, plainLines } from './plain-report.ts';
import { findRun, writeReport } from './run-folder.ts';

const SMALL = syntheticRun({ connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 4, seed: 3 });
const LARGE = syntheticRun();
const scratch = mkdtempSync(join(tmpdir(), 'parley-report-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the page', () => {
  test('says the verdict in words first, and shows every part that the record has', async () => {
    const page = await reportPage(assess(LARGE, { predictedBy: SMALL }));
    for (const part of [
      'proved',
      'Connections over time',
      'Latency by percentile',
      'The bill',
      'Predicted beside measured',
      'CPU of an operation',
      'closes',
      'Was the load engine the limit?',
      'Which limit of the machine binds first',
      'Run it again',
    ]) {
      expect(page.includes(part) ? part : '').toBe(part);
    }
    expect(page.indexOf('proved')).toBeLessThan(page.indexOf('<svg'));
  });

  test('needs nothing from elsewhere and runs no script', async () => {
    const page = await reportPage(assess(LARGE));
    expect(found(page, /<script|<link|@import|url\((?!#)|src=|href=(?!"#)/)).toBeUndefined();
    expect(
      [...page.matchAll(/https?:\/\/[^"]*/g)].map(([address]) => address).filter((address) => !address.startsWith('http://www.w3.org/')),
    ).toEqual([]);
  });

  test('is the same bytes for the same record, however many were made before', async () => {
    const first = await reportPage(assess(SMALL));
    expect((await reportPage(assess(SMALL))) === first).toBe(true);
  });

  test('draws in the names of the palette only', async () => {
    const drawings = (await reportPage(assess(SMALL))).replace(/<style>.*?<\/style>/s, '');
    expect(found(drawings, /#[0-9a-f]{6}|rgb\(/i)).toBeUndefined();
    expect(found(drawings, /var\(--blue\)/)).toBe('var(--blue)');
  });

  test('escapes what comes from outside', async () => {
    const hostile = { ...SMALL, name: '<script>alert(1)</script>', problems: [{ tMs: 5, whose: 'box' as const, text: '"><img src=x>' }] };
    const page = await reportPage(assess(hostile));
    expect(found(page, /<script|<img/)).toBeUndefined();
    expect(found(page, /&lt;script&gt;/)).toBeDefined();
  });

  test('of a run that measured next to nothing says what is not known instead of failing', async () => {
    const bare = { ...SMALL, samples: [], checkpoints: [], cpuWindows: [], latencies: [], host: { ...SMALL.host, limits: {} } };
    const page = await reportPage(assess(bare));
    for (const said of [/the run has no checkpoint of memory/, /the run has no chat window/]) expect(found(page, said)).toBeDefined();
    expect(found(page, /NaN|Latency by percentile/)).toBeUndefined();
  });

  test('has no number that is none', async () => {
    for (const record of [
      SMALL,
      LARGE,
      syntheticRun({ bothEnds: false }),
      syntheticRun({ tls: true, sendsPerSecond: 0, chatSeconds: 0 }),
    ]) {
      const page = await reportPage(assess(record));
      expect(found(page, /NaN|undefined|Infinity|\[object/)).toBeUndefined();
    }
  });
});

describe('lines, Markdown and JSON', () => {
  test('a line a claim stands first', () => {
    expect(plainLines(assess(LARGE))[0]).toStartWith('connections per box       500,000  proved  held 500,000');
  });

  test('a sum that does not close is shouted, and so are doubts', () => {
    const open = { ...LARGE, ledger: { ...LARGE.ledger, due: LARGE.ledger.due + 1 } };
    const lines = plainLines(assess(open)).join('\n');
    expect(lines).toContain('sends: 155,001 due = 155,000 accepted  DOES NOT CLOSE');
    expect(lines).toContain('doubt: the sums do not close');
    expect(equationsOf(open)[0]!.closes).toBe(false);
  });

  test('Markdown has a table of the verdicts', () => {
    expect(markdownReport(assess(SMALL))).toContain('| connections per box | 500,000 | **extrapolated** |');
  });

  test('JSON has the verdicts, the bills and the prediction', () => {
    const document = JSON.parse(jsonReport(assess(LARGE, { predictedBy: SMALL })));
    expect(document).toMatchObject({ schema: 1, exitCode: 0, verdicts: [{ verdict: 'proved' }, { verdict: 'proved' }] });
    expect(Math.abs(document.predicted.check.errorShare)).toBeLessThan(0.05);
    expect(document.memory.server.mid).toBeGreaterThan(5_000);
  });
});

describe('the folder of a run', () => {
  const runs = join(scratch, 'runs');
  for (const [name, record] of [
    ['20261125-100000-hold', SMALL],
    ['20261125-110000-chat', LARGE],
  ] as const) {
    mkdirSync(join(runs, name), { recursive: true });
    writeFileSync(join(runs, name, 'record.json'), JSON.stringify(record));
  }
  mkdirSync(join(runs, '20261125-120000-begun'));

  test('is found by path, by name, or as the latest that has a record', () => {
    expect(findRun(join(runs, '20261125-100000-hold'))).toMatchObject({ record: { seed: 3 } });
    expect(findRun('20261125-100000-hold', runs)).toMatchObject({ record: { seed: 3 } });
    expect(findRun('latest', runs)).toMatchObject({ record: { seed: 7 } });
  });

  test('that is not there, or holds no record, is told in a sentence', () => {
    expect(findRun('nothing', runs)).toHaveProperty('noRun');
    expect(findRun('latest', join(scratch, 'empty'))).toEqual({ noRun: `no run with a record.json under ${join(scratch, 'empty')}/` });
    mkdirSync(join(runs, 'broken'));
    writeFileSync(join(runs, 'broken', 'record.json'), '{"schema": 1}');
    expect(findRun('broken', runs)).toMatchObject({ noRun: expect.stringContaining('id: expected a text, got nothing') });
  });

  test('gets its page', async () => {
    const folder = join(runs, '20261125-100000-hold');
    const { page, assessment } = await writeReport(folder, SMALL);
    expect(readFileSync(page, 'utf8')).toStartWith('<!doctype html>');
    expect(assessment.exitCode).toBe(0);
  });

  test('parley report ends with the exit code of the verdict', () => {
    expect(report('latest')).toMatchObject({ exitCode: 0 });
    expect(report('latest', '--open-path').stdout.trim()).toEndWith('20261125-110000-chat/report.html');
    expect(report('nothing')).toMatchObject({ exitCode: 3, stdout: '' });
    expect(report('latest', '--json', '--md')).toMatchObject({ exitCode: 3 });
    writeFileSync(join(runs, '20261125-110000-chat', 'record.json'), JSON.stringify({ ...LARGE, complete: false }));
    expect(report('latest')).toMatchObject({ exitCode: 2 });
  });
});

test('text from outside is escaped in every place of a template, and markup is not', () => {
  expect(html`<p title="${'"'}">${'<b>'}${html`<i>`}${[1, '&']}${undefined}</p>`.text).toBe('<p title="&quot;">&lt;b&gt;<i>1&amp;</p>');
  expect(table('t', [{ title: 'a' }, { title: 'n', numeric: true }], [['<x>', 1]]).text).toContain(
    '<th scope="row">&lt;x&gt;</th><td class="number">1</td>',
  );
});

test('percentiles are written with as many digits as they need', () => {
  expect([1, 10, 100, 1_000, 10_000].map(percentileText)).toEqual(['0 %', '90 %', '99 %', '99.9 %', '99.99 %']);
});

/** What of a page matches: its text is too long to be shown whole when a test fails. */
function found(page: string, pattern: RegExp): string | undefined {
  return pattern.exec(page)?.[0];
}

function report(...args: string[]): { exitCode: number; stdout: string; stderr: string } {
  const command = join(import.meta.dir, '..', '..', 'parley.ts');
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, command, 'report', ...args], { cwd: scratch, timeout: 20_000 });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
