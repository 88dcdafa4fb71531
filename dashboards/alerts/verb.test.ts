/** `parley alerts`: what it writes, and that it writes nothing on wrong words. */
import { afterAll, expect, spyOn, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verb } from './verb.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-alerts-verb-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function alerts(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines: { out: string[]; error: string[] } = { out: [], error: [] };
  const spies = [
    spyOn(console, 'log').mockImplementation((line: string) => void lines.out.push(line)),
    spyOn(console, 'error').mockImplementation((line: string) => void lines.error.push(line)),
  ];
  try {
    return { code: await verb.run(args), out: lines.out.join('\n'), error: lines.error.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('the rules are written with what was set in the place of the plan’s value, and the faster variant says what it is', async () => {
  const out = join(folder, 'faster');
  const { code, out: said } = await alerts('--out', out, '--times-faster', '60', '--set', 'kafka.messagePartitionsPerCell=12');
  expect(code).toBe(0);
  expect(said).toContain('windows 60 times shorter');
  const { groups } = JSON.parse(readFileSync(join(out, 'alerts.rules.yml'), 'utf8'));
  expect(groups.map(({ name }: { name: string }) => name)).toContain('parley-path-60-times-faster');
  const rules: Array<{ alert: string; expr: string; for?: string }> = groups.flatMap((group: { rules: unknown }) => group.rules);
  expect(rules.find(({ alert }) => alert === 'PartitionsUnowned')).toMatchObject({
    expr: 'sum(parley_dispatch_partitions) < 12',
    for: '1s',
  });
});

test('wrong words are told in one line, and nothing is written', async () => {
  const out = join(folder, 'nothing');
  const broken = join(folder, 'plan.json');
  writeFileSync(broken, '{');
  const wrong: Array<[string[], string]> = [
    [[], 'parley alerts: --out DIR is missing'],
    [['--out', out, '--times-faster', '0'], 'parley alerts: --times-faster: a number from 1 to 1000'],
    [['--out', out, '--set', 'nothing=1'], 'parley alerts: --set nothing=1: there is no nothing among the numbers that alerts may name'],
    [['--out', out, '--set', 'kafka.messagePartitionsPerCell='], 'NAME=NUMBER is meant'],
    [['--out', out, '--plan', join(folder, 'none')], 'none: can’t be read'],
    [['--out', out, '--plan', broken], 'it is no JSON'],
  ];
  for (const [args, problem] of wrong) {
    const { code, error } = await alerts(...args);
    expect([code, error.split('\n').length]).toEqual([3, 1]);
    expect(error).toContain(problem);
  }
  expect(existsSync(out)).toBe(false);
});
