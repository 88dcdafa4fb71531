/** What holds of every storm, whatever its numbers; then a few that can be reckoned by hand. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { stormAdvice } from './advice.ts';
import { BACKOFFS, type BackoffPolicy, waitRanges } from './backoff.ts';
import { returnersAfter } from './loss.ts';
import { recoveryOf } from './recovery.ts';
import { Returning } from './returning.ts';
import { type StormScene, simulateStorm } from './storm.ts';

const JITTER: BackoffPolicy = { kind: 'fullJitter', baseSeconds: 0.5, capSeconds: 60, honoursHint: true };
const HINT: BackoffPolicy = { kind: 'hint', baseSeconds: 0, capSeconds: 0, honoursHint: true };
const CALM: StormScene = {
  clients: 50_000,
  policy: HINT,
  admission: { perSecond: 1_000, burst: 1_000, longestWaitSeconds: 120 },
  freeCores: 4,
  usPerConnect: 400,
  usPerRefusal: 200,
  stages: [
    { name: 'routes', operationsPerClient: 2, operationsPerSecond: 20_000 },
    { name: 'missed messages', operationsPerClient: 1, operationsPerSecond: 10_000, afterBack: true },
  ],
  ordinaryPerSecond: 0,
  attemptSeconds: 30,
  roundTripSeconds: 0.05,
};

const policies: fc.Arbitrary<BackoffPolicy> = fc.record({
  kind: fc.constantFrom(...BACKOFFS),
  baseSeconds: fc.double({ min: 0.05, max: 5, noNaN: true }),
  capSeconds: fc.double({ min: 5, max: 60, noNaN: true }),
  honoursHint: fc.boolean(),
});
const scenes: fc.Arbitrary<StormScene> = fc.record({
  clients: fc.integer({ min: 100, max: 200_000 }),
  policy: policies,
  admission: fc.record({
    perSecond: fc.integer({ min: 50, max: 5_000 }),
    burst: fc.integer({ min: 1, max: 5_000 }),
    longestWaitSeconds: fc.constant(120),
  }),
  freeCores: fc.double({ min: 0.2, max: 8, noNaN: true }),
  usPerConnect: fc.integer({ min: 50, max: 1_000 }),
  usPerRefusal: fc.integer({ min: 10, max: 500 }),
  stages: fc.array(
    fc.record({
      name: fc.constantFrom('relay', 'routes', 'reads'),
      operationsPerClient: fc.integer({ min: 1, max: 5 }),
      operationsPerSecond: fc.integer({ min: 100, max: 100_000 }),
    }),
    { maxLength: 3 },
  ),
  ordinaryPerSecond: fc.integer({ min: 0, max: 20 }),
  attemptSeconds: fc.constantFrom(10, 30),
  roundTripSeconds: fc.constant(0.05),
});
const RUNS = { numRuns: 60 };

describe('of every storm', () => {
  test('no client is lost or made: those back and those left are all', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const course = simulateStorm(scene);
        expect(course.caughtUp.at(-1)! + course.left).toBeCloseTo(scene.clients, 3);
        expect(course.back.at(-1)!).toBeLessThanOrEqual(scene.clients * (1 + 1e-6));
      }),
      RUNS,
    );
  });

  test('totals never fall, nobody is back before being admitted, and nobody caught up before being back', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { back, caughtUp, admitted, attempts } = simulateStorm(scene);
        const slack = scene.clients * 1e-9;
        for (let step = 0; step < back.length; step++) {
          expect(attempts[step]!).toBeGreaterThanOrEqual(admitted[step]! - slack);
          expect(admitted[step]!).toBeGreaterThanOrEqual(back[step]! - slack);
          expect(back[step]!).toBeGreaterThanOrEqual(caughtUp[step]! - slack);
          if (step > 0) expect(back[step]!).toBeGreaterThanOrEqual(back[step - 1]! - slack);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('it is over no sooner than admission and processors allow', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const [, back95] = recoveryOf(scene).backSeconds;
        const { perSecond, burst } = scene.admission;
        const clients = scene.clients * 0.95;
        expect(back95!).toBeGreaterThanOrEqual(((clients - burst) / perSecond) * 0.98 - 0.1);
        expect(back95!).toBeGreaterThanOrEqual(((clients * scene.usPerConnect) / (scene.freeCores * 1e6)) * 0.98 - 0.1);
      }),
      RUNS,
    );
  });

  test('times are in the order of their shares', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { backSeconds, caughtUpSeconds } = recoveryOf(scene);
        for (const times of [backSeconds, caughtUpSeconds]) expect([...times].sort((a, b) => a - b)).toEqual([...times]);
      }),
      RUNS,
    );
  });

  test('twice the clients over twice the gateways take the same time', () => {
    const fleet = { connections: 1e9, gateways: 2_000, zones: 3, regions: 4 };
    const twice = { ...fleet, connections: 2e9, gateways: 4_000 };
    expect(returnersAfter(twice, 'zone')!.perGateway).toBeCloseTo(returnersAfter(fleet, 'zone')!.perGateway, 6);
  });

  test('the waits of a level are all of it', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        for (const ranges of waitRanges(policy)) {
          expect(ranges.reduce((sum, range) => sum + range.share, 0)).toBeCloseTo(1, 9);
          for (const range of ranges) expect(range.toSeconds).toBeLessThanOrEqual(policy.capSeconds * (1 + 1e-9));
        }
      }),
      RUNS,
    );
  });
});

describe('a storm that can be reckoned by hand', () => {
  test('with the server’s hint and room behind the door is over when all have been admitted', () => {
    const { backSeconds, binding } = recoveryOf(CALM);
    expect(backSeconds[3]!).toBeGreaterThan(49 * 0.98);
    expect(backSeconds[3]!).toBeLessThan(49 * 1.04);
    expect(binding).toBe('admission');
  });

  test('told their place, clients are refused once and let in the next time', () => {
    expect(recoveryOf(CALM).attemptsPerClient).toBeCloseTo(2, 1);
  });

  test('without backoff and without a hint the door is asked all the time, and it is over no sooner', () => {
    const none = recoveryOf({ ...CALM, policy: { ...HINT, kind: 'none', honoursHint: false }, freeCores: 2 });
    expect(none.attemptsPerClient).toBeGreaterThan(6);
    expect(none.binding).toBe('admission');
    expect(none.backSeconds[3]!).toBeGreaterThan(recoveryOf(CALM).backSeconds[3]! * 0.99);
  });

  test('where processors can’t follow the admission rate they are the limit, and set the pace', () => {
    const { binding, backSeconds } = recoveryOf({ ...CALM, freeCores: 0.2, attemptSeconds: 600 });
    expect(binding).toBe('processor');
    expect(backSeconds[3]!).toBeGreaterThan(((50_000 * 400) / 0.2e6) * 0.99);
  });

  test('a narrow stage is named as the limit, and its rate is the pace', () => {
    const stages = [{ name: 'resume reads', operationsPerClient: 2, operationsPerSecond: 1_000 }];
    const recovery = recoveryOf({ ...CALM, stages, attemptSeconds: 600 });
    expect(recovery.binding).toBe('resume reads');
    expect(recovery.backSeconds[3]!).toBeGreaterThan(98);
    expect(recovery.backSeconds[3]!).toBeLessThan(104);
  });

  test('where clients give up sooner than a stage can serve them, work is done for nothing and recovery takes longer', () => {
    const stages = [{ name: 'resume reads', operationsPerClient: 2, operationsPerSecond: 1_000 }];
    const patient = recoveryOf({ ...CALM, stages, attemptSeconds: 600 });
    const hasty = recoveryOf({ ...CALM, stages, attemptSeconds: 5 });
    expect(hasty.givenUp).toBeGreaterThan(1_000);
    expect(hasty.backSeconds[3]!).toBeGreaterThanOrEqual(patient.backSeconds[3]! * 0.99);
    expect(hasty.operationsPerClient['resume reads']!).toBeGreaterThan(patient.operationsPerClient['resume reads']!);
  });

  test('an exponential backoff without jitter leaves admissions unused between its herds', () => {
    const exponential: BackoffPolicy = { kind: 'exponential', baseSeconds: 1, capSeconds: 60, honoursHint: false };
    const { backSeconds, binding } = recoveryOf({ ...CALM, policy: exponential });
    expect(backSeconds[1]!).toBeGreaterThan(2 * recoveryOf(CALM).backSeconds[1]!);
    expect(binding).toBe('backoff');
  });

  test('admission of nothing brings nobody back', () => {
    const { backSeconds } = recoveryOf({ ...CALM, admission: { perSecond: 0, burst: 0, longestWaitSeconds: 120 }, horizonSeconds: 600 });
    expect(backSeconds).toEqual([Infinity, Infinity, Infinity, Infinity]);
  });

  test('nobody lost is nobody to wait for', () => {
    expect(recoveryOf({ ...CALM, clients: 0 }).backSeconds).toEqual([0, 0, 0, 0]);
  });

  test('a zone of three is carried by the other two, and the only region by none', () => {
    const fleet = { connections: 900, gateways: 9, zones: 3, regions: 1 };
    expect(returnersAfter(fleet, 'zone')).toEqual({ lost: 300, survivors: 6.000000000000001, perGateway: 49.99999999999999 });
    expect(returnersAfter(fleet, 'region')).toBeUndefined();
    expect(returnersAfter(fleet, 'gateway')!.perGateway).toBeCloseTo(100 / 8, 9);
  });
});

test('the advice is what the narrowest part bears, and no policy that was tried is back much sooner', () => {
  const advice = stormAdvice({ ...CALM, policy: JITTER, stages: [{ name: 'routes', operationsPerClient: 4, operationsPerSecond: 4_000 }] });
  expect(advice.limit).toBe('routes');
  expect(advice.admissionsPerSecond).toBeCloseTo(900, 6);
  for (const { recovery } of advice.tried)
    expect(advice.recovery.caughtUpSeconds[1]!).toBeLessThanOrEqual(recovery.caughtUpSeconds[1]! * 1.1 + 1e-9);
  expect(advice.policy.honoursHint).toBe(true);
});

test('amounts come in the steps that they were spread over, and not one is lost', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.double({ min: 0, max: 12, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true }), fc.integer({ min: 0, max: 100 })),
        {
          maxLength: 20,
        },
      ),
      (parts) => {
        const returning = new Returning(1, 100, 0.1);
        let sum = 0;
        for (const [from, length, amount] of parts) {
          returning.add(0, from, from + length, amount);
          sum += amount;
        }
        const into = new Float64Array(1);
        let came = returning.beyond;
        for (let step = 0; step < 100; step++) came += returning.take(into);
        expect(came).toBeCloseTo(sum, 6);
      },
    ),
  );
});
