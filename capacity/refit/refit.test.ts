import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInvalid } from '../json-shape.ts';
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { middleOf } from '../model/draws.ts';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import { DEFAULT_WORKLOAD } from '../model/workload.ts';
import { TRUE_COSTS } from '../synthetic-costs.ts';
import { syntheticRun } from '../synthetic-run.ts';
import { FLEET_ROWS, observedInFleet } from './from-fleet.ts';
import { observedInMeasurement } from './from-measurements.ts';
import { observedInRuns } from './from-runs.ts';
import type { Observation, Observed } from './observation.ts';
import { readOverlay } from './overlay-reader.ts';
import { refit } from './refit.ts';

const NUMBERS = middleOf(DEFAULT_COEFFICIENTS);
const SMALL = { connections: 60_000, sizes: [0, 12_000, 24_000, 36_000, 48_000, 60_000], edges: 4, workers: 4 };

const observed = (seen: Observed | { readonly invalid: string } | undefined): readonly Observation[] => {
  if (seen === undefined || 'invalid' in seen) throw new Error(JSON.stringify(seen));
  return seen.observations;
};
const observedValue = (all: readonly Observation[], key: string) => all.find((one) => one.key === key)?.value;
const laidOver = (overlay: object) => ({ ...DEFAULT_COEFFICIENTS, ...overlay }) as Coefficients;

describe('runs', () => {
  const seen = observedInRuns([syntheticRun(SMALL)], NUMBERS);
  const all = observed(seen);

  test('tell the costs that they were made of', () => {
    const frames = 3 + 2 * 2;
    expect(observedValue(all, 'gatewayUserBytesPerConnection')! / (TRUE_COSTS.edge + TRUE_COSTS.relay)).toBeCloseTo(1, 1);
    expect(observedValue(all, 'gatewayUsPerHeartbeat')).toBeCloseTo(TRUE_COSTS.heartbeatUs.edge, 1);
    expect(observedValue(all, 'gatewayUsPerFrame')).toBeCloseTo((TRUE_COSTS.messageUs.edge + TRUE_COSTS.messageUs.relay) / frames, 1);
  });

  test('handshakes of the time in which processes compile their code are passed over', () => {
    expect(observedValue(all, 'loadgenUsPerConnect')).toBeUndefined();
    expect(seen.passedOver.map(({ what }) => what)).toEqual(['handshake']);
  });

  test('TLS is a difference, and passed over without a plain run', () => {
    const tls = syntheticRun({ ...SMALL, tls: true });
    expect(
      observedValue(observed(observedInRuns([tls, syntheticRun(SMALL)], NUMBERS)), 'gatewayTlsBytesPerConnection')! / TRUE_COSTS.edgeTls,
    ).toBeCloseTo(1, 1);
    const alone = observedInRuns([tls], NUMBERS);
    expect(alone.observations).toEqual([]);
    expect(alone.passedOver.map(({ what }) => what)).toContain('TLS');
  });

  test('one that can’t be believed tells nothing, and why', () => {
    const run = syntheticRun(SMALL);
    const lost = { ...run, ledger: { ...run.ledger, accepted: run.ledger.accepted - 5 } };
    const seen = observedInRuns([lost, { ...run, complete: false }], NUMBERS);
    expect(seen.observations).toEqual([]);
    expect(seen.passedOver).toHaveLength(2);
  });
});

describe('files of measurements', () => {
  test.each([
    ['store', 4],
    ['redis', 4],
    ['batching', 4],
    ['followers', 1],
  ] as const)('%s.json tells coefficients within what they were thought to be', (name, least) => {
    const document = JSON.parse(readFileSync(join(import.meta.dirname, `../measurements/${name}.json`), 'utf8'));
    const seen = observed(observedInMeasurement(document, `${name}.json`));
    expect(seen.length).toBeGreaterThan(least);
    expect(refit(DEFAULT_COEFFICIENTS, seen).changed.filter(({ surprising }) => surprising)).toEqual([]);
  });

  test('a broken one is named with its field, a strange one is none', () => {
    const broken = observedInMeasurement({ measuredAt: '2026-11-25T00:00:00Z', fits: [{ driver: 1 }] }, 'x');
    expect(isInvalid(broken) && broken.invalid).toContain('fits[0].driver');
    expect(observedInMeasurement({ hello: 1 }, 'x')).toBeUndefined();
    expect(observedInMeasurement(null, 'x')).toBeUndefined();
  });
});

describe('a fleet', () => {
  const plan = makePlan({ draws: 0 }) as Plan;
  const workload = middleOf(DEFAULT_WORKLOAD);
  const shows = (changes: Readonly<Record<string, number>>) => ({
    ...plan,
    rows: plan.rows.map((row) => ({ ...row, value: row.value * (changes[row.id] ?? 1) })),
  });

  test('that shows a plan’s own output changes nothing (C2)', () => {
    const document = JSON.parse(JSON.stringify(plan));
    expect(observedInFleet(document, 'plan.json', '2026-11-25', workload, NUMBERS)).toEqual({ observations: [], passedOver: [] });
  });

  test('bytes on disks hold their replicas already: what they tell of a row is not multiplied by them', () => {
    const [one] = observed(observedInFleet(shows({ 'cassandra.storedBytesPerDay': 1.1 }), 'f', '2026-11-25', workload, NUMBERS));
    const rowBytes = workload.bodyBytes * NUMBERS.cassandraBodyCompression + NUMBERS.cassandraRowBytes;
    expect(one!.key).toBe('cassandraRowBytes');
    expect(one!.value).toBeCloseTo(NUMBERS.cassandraRowBytes + 0.1 * rowBytes, 3);
  });

  test.each(Object.entries(FLEET_ROWS))(
    '%s: the plan with the refitted coefficient says what the fleet showed, and refits to itself',
    (id, measure) => {
      const document = shows({ [id]: 1.05 });
      const seen = observed(observedInFleet(document, 'f', '2026-11-25', workload, NUMBERS));
      expect(seen.map(({ key }) => key)).toEqual([measure!.key]);
      const coefficients = laidOver(refit(DEFAULT_COEFFICIENTS, seen).overlay);
      const again = makePlan({ draws: 0, coefficients }) as Plan;
      const fleet = (one: Plan, value: number) => (measure!.ofFleet ? value * one.cells : value);
      const shown = document.rows.find((row) => row.id === id)!.value;
      expect(fleet(again, again.rows.find((row) => row.id === id)!.value) / fleet(plan, shown)).toBeCloseTo(1, 6);
      expect(observed(observedInFleet(JSON.parse(JSON.stringify(again)), 'f', '2026-11-25', workload, middleOf(coefficients)))).toEqual([]);
    },
  );

  test('a row that no coefficient explains is passed over with its value', () => {
    const seen = observedInFleet(shows({ 'relay.usPerAppend': 1e6 }), 'f', '2026-11-25', workload, NUMBERS) as Observed;
    expect(seen.observations).toEqual([]);
    expect(seen.passedOver[0]!.because).toContain('relayUsPerRecord');
  });
});

describe('refit', () => {
  const about = (value: number, error?: number): Observation => ({
    key: 'gatewayUsPerFrame',
    value,
    ...(error === undefined ? {} : { error }),
    by: 'test',
    record: `run ${value}`,
    date: '2026-11-25',
  });

  test('the same measurements again change nothing', () => {
    for (const seen of [[about(11)], [about(11), about(14)], [about(11, 0.5)]]) {
      const first = refit(DEFAULT_COEFFICIENTS, seen);
      expect(first.changed).toHaveLength(1);
      const second = refit(laidOver(first.overlay), seen);
      expect(second.changed).toEqual([]);
      expect(second.confirmed).toEqual(['gatewayUsPerFrame']);
    }
  });

  test('several: their median, and an interval that holds all with their errors, in any order', () => {
    const seen = [about(14, 1), about(11), about(12)];
    const { mid, low, high } = refit(DEFAULT_COEFFICIENTS, seen).overlay.gatewayUsPerFrame!;
    expect([low, mid, high]).toEqual([11, 12, 15]);
    expect(refit(DEFAULT_COEFFICIENTS, seen.toReversed()).overlay.gatewayUsPerFrame).toMatchObject({ low, mid, high });
  });

  test('its overlay is read back as it was, and a wrong one is named', () => {
    const { overlay } = refit(DEFAULT_COEFFICIENTS, [about(11, 0.5)]);
    expect(readOverlay(JSON.parse(JSON.stringify(overlay)), DEFAULT_COEFFICIENTS)).toEqual(overlay);
    const wrong = (change: object) => {
      const read = readOverlay({ gatewayUsPerFrame: { ...overlay.gatewayUsPerFrame, ...change } }, DEFAULT_COEFFICIENTS);
      return isInvalid(read) ? read.invalid : '';
    };
    expect(wrong({ unit: 'B' })).toContain('gatewayUsPerFrame.unit');
    expect(wrong({ low: 20 })).toContain('low ≤ mid ≤ high');
    expect(isInvalid(readOverlay({ nothing: overlay.gatewayUsPerFrame }, DEFAULT_COEFFICIENTS))).toBe(true);
  });
});
