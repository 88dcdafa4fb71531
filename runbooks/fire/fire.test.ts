/** The parts of the run in which alerts fire; the run itself is no test. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ALERTS } from '../../dashboards/alerts/names.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { boxMitigation } from '../check/check.ts';
import { readPage } from '../check/markdown.ts';
import { ROOT } from '../check/project.ts';
import { ALL_FAULTS as FAULTS } from './all-faults.ts';
import { FORCED, forcedScenario } from './forced.ts';
import { exposition, ForcedSeries } from './forced-series.ts';
import { localValues } from './local-plan.ts';
import type { Seen } from './seen.ts';
import { seenTable } from './seen-table.ts';
import { silenceOf, silenceText } from './silence.ts';
import { Watch } from './watch.ts';

const labels = { alertname: 'A', pod: 'p' };
const firing = (more: Record<string, string> = {}) => ({ alert: 'A', state: 'firing', labels: { ...labels, ...more } }) as const;

describe('the watch', () => {
  const watch = () => new Watch({ alerts: async () => [] });

  test('knows when an alert fired, with which labels, and when it had ended', () => {
    const one = watch();
    one.take([{ alert: 'A', state: 'pending', labels }], 1_000);
    expect(one.firedSince('A', 0, () => true)).toBeUndefined();
    one.take([firing()], 2_000);
    expect(one.firedSince('A', 1_500, ({ pod }) => pod === 'p')?.fromMs).toBe(2_000);
    expect(one.firedSince('A', 1_500, ({ pod }) => pod === 'q')).toBeUndefined();
    expect(one.endedAfter('A', 2_000, () => true)).toBeUndefined();
    one.take([], 5_000);
    expect(one.endedAfter('A', 3_000, () => true)).toBe(5_000);
    expect(one.firing().size).toBe(0);
  });

  test('an alert with one series that ended and one that fires has not ended, and an old firing is not a new one', () => {
    const one = watch();
    one.take([firing(), firing({ pod: 'q' })], 1_000);
    one.take([firing({ pod: 'q' })], 2_000);
    expect(one.endedAfter('A', 1_500, () => true)).toBeUndefined();
    expect(one.firedSince('A', 1_500, () => true)).toBeUndefined();
    expect([...one.namesSince(1_500)]).toEqual([]);
  });

  test('of a soak, what fired in it counts, with what was left of its time, and neither what had ended nor what its end did', () => {
    const one = watch();
    one.take([firing({ pod: 'before' })], 1_000);
    one.take([firing({ pod: 'in' })], 10_000);
    one.take([], 30_000);
    one.take([firing({ pod: 'end' })], 70_000);
    const watched = { fromMs: 10_000, toMs: 70_000, rules: 90, intervalMs: 15_000, standIns: ['kafka'] };
    const silence = silenceOf({ ...watched, fired: one.between(10_000, 70_000) });
    expect(silence.fired).toEqual([{ alert: 'A', labels: { ...labels, pod: 'in' }, afterSeconds: 0, forSeconds: 20 }]);
    expect(silence.seconds).toBe(60);
    expect(silenceText(silence)).toContain('| [A](A.md) | pod in | 0 min | 0 min |');
    expect(silenceText({ ...silence, fired: [] })).toContain('**None fired.**');
  });
});

test('forced series move as the samples of a rule’s test say, and are gone where they are absent', async () => {
  const samples = { 'a{x="1", y="2"}': { at: 5, slope: 2 }, b: { rate: 3 }, c: 'absent', d: { endsAt: 100, slope: -1 } } as const;
  expect(exposition(samples, 10, 60)).toBe('a{x="1",y="2"} 25\nb 30\nd 150\n');
  const forced = new ForcedSeries();
  try {
    const get = async () => {
      const response = await fetch(`http://${forced.address}/metrics/target`);
      return [response.status, await response.text()];
    };
    forced.serve('target', { a: { at: 5 } });
    expect(await get()).toEqual([200, 'a 5\n']);
    forced.clear('target');
    expect(await get()).toEqual([200, '']);
    forced.setDown('target', true);
    expect(await get()).toEqual([503, '']);
  } finally {
    await forced.stop();
  }
});

describe('the scenarios', () => {
  test('name alerts that have rules, and each mitigation is a block of its runbook', () => {
    const ruled = new Set(ALERT_RULES.map(({ alert }) => alert as string));
    for (const { name, alerts, mitigation } of FAULTS) {
      for (const alert of Object.keys(alerts)) expect([name, alert, ruled.has(alert)]).toEqual([name, alert, true]);
      if (!('runbook' in mitigation)) continue;
      const file = `runbooks/${mitigation.runbook}.md`;
      expect([file, boxMitigation(readPage(file, readFileSync(join(ROOT, file), 'utf8'))) !== undefined]).toEqual([file, true]);
    }
  });

  test('force no alert that is seen for real, and have numbers for what they force', () => {
    const real = new Set(FAULTS.flatMap(({ alerts }) => Object.keys(alerts)));
    for (const alert of Object.keys(FORCED) as (keyof typeof ALERTS)[]) {
      expect([alert, real.has(alert)]).toEqual([alert, false]);
      expect(forcedScenario(alert).how).toBe('forced');
    }
    expect(localValues().get('kafka.messagePartitionsPerCell')).toBe(8);
  });
});

test('the table has a row for each alert, and one that was not seen is said not to be', () => {
  const seen: Seen = {
    schema: 1,
    date: '2026-11-30',
    compressed: 20,
    quiet: [],
    quietSeconds: 60,
    alerts: [
      {
        alert: 'RelayAway',
        how: 'real',
        fault: 'a kill',
        firedSeconds: 5.6,
        mitigation: 'as written',
        resolvedSeconds: 2.3,
        companions: ['X'],
        neighbours: ['Y'],
      },
      { alert: 'ClockOff', how: 'forced', fault: 'series', mitigation: 'none', companions: [], neighbours: [] },
    ],
  };
  const table = seenTable(['RelayAway', 'ClockOff', 'DiskRunsFull'], seen);
  expect(table).toContain('1 alerts seen for a real fault, 0 for forced series, 1 not yet');
  expect(table).toContain('| [RelayAway](RelayAway.md) | real | a kill | 6 s | as written | 2 s | X | Y |');
  expect(table).toContain('| [ClockOff](ClockOff.md) | forced | series | did not | none | did not |  |  |');
  expect(table).toContain('| [DiskRunsFull](DiskRunsFull.md) | not yet |');
});
