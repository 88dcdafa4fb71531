import { describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInfeasible } from '../model/component.ts';
import { diffPlans } from '../model/diff-plan.ts';
import { diffText } from '../model/diff-text.ts';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import { planMarkdown } from '../model/plan-text.ts';
import { DEFAULT_INPUTS, SettingError, withSettings } from './plan-settings.ts';

function planOf(...settings: string[]): Plan {
  const plan = makePlan({ ...withSettings(DEFAULT_INPUTS, settings), draws: 5 });
  if (isInfeasible(plan)) throw new Error(plan.infeasible);
  return plan;
}

/** Everything but the words, in which a source says how a quantity was given; digits below the eleventh are rounding. */
function numbersOf(plan: Plan): unknown {
  return plan.rows.map(({ id, value, low, high }) => [id, ...[value, low, high].map((one) => Number(one.toPrecision(11)))]);
}

function refusalOf(setting: string): string {
  try {
    withSettings(DEFAULT_INPUTS, [setting]);
  } catch (failure) {
    if (failure instanceof SettingError) return failure.message;
  }
  return 'taken';
}

describe('C1 lost time base: a plan is unchanged by rewriting units', () => {
  test.each([
    ['peakSendsPerSecond=5M', 'peakSendsPerSecond=300M messages/min'],
    ['peakSendsPerSecond=5M', 'peakSendsPerSecond=18 B messages per hour'],
    ['peakSendsPerSecond=5M', 'peakSendsPerSecond=432B messages/day'],
    ['messagesPerUserDay=48', 'messagesPerUserDay=2 messages/user/hour'],
    ['presenceReadsPerSecond=1M', 'presenceReadsPerSecond=60M/min'],
    ['heartbeatSeconds=60', 'heartbeatSeconds=1min'],
    ['sessionSeconds=7200', 'sessionSeconds=2h'],
    ['retentionDays=30', 'retentionDays=720 h'],
    ['bodyBytes=2048', 'bodyBytes=2KiB'],
    ['bodyBytes=2000', 'bodyBytes=2 KB/message'],
    ['groupMessageShare=0.35', 'groupMessageShare=35 %'],
    ['connections=1,000,000,000', 'connections=1B'],
  ])('%s is %s', (one, other) => {
    expect(numbersOf(planOf(one))).toEqual(numbersOf(planOf(other)));
  });

  test.each([
    ['peakSendsPerSecond=300M messages', 'no time'],
    ['peakSendsPerSecond=30s', 'messages/s'],
    ['peakSendsPerSecond=5MB/s', 'does not fit'],
    ['peakSendsPerSecond=5M users/s', 'does not fit'],
    ['connections=1B/day', 'does not fit'],
    ['heartbeatSeconds=30 messages', 'does not fit'],
    ['bodyBytes=200 messages', 'does not fit'],
    ['devicesPerUser=2 devices/day', 'does not fit'],
  ])('%s is refused', (setting, reason) => {
    expect(refusalOf(setting)).toContain(reason);
  });

  test('a thousand and 1,024 are two things', () => {
    expect(numbersOf(planOf('bodyBytes=1KB'))).not.toEqual(numbersOf(planOf('bodyBytes=1KiB')));
  });
});

describe('C2 replication counted twice', () => {
  test('logical bytes with three replicas and what was measured on the disks give equal plans', () => {
    const logical = planOf('bodyBytes=200');
    const onDisks = logical.rows.find((row) => row.id === 'cassandra.storedBytesPerDay')!.value * logical.cells;
    expect(onDisks).toBeCloseTo(100e9 * (200 + 39) * 3, -6);
    expect(numbersOf(planOf(`storedBytesPerDay=${onDisks}`))).toEqual(numbersOf(logical));
  });

  test('so do they with other replicas, in other units', () => {
    const logical = planOf('cassandraReplicas=5', 'bodyBytes=461');
    expect(numbersOf(planOf('cassandraReplicas=5', 'storedBytesPerDay=250 TB/day'))).toEqual(numbersOf(logical));
  });

  test('disks that grow by less than the rows alone take are refused with what those take', () => {
    expect(refusalOf('storedBytesPerDay=1TB/day')).toContain('11.7 TB');
  });
});

describe('a setting', () => {
  test.each([
    ['conections=2B', 'did you mean connections?'],
    ['connections', 'NAME=VALUE'],
    ['connections=many', 'no number'],
    ['connections=0', 'above 0'],
    ['connections=-5', 'above 0'],
    ['connections=3..2', 'goes up'],
    ['offlineShare=40', 'at most 1'],
    ['zones=2.5', 'whole number'],
    ['retentionDays=1..2..3..4', 'a low and a high'],
  ])('%s is answered with what to do', (setting, words) => {
    expect(refusalOf(setting)).toContain(words);
  });

  test('takes a range of two or three', () => {
    expect(withSettings(DEFAULT_INPUTS, ['retentionDays=30..60']).workload.retentionDays).toMatchObject({ low: 30, mid: 45, high: 60 });
    expect(withSettings(DEFAULT_INPUTS, ['connections=1B..2B..4B']).workload.connections).toMatchObject({ low: 1e9, mid: 2e9, high: 4e9 });
  });

  test('reaches coefficients too', () => {
    expect(planOf('gatewayConnectionsMost=250K').rows.find((row) => row.id === 'gateway.gateways')!.value).toBeGreaterThanOrEqual(6_000);
  });
});

describe('a difference of plans', () => {
  test('names the inputs that changed and how much of each row’s move each makes alone', () => {
    const diff = diffPlans(planOf(), planOf('connections=2B', 'retentionDays=30'));
    expect(diff.inputs.map((one) => one.input)).toEqual(['connections', 'retentionDays']);
    const gateways = diff.rows.find((row) => row.id === 'gateway.gateways')!;
    expect(gateways.to! / gateways.from!).toBeGreaterThan(1.5);
    expect(gateways.because[0]).toEqual({ input: 'connections', change: gateways.to! - gateways.from! });
    const stored = diff.rows.find((row) => row.id === 'cassandra.nodesPerCell')!;
    expect(stored.because.map((one) => one.input)).toContain('retentionDays');
  });

  test('of a plan with itself is nothing', () => {
    expect(diffText(diffPlans(planOf(), planOf()))).toBe('The plans are the same.');
  });
});

describe('the golden plan', () => {
  test('is what parley plan --md prints; look at what changed, then write it with PARLEY_WRITE_GOLDEN=1', () => {
    const path = join(import.meta.dirname, '../model/default-plan.md');
    const plan = makePlan();
    if (isInfeasible(plan)) throw new Error(plan.infeasible);
    const text = `${planMarkdown(plan)}\n`;
    if (process.env.PARLEY_WRITE_GOLDEN === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });
});

describe('parley plan', () => {
  async function plan(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const parley = join(import.meta.dirname, '../../parley.ts');
    const child = Bun.spawn([process.execPath, parley, 'plan', ...args], { stdout: 'pipe', stderr: 'pipe' });
    const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
    return { code, out, err };
  }

  test('prints one JSON document, which diff compares', async () => {
    const json = await plan('--json', '--draws', '2');
    expect(json.code).toBe(0);
    const path = join(tmpdir(), `parley-plan-${process.pid}.json`);
    writeFileSync(path, json.out);
    const same = await plan('diff', path, path);
    expect(same).toMatchObject({ code: 0, out: 'The plans are the same.\n' });
  });

  test('ends with 1 and the limit where the workload can’t be met', async () => {
    const { code, out } = await plan('--set', 'bodyBytes=100KB');
    expect(code).toBe(1);
    expect(out).toContain('65.5 KB');
    expect(out).toContain('Nearest that can: bodyBytes of at most 65536');
  });

  test.each<[string[], string]>([
    [['--set', 'conections=1'], 'did you mean connections?'],
    [['connections=1'], 'write --set connections=1'],
    [['dif'], 'did you mean diff?'],
    [['diff', 'a.json'], 'two plans'],
    [['diff', '/nowhere/a.json', '/nowhere/b.json'], 'can’t be read'],
    [['--draws', 'x'], 'whole number'],
    [['--sett', 'x'], '--sett'],
  ])('%p ends with 3, in one line', async (args, words) => {
    const { code, err } = await plan(...args);
    expect(code).toBe(3);
    expect(err).toContain(words);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});
