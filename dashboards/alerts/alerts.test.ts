/**
 * Each alert is silent just below its threshold, fires just beyond it with its labels, and ends: promtool says so, on series that
 * are made from the rules. And promtool can say no.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProgram } from '../../infra/verify/debian-program.ts';
import { PROMTOOL } from '../../infra/verify/own-tools-rung.ts';
import { requires } from '../../services/runtime/requires.ts';
import type { MachineFact } from '../../services/runtime/shortfall.ts';
import { defaultPlanRows } from '../plan-rows.ts';
import type { AlertRule } from './alert-rule.ts';
import { alertValues } from './alert-values.ts';
import { ruleFile, ruleGroups } from './render-rules.ts';
import { ruleTest } from './rule-tests.ts';
import { ALERT_RULES } from './rules.ts';

const VALUES = alertValues(defaultPlanRows());
const DEBIAN: MachineFact = {
  fact: 'promtool or apt-get',
  missing: () => (Bun.which('promtool') !== null || existsSync('/usr/bin/apt-get') ? undefined : 'neither'),
};
const folder = mkdtempSync(join(tmpdir(), 'parley-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('an alert has a test of promtool for each of its rules', () => {
  expect(ALERT_RULES.length).toBeGreaterThan(80);
  for (const rule of ALERT_RULES) expect(ruleTest(rule, VALUES).rules).toContain(rule.alert);
});

test('the number in an expression is the plan’s, and windows alone are shorter in the faster variant', () => {
  const rule = ALERT_RULES.find(({ alert }) => alert === 'HotPartition')!;
  const of = (values: typeof VALUES, timesFaster = 1) => ruleGroups([rule], values, timesFaster)[0]!.rules[0]!;
  const limit = Number(((0.8 * 1e6) / VALUES.get('dispatch.usPerMessage')!).toPrecision(6));
  expect(of(VALUES).expr).toBe(`sum by (pod, instance) (rate(parley_dispatch_records_total[1800s])) > ${limit}`);
  expect(of(VALUES).for).toBe('300s');
  expect(of(VALUES, 60).expr).toBe(`sum by (pod, instance) (rate(parley_dispatch_records_total[30s])) > ${limit}`);
  expect(of(VALUES, 60).for).toBe('5s');
  const half = new Map([...VALUES, ['dispatch.usPerMessage', 2 * VALUES.get('dispatch.usPerMessage')!]]);
  expect(of(half).expr).toContain(` > ${Number((limit / 2).toPrecision(6))}`);
});

requires(DEBIAN).describe('promtool', () => {
  let promtool: string;
  beforeAll(async () => {
    promtool = await debianProgram(PROMTOOL, console.error);
  }, 120_000);

  test('takes all rules, and those of a faster variant', async () => {
    for (const [name, timesFaster] of [
      ['all', 1],
      ['faster', 60],
    ] as const) {
      writeFileSync(join(folder, `${name}.rules.yml`), ruleFile(ruleGroups(ALERT_RULES, VALUES, timesFaster)));
      const { code, text } = await run('check', 'rules', `${name}.rules.yml`);
      expect(text).toContain(`${ALERT_RULES.length} rules found`);
      expect(code).toBe(0);
    }
  }, 60_000);

  test('sees each rule silent just below its threshold, firing just beyond it, and over', async () => {
    const files = ALERT_RULES.map((rule, index) => write(`${index}`, rule));
    const { code, text } = await run('test', 'rules', ...files);
    expect(text.match(/SUCCESS/g)?.length).toBe(ALERT_RULES.length);
    expect(text).not.toContain('FAILED');
    expect(code).toBe(0);
  }, 180_000);

  test('refuses a rule whose threshold, whose time or whose label is another than its series say', async () => {
    const rule = ALERT_RULES.find(({ alert }) => alert === 'AdmissionsRefused')!;
    const lies: Readonly<Record<string, AlertRule>> = {
      higher: { ...rule, expr: rule.expr.replace('> $tolerated', '> 1.1 * $tolerated') },
      lower: { ...rule, expr: rule.expr.replace('> $tolerated', '> 0.9 * $tolerated') },
      unlabelled: { ...rule, expr: rule.expr.replace('by (pod, reason)', 'by (pod)') },
      late: { ...rule, lasts: { rows: ['workload.stormSeconds'], times: 10, unit: 's', why: 'a lie' } },
    };
    for (const [name, lie] of Object.entries(lies)) {
      // Looked at when the true rule would have fired.
      const { test: text } = ruleTest(rule, VALUES);
      writeFileSync(join(folder, `${name}.rules.yml`), ruleTest(lie, VALUES).rules);
      writeFileSync(join(folder, `${name}.test.yml`), text(`${name}.rules.yml`));
      expect([name, (await run('test', 'rules', `${name}.test.yml`)).code]).toEqual([name, 1]);
    }
  }, 60_000);

  function write(name: string, rule: AlertRule): string {
    const { rules, test: text } = ruleTest(rule, VALUES);
    writeFileSync(join(folder, `${name}.rules.yml`), rules);
    writeFileSync(join(folder, `${name}.test.yml`), text(`${name}.rules.yml`));
    return `${name}.test.yml`;
  }

  async function run(...words: readonly string[]): Promise<{ code: number; text: string }> {
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    const child = Bun.spawn([promtool, ...words], {
      cwd: folder,
      env: { ...process.env, TMPDIR: join(folder, 'tmp') },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, error, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
    return { code, text: out + error };
  }
});
