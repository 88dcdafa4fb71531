import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLEAN = '| Metric | Value |\n|---|---|\n| DAU | 100 M |\n| Messages per user per day | 40 |\n| Messages per day | 4 B |\n';

async function check(content: string, name = 'sheet.md', ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sheet-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, content);
    const map = join(folder, 'map.json');
    writeFileSync(map, '{ "Grumpy cats": "messagesPerDay" }');
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{ "Grumpy cats": "cats" }');
    const args = more.map((one) => (one === 'MAP' ? map : one === 'BAD' ? bad : one));
    const process = Bun.spawn([Bun.argv[0]!, 'parley.ts', 'sheet', 'check', file, ...args], { stdout: 'pipe', stderr: 'pipe' });
    const [out, error, code] = [await new Response(process.stdout).text(), await new Response(process.stderr).text(), await process.exited];
    return { out, error, code };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a clean sheet ends with 0, one with a contradiction with 1, one that is no sheet with 3 and no stack', async () => {
  expect((await check(CLEAN)).code).toBe(0);
  const wrong = await check(CLEAN.replace('4 B', '4 T'));
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain('likely wrong: Messages per day');
  for (const [content, name] of [
    ['', 'empty.md'],
    ['\0\0\0', 'noise.csv'],
    ['just words', 'words.md'],
  ] as const) {
    const none = await check(content, name);
    expect(none.code).toBe(3);
    expect(none.error).toContain(name);
    expect(none.error).not.toContain('    at ');
  }
}, 60_000);

test('the document of --json names both cells and the suspect', async () => {
  const { out } = await check(CLEAN.replace('4 B', '4 T'), 'sheet.md', '--json');
  const document = JSON.parse(out);
  expect(document.contradictions).toBe(1);
  expect(document.findings[0].culprit).toMatchObject({ label: 'Messages per day', place: 'sheet.md:5:2' });
  expect(document.findings[0].clashes[0].places.toSorted()).toEqual(['sheet.md:3:2', 'sheet.md:4:2', 'sheet.md:5:2']);
}, 60_000);

test('a mapping says what a label does not, and a wrong one is told', async () => {
  const cats = CLEAN.replace('Messages per day', 'Grumpy cats').replace('4 B', '40 B');
  expect((await check(cats)).code).toBe(0);
  expect((await check(cats, 'sheet.md', '--map', 'MAP')).code).toBe(1);
  const wrong = await check(cats, 'sheet.md', '--map', 'BAD');
  expect([wrong.code, wrong.error.includes('no quantity')]).toEqual([3, true]);
}, 60_000);

test('--runs takes several records and folders of them, and prints what each measured', async () => {
  const sheet = `${CLEAN}| Memory per connection | 10 KB |\n`;
  const { out, code } = await check(sheet, 'sheet.md', '--runs', 'capacity/measurements/box-runs/held');
  expect(code).toBe(0);
  expect(out.match(/^measured by .*: Memory per connection: proved: 5\.\d KB/gm)?.length).toBeGreaterThanOrEqual(6);
  const none = await check(sheet, 'sheet.md', '--runs', 'capacity/model');
  expect([none.code, none.error.includes('holds no record of a run')]).toEqual([3, true]);
}, 60_000);
