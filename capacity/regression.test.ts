import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitLine, type Line, predictAt, tQuantile } from './regression.ts';

function line(points: readonly { x: number; y: number }[]): Line {
  const fitted = fitLine(points);
  if ('unfit' in fitted) throw new Error(fitted.unfit);
  return fitted;
}

test('points on a line give it back without error', () => {
  fc.assert(
    fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: 0, max: 10_000_000 }), (slope, intercept) => {
      const fitted = line([20_000, 60_000, 100_000].map((x) => ({ x, y: intercept + slope * x })));
      expect(fitted.slope).toBeCloseTo(slope, 6);
      expect(fitted.slopeError).toBeLessThan(1e-6);
      expect(predictAt(fitted, 500_000).mid).toBeCloseTo(intercept + slope * 500_000, 1);
    }),
  );
});

test('a worked example: slope, its error and the interval agree with the textbook’s formulas', () => {
  // x 1..5, y 2 4 5 4 5: slope 0.6, intercept 2.2, s = sqrt(2.4 / 3), error of the slope s / sqrt(10).
  const fitted = line([2, 4, 5, 4, 5].map((y, index) => ({ x: index + 1, y })));
  expect(fitted.slope).toBeCloseTo(0.6, 12);
  expect(fitted.intercept).toBeCloseTo(2.2, 12);
  expect(fitted.slopeError).toBeCloseTo(Math.sqrt(0.8) / Math.sqrt(10), 12);
  expect(fitted.interceptError).toBeCloseTo(Math.sqrt(0.8) * Math.sqrt(1.1), 12);
  const at6 = predictAt(fitted, 6);
  expect(at6.mid).toBeCloseTo(5.8, 12);
  expect(at6.high - at6.mid).toBeCloseTo(3.182 * Math.sqrt(0.8) * Math.sqrt(1 + 0.2 + 0.9), 9);
});

test('fewer than three sizes are unfit, however many points there are', () => {
  expect(fitLine([])).toHaveProperty('unfit');
  expect(fitLine([1, 1, 2, 2].map((x) => ({ x, y: x })))).toEqual({
    unfit: '2 different sizes measured, 3 are the least for a slope with its error',
  });
});

test('the interval grows with the distance from what was measured', () => {
  const fitted = line([1, 2, 3, 4].map((x) => ({ x, y: x + (x % 2) })));
  const width = (x: number) => predictAt(fitted, x).high - predictAt(fitted, x).low;
  expect(width(10)).toBeGreaterThan(width(5));
  expect(width(100)).toBeGreaterThan(width(10));
});

test('the quantile falls towards the normal one and does not jump at the end of the table', () => {
  for (let degrees = 1; degrees < 200; degrees++) expect(tQuantile(degrees + 1)).toBeLessThan(tQuantile(degrees));
  expect(tQuantile(120)).toBeCloseTo(1.98, 2);
});
