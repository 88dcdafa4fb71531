import { describe, expect, test } from 'bun:test';
import { fitStorm, largerScene, type StormObservation } from './fit.ts';
import { recoveryOf } from './recovery.ts';

const POLICY = { kind: 'hint', baseSeconds: 0, capSeconds: 0, honoursHint: true } as const;
const SEEN: StormObservation = {
  connections: 20_000,
  dropped: 10_000,
  policy: POLICY,
  admissionsPerSecond: 1_500,
  admissionBurst: 375,
  longestWaitSeconds: 120,
  attemptSeconds: 30,
  heartbeatSeconds: 30,
  closedSeconds: 0,
  cores: 2,
  busyCores: 0.3,
  usPerConnect: 700,
  stormBusyUs: 10_000 * 700 + 9_000 * 400,
  refused: 9_000,
  caughtUpSeconds: [3.4, 6.5, 6.8, 7],
};

describe('a model fitted to a small storm', () => {
  test('says of that storm what was measured, until 95 % were back', () => {
    for (const caughtUpSeconds of [SEEN.caughtUpSeconds, [6, 12, 13, 14]])
      expect(Math.abs(fitStorm({ ...SEEN, caughtUpSeconds }).residual[1]!)).toBeLessThan(0.05);
  });

  test('takes the cost of a refusal from the processor time that connects leave over', () => {
    expect(fitStorm(SEEN).scene.usPerRefusal).toBeCloseTo(400, 6);
  });

  test('uses no more than a connect’s cost for a refusal, however much was busy', () => {
    expect(fitStorm({ ...SEEN, stormBusyUs: 1e9 }).scene.usPerRefusal).toBe(700);
  });

  test('splits the storm’s own processor time where connects of the ramp were dearer', () => {
    const { usPerConnect, usPerRefusal } = fitStorm({ ...SEEN, usPerConnect: 5_000 }).scene;
    expect(10_000 * usPerConnect + 9_000 * usPerRefusal).toBeCloseTo(SEEN.stormBusyUs, 0);
  });

  test('adds what a client takes by itself to every time, however large the storm', () => {
    const slower = fitStorm({ ...SEEN, caughtUpSeconds: SEEN.caughtUpSeconds.map((seconds) => seconds + 0.4) });
    expect(slower.scene.passageSeconds! - fitStorm(SEEN).scene.passageSeconds!).toBeCloseTo(0.4, 6);
    expect(slower.scene.admission.use).toBe(1);
  });

  test('says of a storm five times as large about five times the time, where admission was the limit', () => {
    const fit = fitStorm(SEEN);
    const larger = { connections: 100_000, dropped: 50_000, admissionsPerSecond: 1_500, admissionBurst: 375, policy: POLICY, cores: 2 };
    const [, p95] = recoveryOf(largerScene(SEEN, fit, larger)).caughtUpSeconds;
    expect(p95! / 6.5).toBeGreaterThan(4.7);
    expect(p95! / 6.5).toBeLessThan(5.3);
  });
});
